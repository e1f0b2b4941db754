using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Access;
using Mover.Server.Authorization;
using Mover.Server.Identity;

namespace Mover.Server.Gates;

/// <summary>A token says who its bearer was. What it was given to, and for, must still be there when it is used.</summary>
internal sealed class CurrentCaller(
    AccessState access, MachineIdentities machines, Administrator administrator, AdministratorSecret secret)
{
    /// <summary>Null when the principal is there and is who its token says; otherwise the refusal, 401.</summary>
    public async Task<ArmError?> CheckAsync(Principal principal, CancellationToken cancel)
    {
        if (principal.Issuer is not null)
        {
            return null;
        }

        var isCurrent = principal.Kind is PrincipalKind.Agent
                ? await machines.FindAsync(principal.ObjectId, cancel) is { } machine && machine.Id == principal.Machine
            : principal.ObjectId.Equals(administrator.ObjectId, StringComparison.OrdinalIgnoreCase)
                ? principal.Kind is PrincipalKind.User || principal.Proof == secret.Proof
            : (await access.CurrentAsync(cancel)).Knows(principal);
        return isCurrent ? null : ArmErrors.TokenOutlived(principal);
    }
}
