using Mover.Core.Arm;

namespace Mover.Core.Access;

/// <summary>Who may do what: the one place where every request is judged.</summary>
public static class AccessRules
{
    private const string AgentsType = "Microsoft.StorageMover/storageMovers/agents";

    /// <summary>
    /// True when the principal may do the action at the scope. Users and applications may do everything. An agent may talk on its
    /// channel, whose routes check that it is that agent's, and read the resources that stand for it.
    /// </summary>
    public static bool Allows(Principal principal, string action, string scope)
    {
        if (principal.Kind is not PrincipalKind.Agent)
        {
            return true;
        }

        if (action.Equals(ArmAction.AgentChannel, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return action.EndsWith("/read", StringComparison.OrdinalIgnoreCase)
            && ResourceId.TryParse(scope, out var id)
            && (id == principal.Machine || StandsFor(id, principal.Machine));
    }

    /// <summary>An agent's resource has the name of its machine and lives in the same group.</summary>
    private static bool StandsFor(ResourceId id, ResourceId machine) =>
        id.Type.Equals(AgentsType, StringComparison.OrdinalIgnoreCase)
        && id.Name.Equals(machine.Name, StringComparison.OrdinalIgnoreCase)
        && id.Subscription.Equals(machine.Subscription, StringComparison.OrdinalIgnoreCase)
        && id.ResourceGroup.Equals(machine.ResourceGroup, StringComparison.OrdinalIgnoreCase);
}
