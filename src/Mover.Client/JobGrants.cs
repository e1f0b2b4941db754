using System.Text.Json.Nodes;
using Mover.Client.Arm;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Client;

/// <summary>What became of a right that a job needs.</summary>
public enum JobGrantOutcome
{
    /// <summary>It was given.</summary>
    Given,

    /// <summary>The identity had it by another assignment.</summary>
    Present,

    /// <summary>The account is not registered here, so that no role can be assigned on it.</summary>
    Elsewhere,
}

/// <summary>A right that a job needs, and what became of it.</summary>
/// <param name="Role">The role.</param>
/// <param name="Scope">Where.</param>
/// <param name="PrincipalId">The identity.</param>
/// <param name="Outcome">What became of it.</param>
public sealed record JobGrant(RoleDefinition Role, string Scope, string PrincipalId, JobGrantOutcome Outcome);

/// <summary>
/// Gives a job's agent the rights on data that its run needs, with the rights of whoever calls: what Azure's portal does when it starts a
/// job. Needs Owner or User Access Administrator on the accounts.
/// </summary>
public static class JobGrants
{
    /// <summary>Gives what is missing. Repeating it changes nothing.</summary>
    /// <exception cref="ArmException">A resource is missing, the definition has no agent, or the caller may give nobody rights.</exception>
    public static async Task<IReadOnlyList<JobGrant>> GrantJobAsync(
        this MoverClient client, ResourceId jobDefinition, CancellationToken cancel)
    {
        var job = (await client.GetAsync<JobDefinition>(jobDefinition, cancel).ConfigureAwait(false)).Properties ?? new();
        var mover = jobDefinition.Parent.Parent;
        var principal = await PrincipalOfAsync(client, jobDefinition, mover, job.AgentName, cancel).ConfigureAwait(false);
        var grants = new List<JobGrant>();
        foreach (var (name, isSource) in new[] { (job.SourceName, true), (job.TargetName, false) })
        {
            var endpoint = await client.GetAsync<StorageEndpoint>(mover.Child(StorageEndpoint.Described, name ?? string.Empty), cancel)
                .ConfigureAwait(false);
            foreach (var (role, scope, account) in NeedsOf(endpoint.Properties, mover, isSource))
            {
                grants.Add(new(
                    role, scope, principal, await GiveAsync(client, role, scope, account, principal, cancel).ConfigureAwait(false)));
            }
        }

        return grants;
    }

    /// <summary>The roles that an agent needs for an endpoint: which, where, and in which account; none there for a secret.</summary>
    public static IEnumerable<(RoleDefinition Role, string Scope, ResourceId Account)> NeedsOf(
        StorageEndpointProperties? properties, ResourceId mover, bool isSource)
    {
        if (EndpointKind.DataOf(properties) is { } data)
        {
            yield return (isSource ? data.ReadsBy : data.WritesBy, data.Scope.Text, data.Account);
            yield break;
        }

        foreach (var secret in SecretsOf(properties).Select(address => SecretOf(mover.Subscription, address))
            .OfType<ResourceId>().Distinct())
        {
            yield return (BuiltInRoles.SecretsUser, secret.Text, default);
        }
    }

    /// <summary>The addresses of the vault secrets that an endpoint's agent reads, each once.</summary>
    public static IEnumerable<string> SecretsOf(StorageEndpointProperties? properties) =>
        EndpointKind.SecretsOf(properties).OfType<string>().Where(address => address.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The secret that an address names in the control plane's own vaults, <c>/vaults/{vault}/secrets/{name}</c>, whatever its version;
    /// null for one of Azure Key Vault, which is known there.
    /// </summary>
    public static ResourceId? SecretOf(string subscription, string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Segments is [_, "vaults/", var vault, "secrets/", var name, ..]
            ? ResourceId.OfSubscription(subscription).Provider("Microsoft.KeyVault/vaults", vault.TrimEnd('/'))
                .Child("secrets", name.TrimEnd('/'))
            : null;

    private static async Task<JobGrantOutcome> GiveAsync(
        MoverClient client, RoleDefinition role, string scope, ResourceId account, string principal, CancellationToken cancel)
    {
        if (account != default && await client.FindAsync(account, cancel).ConfigureAwait(false) is null)
        {
            return JobGrantOutcome.Elsewhere;
        }

        try
        {
            _ = await client.AssignRoleAsync(scope, role.Name, principal, "ServicePrincipal", cancel).ConfigureAwait(false);
            return JobGrantOutcome.Given;
        }
        catch (ArmException refused) when (refused.Error.Code == "RoleAssignmentExists")
        {
            return JobGrantOutcome.Present;
        }
    }

    private static async Task<string> PrincipalOfAsync(
        MoverClient client, ResourceId definition, ResourceId mover, string? agentName, CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(agentName))
        {
            throw new ArmException(ArmErrors.JobHasNoAgent(definition));
        }

        var agent = await client.GetAsync<MoverAgent>(mover.Child(MoverAgent.Described, agentName), cancel).ConfigureAwait(false);
        var machine = ResourceId.TryParse(agent.Properties?.ArcResourceId, out var id)
            ? await client.GetAsync(id, cancel).ConfigureAwait(false)
            : [];
        return machine["identity"]?["principalId"]?.ToString() is { Length: > 0 } principal
            ? principal
            : throw new ArmException(ArmErrors.AgentHasNoIdentity(mover.Child(MoverAgent.Described, agentName)));
    }
}
