using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Identity;
using Mover.Server.Settings;

namespace Mover.Server.Authorization;

/// <summary>
/// What this control plane knows of principals: its administrator, service principals and machines. Every other object id is one of an
/// external issuer, and an assignment says of which.
/// </summary>
internal sealed class Principals(
    Administrator administrator, ServicePrincipals applications, MachineIdentities machines, AccessState access, ServerOptions options)
{
    private const string User = "User";
    private const string ServicePrincipal = "ServicePrincipal";

    /// <summary>True when the object id is one that this control plane gave out: no other issuer's token may bear it.</summary>
    public async Task<bool> IsOwnAsync(string objectId, CancellationToken cancel) =>
        objectId.Equals(administrator.ObjectId, StringComparison.OrdinalIgnoreCase)
        || await IsServicePrincipalAsync(objectId, cancel);

    /// <summary>The assignment with the type and the issuer of its principal: those given, checked against what is known.</summary>
    public async Task<Result<RoleAssignment>> CompleteAsync(RoleAssignment wanted, CancellationToken cancel)
    {
        var (objectId, given) = (wanted.PrincipalId, wanted.PrincipalType);
        var isAdministrator = objectId.Equals(administrator.ObjectId, StringComparison.OrdinalIgnoreCase);
        if (!isAdministrator && !await IsServicePrincipalAsync(objectId, cancel))
        {
            return given.Length == 0 ? ArmErrors.PrincipalNotFound(objectId)
                : IssuerOf(wanted).Try(out var issuer, out var refusal) ? wanted with { PrincipalIssuer = issuer.Url }
                : refusal;
        }

        if (wanted.PrincipalIssuer is { } foreign)
        {
            return ArmErrors.PrincipalHasNoIssuer(objectId, foreign);
        }

        // The administrator is a person at the console, and a program that knows the client secret.
        var type = !isAdministrator ? ServicePrincipal : given.Length == 0 ? User : given;
        return type is User or ServicePrincipal && (given.Length == 0 || given == type)
            ? wanted with { PrincipalType = type }
            : ArmErrors.UnmatchedPrincipalType(objectId, isAdministrator ? User : ServicePrincipal, given);
    }

    // Ids of this control plane are made by it alone, so one that it does not know can only be an external issuer's.
    private Result<Issuer> IssuerOf(RoleAssignment wanted)
    {
        var known = options.Issuers.Select(issuer => issuer.Issuer).ToList();
        return wanted.PrincipalIssuer is { } given && !known.Contains(given, StringComparer.Ordinal)
                ? ArmErrors.PrincipalIssuerNotConfigured(given, known)
            : wanted.PrincipalIssuer is null && known.Count > 1 ? ArmErrors.PrincipalIssuerRequired(wanted.PrincipalId, known)
            : new Issuer(wanted.PrincipalIssuer ?? known.FirstOrDefault());
    }

    private async Task<bool> IsServicePrincipalAsync(string objectId, CancellationToken cancel)
    {
        // Rights are there only after the entries by object id are.
        _ = await access.CurrentAsync(cancel);
        return await machines.FindAsync(objectId, cancel) is not null || await applications.IsKnownAsync(objectId, cancel);
    }

    private sealed record Issuer(string? Url);
}
