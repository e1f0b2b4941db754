namespace Mover.Core.Arm;

/// <summary>Refusals of subscriptions.</summary>
public static partial class ArmErrors
{
    /// <summary>404: the control plane has no such subscription.</summary>
    public static ArmError SubscriptionNotFound(string subscription) =>
        new(404, "SubscriptionNotFound", $"The subscription '{Shown(subscription)}' could not be found.");
}
