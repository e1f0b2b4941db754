using System.Text.Json.Serialization;
using Mover.Core.Resources.Versions;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary>A bucket of a store that speaks S3 with HMAC keys.</summary>
internal static class S3WithHmac
{
    public static readonly EndpointKind<S3WithHmacProperties> Kind = new(
        StorageEndpointTypes.S3WithHmac,
        [
            new TextProperty<S3WithHmacProperties>("sourceType", p => p.SourceType)
            {
                Words = S3SourceTypes.All,
                Keep = (p, source) => p with { SourceType = source },
                Flags = [new("--source-type", "The kind of store:") { Words = [.. S3SourceTypes.All.Order(StringComparer.Ordinal)] }],
            },
            new TextProperty<S3WithHmacProperties>("sourceUri", p => p.SourceUri)
            {
                Pattern = TextPatterns.HttpsUri,
                IsCheckedLast = true,
                Flags = [new("--source-uri", "Address of the bucket.") { IsRequired = true }],
            },
            new TextProperty<S3WithHmacProperties>("otherSourceTypeDescription", p => p.OtherSourceTypeDescription)
            {
                CharsMax = Limits.DescriptionCharsMax,
                Flags = [new("--other-source-type-description", "Description of the store when its type is OTHER.")],
            },
            new CredentialsProperty<S3WithHmacProperties>(
                CredentialTypes.S3WithHmac, p => p.Credentials, (p, credentials) => p with { Credentials = credentials },
                new CredentialSecret("accessKeyUri", "--access-key-uri", "access key", c => c.AccessKeyUri),
                new CredentialSecret("secretKeyUri", "--secret-key-uri", "secret key", c => c.SecretKeyUri)),
        ])
    {
        Since = ApiCatalogue.V202512,
        UsedAs = StorageEndpointKinds.Source,
        IsSourceOnly = true,
        Pairs = [EndpointPairs.To(JobTypes.CloudToCloud, StorageEndpointTypes.AzureStorageBlobContainer)],
        Words = new("s3-with-hmac", "an S3-compatible bucket"),
    };
}

public static partial class StorageEndpointTypes
{
    /// <summary>A bucket of a store that speaks S3 with HMAC keys.</summary>
    public const string S3WithHmac = "S3WithHMAC";
}

[JsonDerivedType(typeof(S3WithHmacProperties), StorageEndpointTypes.S3WithHmac)]
public abstract partial record StorageEndpointProperties;

/// <summary>A bucket of a store that speaks S3 with HMAC keys.</summary>
public sealed record S3WithHmacProperties : StorageEndpointProperties
{
    /// <summary>One of <see cref="S3SourceTypes"/>; create-only.</summary>
    public string? SourceType { get; init; }

    /// <summary>The bucket's address; create-only.</summary>
    public string? SourceUri { get; init; }

    /// <summary>What the store is when its type is <c>OTHER</c>; create-only.</summary>
    public string? OtherSourceTypeDescription { get; init; }

    /// <summary>Where the access key and the secret key are kept.</summary>
    public VaultCredentials? Credentials { get; init; }

    /// <inheritdoc/>
    protected internal override EndpointKind Kind => S3WithHmac.Kind;
}

public static partial class CredentialTypes
{
    /// <summary>Access and secret key of an S3 store, in Key Vault.</summary>
    public const string S3WithHmac = "AzureKeyVaultS3WithHMAC";
}

/// <summary>Values of <c>sourceType</c> of an S3 endpoint.</summary>
public static class S3SourceTypes
{
    /// <summary>A store that none of the others names; it is described in words.</summary>
    public const string Other = "OTHER";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = ["MINIO", "IBM", "GCS", "ALIBABA", "DELL_EMC", Other];
}
