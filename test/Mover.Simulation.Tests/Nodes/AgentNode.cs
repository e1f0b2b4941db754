using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Mover.Agent;
using Mover.Core.Arm;

namespace Mover.Simulation;

/// <summary>An agent: a machine, its folder on a disk that outlives it, and the program that runs there at the moment.</summary>
internal sealed class AgentNode(World world, Network network, Storage storage, string name, string folder)
{
    private int _lives;
    private IHost? _host;

    public Machine Machine { get; } = new(world, name);

    public string Name => name;

    public string Folder => folder;

    public Process? Process { get; private set; }

    public bool IsUp => _host is not null && Process is { IsDead: false };

    public async Task RegisterAsync(ResourceId mover, IReadOnlyList<string> addresses, string token)
    {
        var process = new Process(Machine, name + ".0");
        await new AgentRegistration(new NodeClock(process)) { Connect = _ => network.Connect(process) }.RegisterAsync(
            new()
            {
                DataFolder = folder, Addresses = addresses, CaPem = string.Empty, Token = token, StorageMover = mover, AgentName = name,
            },
            CancellationToken.None);
    }

    public Task StartAsync()
    {
        var process = Process = new Process(Machine, $"{name}.{++_lives}");
        var host = AgentApp.Create(
            new() { DataFolder = folder, Connect = _ => network.Connect(process) },
            logging => logging.AddProvider(new NotedLogs(process)).AddFilter("Microsoft", LogLevel.Warning),
            new NodeClock(process), new SimDrivers(storage, process));
        _host = host;

        // What the kernel does for a process that is killed: its lock goes.
        process.AtDeath.Add(host.Services.GetRequiredService<AgentFolder>().Dispose);
        world.Note("agent", $"{process.Name} starts");
        return host.StartAsync();
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
            await host.StopAsync();
            process.Kill();
        }
    }
}
