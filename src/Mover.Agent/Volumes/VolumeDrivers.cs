using Microsoft.Extensions.DependencyInjection;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Resources;
using Mover.Transfer.Contract;

namespace Mover.Agent;

/// <summary>The table of what an agent can open. Derive from it to teach an agent another volume.</summary>
public class VolumeDrivers
{
    /// <summary>Makes the opener from the agent's services.</summary>
    public VolumeOpener CreateOpener(IServiceProvider services) => new(
        MountMap.Parse(services.GetRequiredService<AgentOptions>().Mounts), OpenLocal, Table(services));

    /// <summary>Drivers by endpoint type.</summary>
    protected virtual IReadOnlyDictionary<string, VolumeDriver> Table(IServiceProvider services)
    {
        var blobs = new BlobVolumes(services.GetRequiredService<AgentChannelClient>(), services.GetRequiredService<TimeProvider>());
        return new Dictionary<string, VolumeDriver>(StringComparer.Ordinal)
        {
            [StorageEndpointTypes.AzureStorageBlobContainer] = blobs.OpenAsync,
        };
    }

    /// <summary>Opens a folder of the host.</summary>
    protected virtual IVolume OpenLocal(string path, RunSide side) =>
        throw new VolumeException(new(VolumeFaultKind.Unsupported, $"The folder {path} cannot be opened by this agent."));
}
