using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Access;

/// <summary>What a caller may do without any role: an agent, its own affairs.</summary>
public static class AccessRules
{
    private const string AgentsType = ResourceTypes.Agent;

    /// <summary>
    /// True when the action is the caller's own affair. An agent may talk on its channel, whose routes check that it is that agent's, and
    /// read the resources that stand for it, and nothing else at them: not who has rights there.
    /// </summary>
    public static bool IsOwnAffair(Principal principal, ArmAction action)
    {
        if (principal.Kind is not PrincipalKind.Agent)
        {
            return false;
        }

        return action.Name.Equals(ArmAction.AgentChannel, StringComparison.OrdinalIgnoreCase)
            || (ResourceId.TryParse(action.Scope, out var id)
                && action.Name.Equals(id.Type + "/read", StringComparison.OrdinalIgnoreCase)
                && (id == principal.Machine || StandsFor(id, principal.Machine)));
    }

    /// <summary>An agent's resource has the name of its machine and lives in the same group.</summary>
    private static bool StandsFor(ResourceId id, ResourceId machine) =>
        id.Type.Equals(AgentsType, StringComparison.OrdinalIgnoreCase)
        && ArmCase.Same(id.Name, machine.Name)
        && ArmCase.Same(id.Subscription, machine.Subscription)
        && ArmCase.Same(id.ResourceGroup, machine.ResourceGroup);
}
