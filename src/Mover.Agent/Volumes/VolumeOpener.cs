using System.Diagnostics.CodeAnalysis;
using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes;

namespace Mover.Agent;

/// <summary>What is to be opened.</summary>
/// <param name="Endpoint">The storage endpoint with the job's subpath.</param>
/// <param name="Side">Which end of the run it is.</param>
/// <param name="RunId">ARM id of the run.</param>
/// <param name="Epoch">The epoch of the claim.</param>
public sealed record OpenRequest(OrderEndpoint Endpoint, RunSide Side, string RunId, long Epoch);

/// <summary>An open volume, or why the job cannot have it; exactly one is set.</summary>
public sealed record OpenedVolume(IVolume? Volume, JobFault? Fault)
{
    /// <summary>True with the volume, or false with the fault.</summary>
    public bool Try([NotNullWhen(true)] out IVolume? volume, [NotNullWhen(false)] out JobFault? fault)
    {
        (volume, fault) = (Volume, Fault);
        return volume is not null;
    }

    /// <summary>A volume that cannot be had.</summary>
    public static OpenedVolume Refuse(StatusCode code, string message) => new(null, new(code, message));
}

/// <summary>Opens volumes of one type of storage endpoint; throws <see cref="VolumeException"/> for faults of the volume.</summary>
public delegate ValueTask<OpenedVolume> VolumeDriver(OpenRequest request, CancellationToken cancel);

/// <summary>Finds the driver for a storage endpoint: the host's own mounts first, then the driver of the endpoint's type.</summary>
/// <param name="mounts">What the host has mounted.</param>
/// <param name="local">Opens a folder of a mount.</param>
/// <param name="drivers">Drivers by endpoint type.</param>
/// <param name="clock">The clock of pauses between tries.</param>
public sealed class VolumeOpener(
    MountMap mounts, Func<MountedFolder, RunSide, IVolume> local, IReadOnlyDictionary<string, VolumeDriver> drivers, TimeProvider clock)
{
    /// <summary>Opens an end of a run, rooted at the job's subpath.</summary>
    public async ValueTask<OpenedVolume> OpenAsync(OpenRequest request, CancellationToken cancel)
    {
        var endpoint = request.Endpoint;
        if (LeavesRoot(endpoint.Subpath))
        {
            return OpenedVolume.Refuse(
                request.Side == RunSide.Source ? StatusCodes.SourcePathInvalid : StatusCodes.TargetPathInvalid,
                $"The subpath '{endpoint.Subpath}' leads outside the storage endpoint. Use a path below it, without '..'.");
        }

        try
        {
            return await Opening.Default.RunAsync(again => OpenOnceAsync(request, again), (_, _) => { }, clock, cancel);
        }
        catch (VolumeException failed)
        {
            return new(null, VolumeFaults.OfOpening(failed.Fault, request));
        }
    }

    private async ValueTask<OpenedVolume> OpenOnceAsync(OpenRequest request, CancellationToken cancel)
    {
        var endpoint = request.Endpoint;
        if (mounts.Find(endpoint) is { } mounted)
        {
            return new(local(mounted.Child(endpoint.Subpath), request.Side), null);
        }

        return drivers.TryGetValue(endpoint.EndpointType, out var driver) ? await driver(request, cancel) : Unsupported(request);
    }

    private static OpenedVolume Unsupported(OpenRequest request)
    {
        var endpoint = request.Endpoint;
        if (request.Side == RunSide.Target)
        {
            return OpenedVolume.Refuse(
                StatusCodes.TargetTypeUnsupported,
                $"This agent cannot write to {endpoint.EndpointType}. "
                    + $"Use a target of type {string.Join(" or ", Targets)}.");
        }

        return EndpointKinds.Known.Find(endpoint.EndpointType)?.MountedAs is { } mountedAs
            ? OpenedVolume.Refuse(
                StatusCodes.SourceMountFailed,
                $"The share {mountedAs(endpoint)} is not mounted on this agent. "
                    + $"Mount it on the host and start the agent with "
                + $"--mount {mountedAs(endpoint)}=/local/path.")
            : OpenedVolume.Refuse(
                StatusCodes.SourceMountFailed,
                $"This agent cannot read {endpoint.EndpointType}. Use a source of type {string.Join(" or ", Mounts)}.");
    }

    private static IEnumerable<string> Targets => Drivers.All.Select(driver => driver.EndpointType)
        .Where(type => EndpointKinds.Known.Find(type)?.UsedAs == StorageEndpointKinds.Target);

    private static IEnumerable<string> Mounts =>
        EndpointKinds.Known.All.Where(kind => kind.MountedAs is not null).Select(kind => kind.Type);

    private static bool LeavesRoot(string subpath) =>
        subpath.Split('/', '\\').Any(name => name == "..") || subpath.Contains('\0', StringComparison.Ordinal);
}
