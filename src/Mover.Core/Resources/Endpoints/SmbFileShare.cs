using System.Text.Json.Serialization;
using Mover.Core.Resources.Versions;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary>An SMB file share of a storage account.</summary>
internal static class SmbFileShare
{
    public static readonly EndpointKind<SmbFileShareProperties> Kind = new(
        StorageEndpointTypes.AzureStorageSmbFileShare,
        [
            new TextProperty<SmbFileShareProperties>("storageAccountResourceId", p => p.StorageAccountResourceId)
            {
                IsRequired = true,
                IdOf = ResourceTypes.StorageAccount,
                Casing = TextCasing.OfIds,
                Flags = [new("--storage-account-id", "Resource id of the storage account.")],
            },
            new TextProperty<SmbFileShareProperties>("fileShareName", p => p.FileShareName)
            {
                IsRequired = true,
                Pattern = TextPatterns.Share,
                Flags = [new("--file-share-name", "Name of the file share.")],
            },
            new RuleProperty<SmbFileShareProperties>("enableCrossTenantTransfer")
            {
                Since = ApiCatalogue.V202605,
                Change = PropertyChange.Always,
            },
            new RuleProperty<SmbFileShareProperties>(
                "allowedStorageAccounts", (problems, p) => CrossTenantRules.Accounts(problems, p.AllowedStorageAccounts))
            {
                Since = ApiCatalogue.V202605,
                Change = PropertyChange.Always,
            },
        ])
    {
        Since = ApiCatalogue.V202307,
        UsedAs = StorageEndpointKinds.Target,
        Words = new("storage-smb-file-share", "an SMB file share of a storage account") { NeedsIdentity = true },
        OrderedAs = (order, p) =>
            order with { StorageAccountResourceId = p.StorageAccountResourceId, ShareName = p.FileShareName },
        StoredAs = p => AccountData.OfShare(p.StorageAccountResourceId, p.FileShareName),
    };
}

public static partial class StorageEndpointTypes
{
    /// <summary>An SMB file share of a storage account.</summary>
    public const string AzureStorageSmbFileShare = "AzureStorageSmbFileShare";
}

[JsonDerivedType(typeof(SmbFileShareProperties), StorageEndpointTypes.AzureStorageSmbFileShare)]
public abstract partial record StorageEndpointProperties;

/// <summary>An SMB file share of a storage account.</summary>
public sealed record SmbFileShareProperties : StorageEndpointProperties
{
    /// <summary>ARM id of the storage account; required, create-only.</summary>
    public string? StorageAccountResourceId { get; init; }

    /// <summary>The share's name; required, create-only.</summary>
    public string? FileShareName { get; init; }

    /// <summary>Whether jobs of another tenant may use it; null means no.</summary>
    public bool? EnableCrossTenantTransfer { get; init; }

    /// <summary>ARM ids of the partner's accounts that it may be copied from or to; replaced whole.</summary>
    public IReadOnlyList<string>? AllowedStorageAccounts { get; init; }

    /// <inheritdoc/>
    protected internal override EndpointKind Kind => SmbFileShare.Kind;
}
