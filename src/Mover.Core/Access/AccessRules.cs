using Mover.Core.Arm;

namespace Mover.Core.Access;

/// <summary>What a caller may do without any role: an agent, its own affairs.</summary>
public static class AccessRules
{
    private const string AgentsType = "Microsoft.StorageMover/storageMovers/agents";

    /// <summary>
    /// True when the action is the caller's own affair. An agent may talk on its channel, whose routes check that it is that agent's, and
    /// read the resources that stand for it.
    /// </summary>
    public static bool IsOwnAffair(Principal principal, ArmAction action)
    {
        if (principal.Kind is not PrincipalKind.Agent)
        {
            return false;
        }

        return action.Name.Equals(ArmAction.AgentChannel, StringComparison.OrdinalIgnoreCase)
            || (action.Name.EndsWith("/read", StringComparison.OrdinalIgnoreCase)
                && ResourceId.TryParse(action.Scope, out var id)
                && (id == principal.Machine || StandsFor(id, principal.Machine)));
    }

    /// <summary>An agent's resource has the name of its machine and lives in the same group.</summary>
    private static bool StandsFor(ResourceId id, ResourceId machine) =>
        id.Type.Equals(AgentsType, StringComparison.OrdinalIgnoreCase)
        && id.Name.Equals(machine.Name, StringComparison.OrdinalIgnoreCase)
        && id.Subscription.Equals(machine.Subscription, StringComparison.OrdinalIgnoreCase)
        && id.ResourceGroup.Equals(machine.ResourceGroup, StringComparison.OrdinalIgnoreCase);
}
