namespace Mover.Core.Arm;

/// <summary>Refusals of storage account registrations.</summary>
public static partial class ArmErrors
{
    /// <summary>403: keys go into the vault and do not come out.</summary>
    public static ArmError KeysAreNotListed(ResourceId account) =>
        new(403, "KeysAreNotListed",
            $"The key of storage account '{account.Name}' is kept in the vault and is not given out. "
            + "Agents get a short-lived signature for the container of their run.");
}
