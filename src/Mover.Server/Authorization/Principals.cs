using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Access;

namespace Mover.Server.Authorization;

/// <summary>What this control plane knows of principals: its administrator, service principals and machines.</summary>
internal sealed class Principals(
    Administrator administrator, ServicePrincipals applications, MachineIdentities machines, AccessState access)
{
    private const string User = "User";
    private const string ServicePrincipal = "ServicePrincipal";

    /// <summary>True when the object id is one that this control plane gave out: no other issuer's token may bear it.</summary>
    public async Task<bool> IsOwnAsync(string objectId, CancellationToken cancel) =>
        objectId.Equals(administrator.ObjectId, StringComparison.OrdinalIgnoreCase)
        || await IsServicePrincipalAsync(objectId, cancel);

    /// <summary>The type to keep with an assignment: the one given, checked against what is known.</summary>
    public async Task<Result<string>> TypeOfAsync(string objectId, string given, CancellationToken cancel)
    {
        if (objectId.Equals(administrator.ObjectId, StringComparison.OrdinalIgnoreCase))
        {
            // A person at the console, and a program that knows the client secret.
            return given is "" or User or ServicePrincipal
                ? given.Length == 0 ? User : given
                : ArmErrors.UnmatchedPrincipalType(objectId, User, given);
        }

        if (await IsServicePrincipalAsync(objectId, cancel))
        {
            return given is "" or ServicePrincipal
                ? ServicePrincipal
                : ArmErrors.UnmatchedPrincipalType(objectId, ServicePrincipal, given);
        }

        return given.Length > 0 ? given : ArmErrors.PrincipalNotFound(objectId);
    }

    private async Task<bool> IsServicePrincipalAsync(string objectId, CancellationToken cancel)
    {
        // Rights are there only after the entries by object id are.
        _ = await access.CurrentAsync(cancel);
        return await machines.FindAsync(objectId, cancel) is not null || await applications.IsKnownAsync(objectId, cancel);
    }
}
