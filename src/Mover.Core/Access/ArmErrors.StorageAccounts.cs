namespace Mover.Core.Arm;

/// <summary>Refusals of storage account registrations.</summary>
public static partial class ArmErrors
{
    /// <summary>403: keys go into the vault and do not come out.</summary>
    public static ArmError KeysAreNotListed(ResourceId account) =>
        new(403, "KeysAreNotListed",
            $"The key of storage account '{account.Name}' is kept in the vault and is not given out. "
            + "Agents get a short-lived signature for the container of their run.");

    /// <summary>409: the key was set for another endpoint; <paramref name="setFor"/> is null when it is not known for which.</summary>
    public static ArmError AccountKeyOfAnotherEndpoint(ResourceId account, string? setFor, string endpoint) =>
        new(409, "AccountKeyOfAnotherEndpoint",
            $"The key of storage account '{account.Name}' was set for {setFor ?? "an unknown endpoint"}, and the account's endpoint is "
            + $"{endpoint}. If that is right, set the key again: "
            + $"mover storage-account set-key --resource-group {account.ResourceGroup} --name {account.Name}");
}
