using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Nfs;

/// <summary>An NFS export, or a folder in one.</summary>
/// <param name="Options">The server, the export and how they are spoken to.</param>
public sealed record NfsPlace(NfsOptions Options) : VolumePlace
{
    /// <summary>Opens NFS exports, without a mount.</summary>
    public static Driver Driver { get; } = new(StorageEndpointTypes.NfsMount, (endpoint, _) => Of(endpoint));

    /// <summary>Why this version cannot be spoken; null when it can.</summary>
    public VolumeFault? Unspoken { get; init; }

    /// <inheritdoc/>
    public override string Host => Options.Host;

    /// <inheritdoc/>
    public override async ValueTask<IVolume> OpenAsync(VolumeUse use, CancellationToken cancel) => Unspoken is { } fault
        ? throw new VolumeException(fault)
        : await NfsVolume.OpenAsync(Options with { SpillFolder = use.SpillFolder, Clock = use.Clock }, cancel);

    /// <summary>The export's URL, as <see cref="AddressUrl"/> reads it.</summary>
    public override string ToString() => $"nfs://{Options.Host}{AddressUrl.Escape(Options.Export)}";

    private static NfsPlace Of(OrderEndpoint endpoint) =>
        new(new NfsOptions(endpoint.Host ?? string.Empty, "/" + endpoint.Export?.TrimStart('/'))
        {
            Version = endpoint.NfsVersion switch
            {
                NfsVersions.V3 => NfsVersion.V3,
                NfsVersions.V4 => NfsVersion.V4,
                _ => NfsVersion.Auto,
            },
            Subpath = endpoint.Subpath.Length > 0 ? endpoint.Subpath : null,
        })
        {
            Unspoken = endpoint.NfsVersion == NfsVersions.V41 ? NewerOf(endpoint) : null,
        };

    private static VolumeFault NewerOf(OrderEndpoint endpoint) => new(
        VolumeFaultKind.Unsupported, "This agent supports NFS 3 and 4.0, but not 4.1.", Code: StatusCodes.SourceMountFailed)
    {
        Advice = $"Mount {endpoint.Host}:/{endpoint.Export?.TrimStart('/')} on the host and "
            + $"start the agent with --mount {endpoint.Host}:/{endpoint.Export?.TrimStart('/')}=/local/path.",
    };
}
