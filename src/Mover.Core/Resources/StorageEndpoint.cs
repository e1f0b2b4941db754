using System.Text.Json.Serialization;

namespace Mover.Core.Resources;

/// <summary><c>storageMovers/endpoints</c>: says where data is.</summary>
public sealed record StorageEndpoint : ArmResource<StorageEndpointProperties>;

/// <summary>Properties of a storage endpoint; <c>endpointType</c> tells which of the seven kinds it is and never changes.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "endpointType",
    UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(BlobContainerProperties), StorageEndpointTypes.AzureStorageBlobContainer)]
[JsonDerivedType(typeof(NfsMountProperties), StorageEndpointTypes.NfsMount)]
[JsonDerivedType(typeof(SmbFileShareProperties), StorageEndpointTypes.AzureStorageSmbFileShare)]
[JsonDerivedType(typeof(SmbMountProperties), StorageEndpointTypes.SmbMount)]
[JsonDerivedType(typeof(MultiCloudConnectorProperties), StorageEndpointTypes.AzureMultiCloudConnector)]
[JsonDerivedType(typeof(NfsFileShareProperties), StorageEndpointTypes.AzureStorageNfsFileShare)]
[JsonDerivedType(typeof(S3WithHmacProperties), StorageEndpointTypes.S3WithHmac)]
public abstract record StorageEndpointProperties
{
    /// <summary>One of <see cref="StorageEndpointTypes"/>.</summary>
    [JsonIgnore]
    public abstract string EndpointType { get; }

    /// <summary>One of <see cref="StorageEndpointKinds"/>; defaulted by the control plane, create-only.</summary>
    [JsonPropertyOrder(7)]
    public string? EndpointKind { get; init; }

    /// <summary>Free text, 1,024 characters at most.</summary>
    [JsonPropertyOrder(8)]
    public string? Description { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>; read-only.</summary>
    [JsonPropertyOrder(9)]
    public string? ProvisioningState { get; init; }
}

/// <summary>A blob container.</summary>
public sealed record BlobContainerProperties : StorageEndpointProperties
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string EndpointType => StorageEndpointTypes.AzureStorageBlobContainer;

    /// <summary>ARM id of the storage account; required, create-only.</summary>
    public string? StorageAccountResourceId { get; init; }

    /// <summary>The container's name; required, create-only.</summary>
    public string? BlobContainerName { get; init; }

    /// <summary>Whether jobs of another tenant may use it; null means no.</summary>
    public bool? EnableCrossTenantTransfer { get; init; }

    /// <summary>ARM ids of the partner's accounts that it may be copied from or to; replaced whole.</summary>
    public IReadOnlyList<string>? AllowedStorageAccounts { get; init; }
}

/// <summary>An NFS export.</summary>
public sealed record NfsMountProperties : StorageEndpointProperties
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string EndpointType => StorageEndpointTypes.NfsMount;

    /// <summary>Host name or address; required, create-only.</summary>
    public string? Host { get; init; }

    /// <summary>One of <see cref="NfsVersions"/>; create-only.</summary>
    public string? NfsVersion { get; init; }

    /// <summary>The exported folder, with or without a leading slash; required, create-only.</summary>
    public string? Export { get; init; }

    /// <summary>One of <see cref="MountSourceTypes.Nfs"/>; null means a plain mount.</summary>
    public string? SourceType { get; init; }
}

/// <summary>An SMB file share of a storage account.</summary>
public sealed record SmbFileShareProperties : StorageEndpointProperties
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string EndpointType => StorageEndpointTypes.AzureStorageSmbFileShare;

    /// <summary>ARM id of the storage account; required, create-only.</summary>
    public string? StorageAccountResourceId { get; init; }

    /// <summary>The share's name; required, create-only.</summary>
    public string? FileShareName { get; init; }

    /// <summary>Whether jobs of another tenant may use it; null means no.</summary>
    public bool? EnableCrossTenantTransfer { get; init; }

    /// <summary>ARM ids of the partner's accounts that it may be copied from or to; replaced whole.</summary>
    public IReadOnlyList<string>? AllowedStorageAccounts { get; init; }
}

/// <summary>An NFS file share of a storage account.</summary>
public sealed record NfsFileShareProperties : StorageEndpointProperties
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string EndpointType => StorageEndpointTypes.AzureStorageNfsFileShare;

    /// <summary>ARM id of the storage account; required, create-only.</summary>
    public string? StorageAccountResourceId { get; init; }

    /// <summary>The share's name; required, create-only.</summary>
    public string? FileShareName { get; init; }
}

/// <summary>An SMB share.</summary>
public sealed record SmbMountProperties : StorageEndpointProperties
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string EndpointType => StorageEndpointTypes.SmbMount;

    /// <summary>Host name or address; required, create-only.</summary>
    public string? Host { get; init; }

    /// <summary>The share's name; required, create-only.</summary>
    public string? ShareName { get; init; }

    /// <summary>One of <see cref="MountSourceTypes.Smb"/>; null means a plain mount.</summary>
    public string? SourceType { get; init; }

    /// <summary>Where the user name and password are kept; null when none are needed.</summary>
    public VaultCredentials? Credentials { get; init; }
}

/// <summary>An AWS bucket seen through a multicloud connector.</summary>
public sealed record MultiCloudConnectorProperties : StorageEndpointProperties
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string EndpointType => StorageEndpointTypes.AzureMultiCloudConnector;

    /// <summary>ARM id of the connector; required, create-only.</summary>
    public string? MultiCloudConnectorId { get; init; }

    /// <summary>ARM id of the bucket; required.</summary>
    public string? AwsS3BucketId { get; init; }
}

/// <summary>A bucket of a store that speaks S3 with HMAC keys.</summary>
public sealed record S3WithHmacProperties : StorageEndpointProperties
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string EndpointType => StorageEndpointTypes.S3WithHmac;

    /// <summary>One of <see cref="S3SourceTypes"/>; create-only.</summary>
    public string? SourceType { get; init; }

    /// <summary>The bucket's address; create-only.</summary>
    public string? SourceUri { get; init; }

    /// <summary>What the store is when its type is <c>OTHER</c>; create-only.</summary>
    public string? OtherSourceTypeDescription { get; init; }

    /// <summary>Where the access key and the secret key are kept.</summary>
    public VaultCredentials? Credentials { get; init; }
}

/// <summary>
/// Credentials kept in a vault: addresses of secrets, never a secret. <c>AzureKeyVaultSmb</c> uses the first two,
/// <c>AzureKeyVaultS3WithHMAC</c> the last two. An empty string in a request clears a stored address.
/// </summary>
public sealed record VaultCredentials
{
    /// <summary>One of <see cref="CredentialTypes"/>.</summary>
    public string? Type { get; init; }

    /// <summary>Address of the secret that holds the user name.</summary>
    public string? UsernameUri { get; init; }

    /// <summary>Address of the secret that holds the password.</summary>
    public string? PasswordUri { get; init; }

    /// <summary>Address of the secret that holds the access key.</summary>
    public string? AccessKeyUri { get; init; }

    /// <summary>Address of the secret that holds the secret key.</summary>
    public string? SecretKeyUri { get; init; }
}
