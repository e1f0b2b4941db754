using Mover.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Resources;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Simulation;

/// <summary>The filers and containers that data is moved between. They outlive every process.</summary>
internal sealed class Storage(World world)
{
    private readonly Dictionary<string, MemoryVolume> _volumes = new(StringComparer.Ordinal);

    /// <summary>How long one call takes at most.</summary>
    public required TimeSpan CallMax { get; init; }

    /// <summary>Hears of every effect at a target, when it has taken place.</summary>
    public Action<Effect>? Changed { get; set; }

    public MemoryVolume Of(string place)
    {
        if (!_volumes.TryGetValue(place, out var volume))
        {
            _volumes[place] = volume = new();
        }

        return volume;
    }

    public IVolume Open(OpenRequest request, Process process)
    {
        var place = request.Side == RunSide.Source
            ? $"{request.Endpoint.Host}:{request.Endpoint.Export}/{request.Endpoint.Subpath}"
            : $"{request.Endpoint.BlobContainerName}/{request.Endpoint.Subpath}";
        return new FaultVolume(Of(place))
        {
            Meanwhile = async (_, _) => await world.DelayAsync(world.Between(TimeSpan.FromMilliseconds(1), CallMax), process),
            After = call =>
            {
                if (request.Side == RunSide.Target && call.Operation is not ("Scan" or "Probe" or "ProbeWrite" or "Find" or "OpenBlocks"))
                {
                    Changed?.Invoke(new(request.RunId, request.Epoch, process, call.Operation, call.Path.ToString() ?? string.Empty));
                }

                return null;
            },
        };
    }
}

/// <summary>Something that a run did at its target.</summary>
internal sealed record Effect(string RunId, long Epoch, Process Process, string Operation, string Path);

/// <summary>Opens the simulated volumes in the place of the ones over networks.</summary>
internal sealed class SimDrivers(Storage storage, Process process) : VolumeDrivers
{
    protected override IReadOnlyDictionary<string, VolumeDriver> Table(IServiceProvider services) =>
        new Dictionary<string, VolumeDriver>(StringComparer.Ordinal)
        {
            [StorageEndpointTypes.NfsMount] = (request, _) => new(new OpenedVolume(storage.Open(request, process), null)),
            [StorageEndpointTypes.AzureStorageBlobContainer] = (request, _) => new(new OpenedVolume(storage.Open(request, process), null)),
        };
}
