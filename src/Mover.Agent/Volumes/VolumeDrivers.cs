using Microsoft.Extensions.DependencyInjection;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;
using Mover.Volumes.Nfs;

namespace Mover.Agent;

/// <summary>The table of what an agent can open. Derive from it to teach an agent another volume.</summary>
public class VolumeDrivers
{
    /// <summary>Makes the opener from the agent's services.</summary>
    public VolumeOpener CreateOpener(IServiceProvider services)
    {
        var options = services.GetRequiredService<AgentOptions>();
        var clock = services.GetRequiredService<TimeProvider>();
        return new(
            MountMap.Parse(options.Mounts),
            (folder, side) => new LocalVolume(new(folder.Mount)
            {
                Below = folder.Below,
                IsTarget = side == RunSide.Target,
                SpillFolder = SpillFolder(options),
                Clock = clock,
            }),
            Table(services),
            clock);
    }

    /// <summary>Drivers by endpoint type.</summary>
    protected virtual IReadOnlyDictionary<string, VolumeDriver> Table(IServiceProvider services)
    {
        var options = services.GetRequiredService<AgentOptions>();
        var clock = services.GetRequiredService<TimeProvider>();
        var blobs = new BlobVolumes(services.GetRequiredService<AgentChannelClient>(), options, clock);
        return new Dictionary<string, VolumeDriver>(StringComparer.Ordinal)
        {
            [StorageEndpointTypes.NfsMount] = (request, cancel) => OpenNfsAsync(request.Endpoint, options, clock, cancel),
            [StorageEndpointTypes.AzureStorageBlobContainer] = blobs.OpenAsync,
        };
    }

    private static async ValueTask<OpenedVolume> OpenNfsAsync(
        OrderEndpoint endpoint, AgentOptions options, TimeProvider clock, CancellationToken cancel) =>
        endpoint.NfsVersion == NfsVersions.V41
        ? OpenedVolume.Refuse(
            StatusCodes.SourceMountFailed,
            $"This agent supports NFS 3 and 4.0, but not 4.1. Mount {endpoint.Host}:/{endpoint.Export?.TrimStart('/')} on the host and "
                + $"start the agent with --mount {endpoint.Host}:/{endpoint.Export?.TrimStart('/')}=/local/path.")
        : new(
            await NfsVolume.OpenAsync(
                new(endpoint.Host ?? string.Empty, "/" + endpoint.Export?.TrimStart('/'))
                {
                    Version = endpoint.NfsVersion switch
                    {
                        NfsVersions.V3 => NfsVersion.V3,
                        NfsVersions.V4 => NfsVersion.V4,
                        _ => NfsVersion.Auto,
                    },
                    Subpath = endpoint.Subpath.Length > 0 ? endpoint.Subpath : null,
                    SpillFolder = SpillFolder(options),
                    Clock = clock,
                },
                cancel),
            null);

    private static string SpillFolder(AgentOptions options) => AgentFolder.SpillPath(options.DataFolder);
}
