using System.Text.Json.Serialization;
using Mover.Core.Resources.Versions;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary>A container of a storage account.</summary>
internal static class BlobContainer
{
    public static readonly EndpointKind<BlobContainerProperties> Kind = new(
        StorageEndpointTypes.AzureStorageBlobContainer,
        [
            new TextProperty<BlobContainerProperties>("storageAccountResourceId", p => p.StorageAccountResourceId)
            {
                IsRequired = true,
                IdOf = ResourceTypes.StorageAccount,
                Casing = TextCasing.Ignored,
                Flags = [new("--storage-account-id", "Resource id of the storage account.")],
            },
            new TextProperty<BlobContainerProperties>("blobContainerName", p => p.BlobContainerName)
            {
                IsRequired = true,
                Pattern = TextPatterns.Container,
                Column = "Container",
                Flags = [new("--container-name", "Name of the blob container.")],
            },
            new RuleProperty<BlobContainerProperties>("enableCrossTenantTransfer")
            {
                Since = ApiCatalogue.V202605,
                Change = PropertyChange.Always,
            },
            new RuleProperty<BlobContainerProperties>(
                "allowedStorageAccounts", (problems, p) => CrossTenantRules.Accounts(problems, p.AllowedStorageAccounts))
            {
                Since = ApiCatalogue.V202605,
                Change = PropertyChange.Always,
            },
        ])
    {
        Since = ApiCatalogue.V202207,
        UsedAs = StorageEndpointKinds.Target,
        Pairs = [EndpointPairs.To(JobTypes.CloudToCloud, StorageEndpointTypes.AzureStorageBlobContainer)],
        Words = new("storage-container", "a blob container") { NeedsIdentity = true },
        OrderedAs = (order, p) => order with
        {
            StorageAccountResourceId = p.StorageAccountResourceId,
            BlobContainerName = p.BlobContainerName,
        },
        StoredAs = p => AccountData.OfContainer(p.StorageAccountResourceId, p.BlobContainerName),
    };
}

public static partial class StorageEndpointTypes
{
    /// <summary>A container of a storage account.</summary>
    public const string AzureStorageBlobContainer = "AzureStorageBlobContainer";
}

[JsonDerivedType(typeof(BlobContainerProperties), StorageEndpointTypes.AzureStorageBlobContainer)]
public abstract partial record StorageEndpointProperties;

/// <summary>A blob container.</summary>
public sealed record BlobContainerProperties : StorageEndpointProperties
{
    /// <summary>ARM id of the storage account; required, create-only.</summary>
    public string? StorageAccountResourceId { get; init; }

    /// <summary>The container's name; required, create-only.</summary>
    public string? BlobContainerName { get; init; }

    /// <summary>Whether jobs of another tenant may use it; null means no.</summary>
    public bool? EnableCrossTenantTransfer { get; init; }

    /// <summary>ARM ids of the partner's accounts that it may be copied from or to; replaced whole.</summary>
    public IReadOnlyList<string>? AllowedStorageAccounts { get; init; }

    /// <inheritdoc/>
    protected internal override EndpointKind Kind => BlobContainer.Kind;
}
