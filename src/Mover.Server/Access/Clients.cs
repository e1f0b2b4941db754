using Mover.Core.Access;
using Mover.Server.Authorization;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>What a client says about itself at the token endpoint.</summary>
/// <param name="ClientId">Who it says it is.</param>
/// <param name="Secret">The secret it shows; null when it shows an assertion.</param>
/// <param name="Assertion">The assertion it shows; null when it shows a secret.</param>
internal sealed record ClientClaim(string ClientId, Secret? Secret, Secret? Assertion);

/// <summary>Who a client turned out to be, or the refusal. Exactly one of the two is set.</summary>
internal readonly record struct ClientVerdict(Principal? Principal, OAuthError? Refusal);

/// <summary>Finds out whether clients are who they say: the administrator and service principals by secret, agents by assertion.</summary>
internal sealed class Clients(
    AdministratorSecret administratorSecret, ServicePrincipals servicePrincipals, MachineIdentities machines, ClientAssertions assertions)
{
    /// <summary>Checks one claim made at <paramref name="tokenUrl"/>.</summary>
    public async Task<ClientVerdict> CheckAsync(ClientClaim claim, string? tokenUrl, CancellationToken cancel)
    {
        // Ids become keys of the state store; only what we could have given out is looked up.
        if (!Guid.TryParseExact(claim.ClientId, "D", out var id))
        {
            return new(null, OAuthError.InvalidClient());
        }

        return claim switch
        {
            { Assertion: { } assertion } => await ByAssertionAsync(id.ToString(), assertion, tokenUrl, cancel),
            { Secret: { } secret } => await BySecretAsync(id.ToString(), secret, cancel),
            _ => new(null, OAuthError.Missing("client_secret")),
        };
    }

    private async Task<ClientVerdict> BySecretAsync(string clientId, Secret secret, CancellationToken cancel)
    {
        var administrator = administratorSecret.Current;
        if (clientId == administrator.ClientId)
        {
            return SecretHash.Of(administrator.ClientSecret).Matches(secret)
                ? new(administrator.AsApplication(), null)
                : new(null, OAuthError.InvalidClient());
        }

        return await servicePrincipals.FindAsync(clientId, cancel) is { } found && found.Hash.Matches(secret)
            ? new(found.AsPrincipal(), null)
            : new(null, OAuthError.InvalidClient());
    }

    private async Task<ClientVerdict> ByAssertionAsync(string clientId, Secret assertion, string? tokenUrl, CancellationToken cancel)
    {
        if (await machines.FindAsync(clientId, cancel) is not { } machine)
        {
            return new(null, OAuthError.InvalidClient());
        }

        using var key = machine.OpenKey();
        return await assertions.CheckAsync(assertion.Reveal(), clientId, key, tokenUrl) is { } refusal
            ? new(null, refusal)
            : new(new(clientId, clientId, clientId, PrincipalKind.Agent, machine.Id), null);
    }
}
