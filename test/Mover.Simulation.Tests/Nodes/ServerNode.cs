using Microsoft.Extensions.Logging;
using Mover.Files;
using Mover.Server;
using Mover.Server.DataFolders;
using Mover.Server.Keys;
using Mover.Server.Regions;
using Mover.Server.Settings;
using Mover.State;

namespace Mover.Simulation;

/// <summary>A control-plane server: a machine, a data folder, and the program that runs there at the moment.</summary>
internal sealed class ServerNode(Region region, Network network, string name, string address, string folder)
{
    private int _lives;
    private RegionHost? _host;

    public Machine Machine { get; } = new(region.World, name);

    public Region Region => region;

    public string Url => "https://" + address;

    public string Folder => folder;

    public Process? Process { get; private set; }

    public NodeClock? Clock { get; private set; }

    public bool IsUp => _host is not null && Process is { IsDead: false };

    public bool IsCutFromStore { get; set; }

    public Func<ServerOptions, ServerOptions> Configure { get; set; } = options => options;

    /// <summary>Others know where it is, whether it is there or not.</summary>
    public void Announce() => network.Add(address, Machine);

    /// <summary>Starts the program and goes on trying while it cannot start.</summary>
    public async Task StartAsync()
    {
        if (region.IsDown || IsUp)
        {
            return;
        }

        var process = new Process(Machine, $"{name}.{++_lives}");
        (Process, _host) = (process, null);
        var clock = Clock = new NodeClock(process);
        PrivateFolder.Ensure(folder);
        while (!process.IsDead)
        {
            try
            {
                var host = await RegionHost.StartAsync(Configure(OptionsOf(process)), clock, waits: null, CancellationToken.None);
                _host = host;
                region.World.Note("server", $"{process.Name} serves");
                return;
            }
            catch (Exception fault) when (fault is StateException or DataFolderException)
            {
                region.World.Note("server", $"{process.Name} did not start: {fault.Message}");
                await region.World.DelayAsync(TimeSpan.FromSeconds(2), process);
            }
        }
    }

    public void Kill()
    {
        Process?.Kill();
        _host = null;
    }

    public async Task StopAsync()
    {
        if (_host is { } host && Process is { IsDead: false } process)
        {
            _host = null;
            await host.StopAsync(CancellationToken.None);
            process.Kill();
        }
    }

    private ServerOptions OptionsOf(Process process) => new()
    {
        DataFolder = folder,
        Urls = [Url],
        Region = region.Name,
        InstanceName = name,
        KeyRing = region.RingFile,
        Store = new StateEngine("simulated", (host, _) => Task.FromResult<IStateStore>(
            new SimStore(region.State, host.Clock, new SimWire(process, region.Faults, () => IsCutFromStore))
            {
                Plant = region.Plant, Shows = () => region.World.Chance(0.02),
            })) { IsShared = true },
        Network = new(() => new SimServer(network, process, Url), () => network.Connect(process)),
        Logging = logging => logging.AddProvider(new NotedLogs(process)).SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning),
        Pair = region.Pair is not { } pair ? null : new RegionPair(pair.Name, [.. pair.Servers.Select(server => new Uri(server.Url))])
        {
            StartsAsStandby = region.StartsAsStandby,
        },
    };
}
