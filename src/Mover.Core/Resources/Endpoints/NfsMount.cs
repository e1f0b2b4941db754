using System.Text.Json.Serialization;
using Mover.Core.Resources.Versions;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary>An NFS export.</summary>
internal static class NfsMount
{
    public static readonly EndpointKind<NfsMountProperties> Kind = new(
        StorageEndpointTypes.NfsMount,
        [
            new TextProperty<NfsMountProperties>("host", p => p.Host)
            {
                IsRequired = true,
                CharsMax = 255,
                Pattern = TextPatterns.Host,
                Casing = TextCasing.Ignored,
                Column = "Host",
                Flags = [new("--host", "Host name or IP address of the file server.")],
            },
            new TextProperty<NfsMountProperties>("export", p => p.Export)
            {
                IsRequired = true,
                CharsMax = Limits.PathCharsMax,
                Column = "Export",
                Flags = [new("--export", "The exported folder.")],
            },
            new TextProperty<NfsMountProperties>("nfsVersion", p => p.NfsVersion)
            {
                Words = NfsVersions.All,
                NewWords = [new(NfsVersions.V41, ApiCatalogue.V202605, NfsVersions.V4)],
                Default = NfsVersions.Auto,
                Keep = (p, version) => p with { NfsVersion = version },
                Flags = [new("--nfs-version", "Protocol version:") { Words = [NfsVersions.Auto, NfsVersions.V3, NfsVersions.V4] }],
            },
            new TextProperty<NfsMountProperties>("sourceType", p => p.SourceType)
            {
                Since = ApiCatalogue.V202605,
                Change = PropertyChange.ByPut,
                Words = MountSourceTypes.Nfs,
                Keep = (p, source) => p with { SourceType = source },
            },
        ])
    {
        Since = ApiCatalogue.V202207,
        UsedAs = StorageEndpointKinds.Source,
        Pairs =
        [
            EndpointPairs.To(
                JobTypes.OnPremToCloud, StorageEndpointTypes.AzureStorageBlobContainer, StorageEndpointTypes.AzureStorageNfsFileShare,
                StorageEndpointTypes.NfsMount, StorageEndpointTypes.SmbMount),
            EndpointPairs.To(
                JobTypes.OnPremToCloudAgentLess, StorageEndpointTypes.AzureStorageBlobContainer,
                StorageEndpointTypes.AzureStorageNfsFileShare),
        ],
        Words = new("nfs", "an NFS export"),
        OrderedAs = (order, p) => order with { Host = p.Host, Export = p.Export, NfsVersion = p.NfsVersion },
        MountedAs = order => $"{order.Host}:/{order.Export?.TrimStart('/')}",
    };
}

public static partial class StorageEndpointTypes
{
    /// <summary>An NFS export.</summary>
    public const string NfsMount = "NfsMount";
}

[JsonDerivedType(typeof(NfsMountProperties), StorageEndpointTypes.NfsMount)]
public abstract partial record StorageEndpointProperties;

/// <summary>An NFS export.</summary>
public sealed record NfsMountProperties : StorageEndpointProperties
{
    /// <summary>Host name or address; required, create-only.</summary>
    public string? Host { get; init; }

    /// <summary>One of <see cref="NfsVersions"/>; create-only.</summary>
    public string? NfsVersion { get; init; }

    /// <summary>The exported folder, with or without a leading slash; required, create-only.</summary>
    public string? Export { get; init; }

    /// <summary>One of <see cref="MountSourceTypes.Nfs"/>; null means a plain mount.</summary>
    public string? SourceType { get; init; }

    /// <inheritdoc/>
    protected internal override EndpointKind Kind => NfsMount.Kind;
}

public static partial class MountSourceTypes
{
    /// <summary>Of an NFS mount.</summary>
    public static readonly IReadOnlyList<string> Nfs = ["NfsMount", "FSX-EFS", "FSXEFS"];
}

/// <summary>Values of <c>nfsVersion</c>.</summary>
public static class NfsVersions
{
    /// <summary>The best version that the server speaks.</summary>
    public const string Auto = "NFSauto";

    /// <summary>NFSv3.</summary>
    public const string V3 = "NFSv3";

    /// <summary>NFSv4.</summary>
    public const string V4 = "NFSv4";

    /// <summary>NFSv4.1.</summary>
    public const string V41 = "NFSv4_1";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Auto, V3, V4, V41];
}
