using System.Text.Json.Serialization;
using Mover.Core.Resources.Versions;

namespace Mover.Core.Resources;

/// <summary>An AWS bucket seen through a multicloud connector.</summary>
internal static class MultiCloudConnector
{
    public static readonly EndpointKind<MultiCloudConnectorProperties> Kind = new(
        StorageEndpointTypes.AzureMultiCloudConnector,
        [
            new TextProperty<MultiCloudConnectorProperties>("multiCloudConnectorId", p => p.MultiCloudConnectorId)
            {
                IsRequired = true,
                IdOf = "Microsoft.HybridConnectivity/publicCloudConnectors",
                Casing = TextCasing.Ignored,
                Flags = [new("--multi-cloud-connector-id", "Resource id of the multicloud connector.") { Alias = "--connector-id" }],
            },
            new TextProperty<MultiCloudConnectorProperties>("awsS3BucketId", p => p.AwsS3BucketId)
            {
                IsRequired = true,
                IdOf = "Microsoft.AwsConnector/s3Buckets",
                Change = PropertyChange.ByPutAlone,
                Flags = [new("--aws-s3-bucket-id", "Resource id of the bucket.")],
            },
        ])
    {
        Since = ApiCatalogue.V202507,
        UsedAs = StorageEndpointKinds.Source,
        IsSourceOnly = true,
        Pairs = [EndpointPairs.To(JobTypes.CloudToCloud, StorageEndpointTypes.AzureStorageBlobContainer)],
        Words = new("multi-cloud-connector", "an AWS S3 bucket through a multicloud connector") { NeedsIdentity = true },
    };
}

public static partial class StorageEndpointTypes
{
    /// <summary>An AWS bucket seen through a multicloud connector.</summary>
    public const string AzureMultiCloudConnector = "AzureMultiCloudConnector";
}

[JsonDerivedType(typeof(MultiCloudConnectorProperties), StorageEndpointTypes.AzureMultiCloudConnector)]
public abstract partial record StorageEndpointProperties;

/// <summary>An AWS bucket seen through a multicloud connector.</summary>
public sealed record MultiCloudConnectorProperties : StorageEndpointProperties
{
    /// <summary>ARM id of the connector; required, create-only.</summary>
    public string? MultiCloudConnectorId { get; init; }

    /// <summary>ARM id of the bucket; required.</summary>
    public string? AwsS3BucketId { get; init; }

    /// <inheritdoc/>
    protected internal override EndpointKind Kind => MultiCloudConnector.Kind;
}
