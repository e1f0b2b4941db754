namespace Mover.Core.Arm;

/// <summary>Refusals of storage account registrations.</summary>
public static partial class ArmErrors
{
    /// <summary>403: keys go into the vault and do not come out.</summary>
    public static ArmError KeysAreNotListed(ResourceId account) =>
        new(403, "KeysAreNotListed",
            $"The key of storage account '{account.Name}' is kept in the vault and cannot be read. "
            + "Agents get a short-lived SAS for the container of their run.");

    /// <summary>409: another registration has this Blob service. Whose is not said: the caller may not see it.</summary>
    public static ArmError StorageAccountServiceTaken(string endpoint) =>
        new(409, "StorageAccountAlreadyTaken",
            $"The Blob service at {endpoint} is already registered as another storage account. Use that registration or delete it first.",
            "properties.primaryEndpoints.blob");

    /// <summary>409: the registration does not hold its Blob service, because an older version made it.</summary>
    public static ArmError StorageAccountServiceUnclaimed(ResourceId account, string endpoint) =>
        new(409, "StorageAccountNotClaimed",
            $"The Blob service at {endpoint} is not claimed by storage account '{account.Name}'. Register the account again: "
            + $"mover storage-account update --resource-group {account.ResourceGroup} --name {account.Name}");

    /// <summary>409: the key is meant for an endpoint that the account does not have.</summary>
    public static ArmError AccountEndpointIsAnother(ResourceId account, string meant, string endpoint) =>
        new(409, "AccountKeyOfAnotherEndpoint",
            $"The key is for {meant}, but the endpoint of storage account '{account.Name}' is {endpoint}. The key was not stored.");

    /// <summary>409: the key was set for another endpoint; <paramref name="setFor"/> is null when it is not known for which.</summary>
    public static ArmError AccountKeyOfAnotherEndpoint(ResourceId account, string? setFor, string endpoint) =>
        new(409, "AccountKeyOfAnotherEndpoint",
            $"The key of storage account '{account.Name}' was set for {setFor ?? "an unknown endpoint"}, but the account's endpoint is now "
            + $"{endpoint}. If this endpoint is correct, set the key again: "
            + $"mover storage-account set-key --resource-group {account.ResourceGroup} --name {account.Name}");
}
