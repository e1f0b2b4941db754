using System.Text.Json.Serialization;
using Mover.Core.Resources.Versions;

namespace Mover.Core.Resources;

/// <summary>An NFS file share of a storage account.</summary>
internal static class NfsFileShare
{
    public static readonly EndpointKind<NfsFileShareProperties> Kind = new(
        StorageEndpointTypes.AzureStorageNfsFileShare,
        [
            new TextProperty<NfsFileShareProperties>("storageAccountResourceId", p => p.StorageAccountResourceId)
            {
                IsRequired = true,
                IdOf = ResourceTypes.StorageAccount,
                Casing = TextCasing.OfIds,
                Flags = [new("--storage-account-id", "Resource id of the storage account.")],
            },
            new TextProperty<NfsFileShareProperties>("fileShareName", p => p.FileShareName)
            {
                IsRequired = true,
                Pattern = TextPatterns.Share,
                Flags = [new("--file-share-name", "Name of the file share.")],
            },
        ])
    {
        Since = ApiCatalogue.V202507,
        UsedAs = StorageEndpointKinds.Target,
        Words = new("storage-nfs-file-share", "an NFS file share of a storage account") { NeedsIdentity = true },
        OrderedAs = (order, p) =>
            order with { StorageAccountResourceId = p.StorageAccountResourceId, ShareName = p.FileShareName },
        StoredAs = p => AccountData.OfShare(p.StorageAccountResourceId, p.FileShareName),
    };
}

public static partial class StorageEndpointTypes
{
    /// <summary>An NFS file share of a storage account.</summary>
    public const string AzureStorageNfsFileShare = "AzureStorageNfsFileShare";
}

[JsonDerivedType(typeof(NfsFileShareProperties), StorageEndpointTypes.AzureStorageNfsFileShare)]
public abstract partial record StorageEndpointProperties;

/// <summary>An NFS file share of a storage account.</summary>
public sealed record NfsFileShareProperties : StorageEndpointProperties
{
    /// <summary>ARM id of the storage account; required, create-only.</summary>
    public string? StorageAccountResourceId { get; init; }

    /// <summary>The share's name; required, create-only.</summary>
    public string? FileShareName { get; init; }

    /// <inheritdoc/>
    protected internal override EndpointKind Kind => NfsFileShare.Kind;
}
