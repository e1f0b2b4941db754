using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Access;
using Mover.Core.Arm;

namespace Mover.Recovery.Agents;

/// <summary>What became of a right.</summary>
public enum GrantOutcome
{
    /// <summary>It was given.</summary>
    Given,

    /// <summary>The identity has it by another assignment, here or above.</summary>
    Present,

    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It was taken back.</summary>
    Revoked,

    /// <summary>It was refused.</summary>
    Refused,

    /// <summary>Where it is needed cannot be seen from here; whoever owns the place gives it.</summary>
    Elsewhere,
}

/// <summary>A right that a job needs.</summary>
/// <param name="Agent">Name of the agent.</param>
/// <param name="PrincipalId">Its identity.</param>
/// <param name="Role">The role.</param>
/// <param name="Scope">Where.</param>
/// <param name="Jobs">The jobs that need it, <c>mover/project/job</c>.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">Why it was refused; null when it was not.</param>
public sealed record Grant(
    string Agent, string PrincipalId, RoleDefinition Role, string Scope, IReadOnlyList<string> Jobs, GrantOutcome Outcome,
        string? Reason = null);

/// <summary>What became of a right that an earlier grant gave.</summary>
/// <param name="Scope">Where it was given.</param>
/// <param name="Reason">Why it could not be taken back; null when it was.</param>
public sealed record RevokedGrant(string Scope, string? Reason);

/// <summary>
/// Gives the identities of agents the roles that their jobs need: on exactly the containers, shares and secrets that the jobs use. What
/// it gave carries a mark in its description, by which it takes back that and nothing else.
/// </summary>
public sealed class Grants(MoverClient client, ResourceId group)
{
    private string Mark => $"mover recovery: {group.Text}";

    /// <summary>The rights that jobs need, each once, and whether they are there.</summary>
    /// <exception cref="RecoveryException">An agent or its machine has no identity, or see <see cref="InterruptedStep"/>.</exception>
    public Task<IReadOnlyList<Grant>> FindAsync(JobEstate estate, IReadOnlyList<EstateJob> jobs, CancellationToken cancel) =>
        InterruptedStep.GuardAsync(
            "Reading the roles of the agents", () => "Nothing was changed.", () => ReadAsync(estate, jobs, cancel));

    private async Task<IReadOnlyList<Grant>> ReadAsync(JobEstate estate, IReadOnlyList<EstateJob> jobs, CancellationToken cancel)
    {
        var assignments = new List<(string Principal, string Role, string Scope)>();
        await foreach (var assignment in client.ListRolesAsync(ResourceId.OfSubscription(group.Subscription).Text, cancel))
        {
            var properties = assignment["properties"];
            assignments.Add((
                properties?["principalId"]?.ToString() ?? string.Empty, properties?["roleDefinitionId"]?.ToString() ?? string.Empty,
                properties?["scope"]?.ToString() ?? string.Empty));
        }

        var vaults = new VaultSecrets(client, group.Subscription);
        var principals = new Dictionary<ResourceId, string>();
        var needs = new SortedDictionary<(string, string, string), (Grant Grant, List<string> Jobs)>();
        foreach (var job in jobs)
        {
            if (estate.AgentOf(job) is not { } agent)
            {
                continue;
            }

            if (!principals.TryGetValue(agent.Id, out var principal))
            {
                principals[agent.Id] = principal = await PrincipalOfAsync(agent, cancel);
            }

            foreach (var (role, scope, isSeen) in await NeedsOfAsync(estate, job, vaults, cancel))
            {
                var key = (agent.Id.Key, scope.ToUpperInvariant(), role.Name);
                if (!needs.TryGetValue(key, out var need))
                {
                    var isThere = assignments.Exists(one => Holds(one, principal, role, scope));
                    var named = new List<string>();
                    needs[key] = need = (
                        new(
                            agent.Id.Name, principal, role, scope, named,
                            !isSeen ? GrantOutcome.Elsewhere : isThere ? GrantOutcome.Present : GrantOutcome.Missing,
                            isSeen ? null : "No vault of this subscription that you can access has this secret; "
                                + "ask its owner to assign the role."),
                        named);
                }

                if (need.Jobs.Count == 0 || need.Jobs[^1] != job.Name)
                {
                    need.Jobs.Add(job.Name);
                }
            }
        }

        return [.. needs.Values.Select(need => need.Grant)];
    }

    // What the control plane knows by itself, and the secrets of Azure's vaults.
    private static async Task<List<(RoleDefinition Role, string Scope, bool IsSeen)>> NeedsOfAsync(
        JobEstate estate, EstateJob job, VaultSecrets vaults, CancellationToken cancel)
    {
        var needs = new List<(RoleDefinition, string, bool)>();
        foreach (var (_, properties, isSource) in estate.EndpointsOf(job))
        {
            needs.AddRange(JobGrants.NeedsOf(properties, job.Mover, isSource).Select(need => (need.Role, need.Scope, true)));
            foreach (var address in JobGrants.SecretsOf(properties)
                .Where(address => JobGrants.SecretOf(job.Mover.Subscription, address) is null))
            {
                var secret = await vaults.FindAsync(address, cancel);
                needs.Add((BuiltInRoles.SecretsUser, secret?.Text ?? VaultSecrets.Shown(address), secret is not null));
            }
        }

        return needs;
    }

    /// <summary>Gives the rights that jobs need and that are missing; answers what became of each.</summary>
    public async Task<IReadOnlyList<Grant>> GiveAsync(JobEstate estate, IReadOnlyList<EstateJob> jobs, CancellationToken cancel)
    {
        var needs = await FindAsync(estate, jobs, cancel);
        var given = new List<Grant>();
        return await InterruptedStep.GuardAsync(
            "Granting",
            () => $"{given.Count(one => one.Outcome is GrantOutcome.Given or GrantOutcome.Present)} of {needs.Count} roles are assigned.",
            async () =>
            {
                foreach (var need in needs)
                {
                    given.Add(await GiveAsync(need, cancel));
                }

                return given;
            });
    }

    private async Task<Grant> GiveAsync(Grant grant, CancellationToken cancel)
    {
        if (grant.Outcome != GrantOutcome.Missing)
        {
            return grant;
        }

        try
        {
            await client.AssignRoleAsync(
                grant.Scope, grant.Role.Name, grant.PrincipalId, "ServicePrincipal", cancel, description: Mark);
            return grant with { Outcome = GrantOutcome.Given };
        }
        catch (ArmException refused) when (refused.Error.Code == "RoleAssignmentExists")
        {
            return grant with { Outcome = GrantOutcome.Present };
        }
        catch (ArmException refused) when (InterruptedStep.IsRefusal(refused.Error))
        {
            return grant with { Outcome = GrantOutcome.Refused, Reason = refused.Error.Message };
        }
    }

    /// <summary>Takes back every right that was given for this group; answers what became of each.</summary>
    public async Task<IReadOnlyList<RevokedGrant>> RevokeAsync(CancellationToken cancel)
    {
        var given = new List<(string Id, string Scope)>();
        var revoked = new List<RevokedGrant>();
        return await InterruptedStep.GuardAsync(
            "Revoking", () => $"{revoked.Count(one => one.Reason is null)} roles were removed.", async () =>
            {
                await foreach (var assignment in client.ListRolesAsync(ResourceId.OfSubscription(group.Subscription).Text, cancel))
                {
                    if (assignment["properties"]?["description"]?.ToString() == Mark && assignment["id"]?.ToString() is { } id)
                    {
                        given.Add((id, assignment["properties"]?["scope"]?.ToString() ?? string.Empty));
                    }
                }

                foreach (var (id, scope) in given)
                {
                    revoked.Add(new(scope, await RevokeAsync(id, cancel)));
                }

                return revoked;
            });
    }

    private async Task<string?> RevokeAsync(string id, CancellationToken cancel)
    {
        try
        {
            await client.RemoveRoleAsync(id, cancel);
            return null;
        }
        catch (ArmException refused) when (InterruptedStep.IsRefusal(refused.Error))
        {
            return $"{refused.Error.Code}: {refused.Error.Message}";
        }
    }

    private static bool Holds((string Principal, string Role, string Scope) held, string principal, RoleDefinition role, string scope) =>
        string.Equals(held.Principal, principal, StringComparison.OrdinalIgnoreCase)
        && held.Role.EndsWith("/" + role.Name, StringComparison.OrdinalIgnoreCase)
        && (scope.Equals(held.Scope, StringComparison.OrdinalIgnoreCase)
            || scope.StartsWith(held.Scope.TrimEnd('/') + "/", StringComparison.OrdinalIgnoreCase));

    private async Task<string> PrincipalOfAsync(EstateAgent agent, CancellationToken cancel)
    {
        var machine = ResourceId.TryParse(agent.Properties.ArcResourceId, out var id) ? await client.FindAsync(id, cancel) : null;
        return machine?["identity"]?["principalId"]?.ToString() is { Length: > 0 } principal
            ? principal
            : throw new RecoveryException(
                "AgentWithoutIdentity", $"The hybrid machine of the agent '{agent.Id.Name}' has no identity.",
                "Register the agent again: mover agent register.");
    }
}
