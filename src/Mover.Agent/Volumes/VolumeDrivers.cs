using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Volumes;
using Mover.Volumes.Local;

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
            (folder, side) => new LocalPlace(folder.Mount, folder.Below).Open(UseOf(side, options, clock)),
            Table(services),
            clock);
    }

    /// <summary>Drivers by endpoint type.</summary>
    protected virtual IReadOnlyDictionary<string, VolumeDriver> Table(IServiceProvider services)
    {
        var options = services.GetRequiredService<AgentOptions>();
        var clock = services.GetRequiredService<TimeProvider>();
        var blobs = new BlobVolumes(services.GetRequiredService<AgentChannelClient>(), options, clock);
        return Drivers.All.ToDictionary(
            driver => driver.EndpointType,
            driver => driver.IsInAccount
                ? (request, cancel) => blobs.OpenAsync(driver, request, UseOf(request.Side, options, clock), cancel)
                : (VolumeDriver)((request, cancel) => OpenAsync(driver, request, UseOf(request.Side, options, clock), cancel)),
            StringComparer.Ordinal);
    }

    private static async ValueTask<OpenedVolume> OpenAsync(
        Driver driver, OpenRequest request, VolumeUse use, CancellationToken cancel) =>
        driver.PlaceOf(request.Endpoint, null) is { } place
            ? new(await place.OpenAsync(use, cancel), null)
            : throw new UnreachableException($"The driver of {driver.EndpointType} names no place.");

    private static VolumeUse UseOf(RunSide side, AgentOptions options, TimeProvider clock) =>
        new(side == RunSide.Target, clock) { SpillFolder = AgentFolder.SpillPath(options.DataFolder) };
}
