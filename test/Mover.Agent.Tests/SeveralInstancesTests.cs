using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Client.Agent;
using Mover.Server.Background;
using Mover.Server.Instances;
using Mover.Server.Tests;
using Mover.Server.Tests.Operations;
using Mover.State;

namespace Mover.Agent.Tests;

/// <summary>An agent before two instances over one store, one of which dies, leaves, or is silent.</summary>
public sealed class SeveralInstancesTests : IAsyncLifetime
{
    private const int Files = 200;

    /// <summary>An agent is elsewhere this long after its instance died, on a machine that others use as well.</summary>
    private static readonly TimeSpan MoveMax = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly TempFolder _state = new();
    private readonly MemoryDrivers _drivers = new(Files) { StopAfter = 50 };
    private IStateStore _store = null!;
    private ChannelScene _scene = null!;
    private SharedStore _mortal = null!;
    private TestServer _victim = null!;
    private string _victimUrl = string.Empty;

    public async Task InitializeAsync()
    {
        _store = await StateEngine.Sqlite.OpenAsync(
            new(_state.Path, MustExist: false, TimeProvider.System, NullLoggerFactory.Instance), default);
        _mortal = new(_store);
        _scene = await ChannelScene.StartAsync(configure: options => SharedStore.Under(options, "survivor", new SharedStore(_store)));
        _victim = await TestServer.StartAsync(options => SharedStore.Under(options, "victim", _mortal), folder: _scene.Server.Folder);
        _victimUrl = _victim.Url;
        Rewrite(_victimUrl);
    }

    public async Task DisposeAsync()
    {
        await KillAsync();
        await _scene.DisposeAsync();
        await _store.DisposeAsync();
        _state.Dispose();
    }

    [Fact]
    public async Task A_run_continues_byte_for_byte_over_another_instance_when_the_one_its_agent_speaks_to_dies()
    {
        using var agent = await StartAsync();
        var run = await _scene.StartJobAsync();
        await _drivers.Reached.Task.WaitAsync(Limit);
        await KnowsBothAsync();

        var killed = TimeProvider.System.GetTimestamp();
        await KillAsync();
        await _scene.WaitUntilAsync(() => Address(agent) == _scene.Server.Url);
        var moved = TimeProvider.System.GetElapsedTime(killed);
        _drivers.Gate.TrySetResult();
        await _scene.WaitForAsync(run, "Succeeded");
        await agent.StopAsync();

        var shown = await _scene.PropertiesAsync(run);
        Assert.Equal((Files, Files), (shown["itemsTransferred"]!.GetValue<long>(), shown["itemsScanned"]!.GetValue<long>()));
        Assert.All(Enumerable.Range(0, Files), number => Assert.Equal(
            Encoding.UTF8.GetBytes($"content {number}"), _drivers.Memory.Content($"file {number:D4}")));
        Note($"killed: its agent moved after {moved}");
        Assert.True(moved < MoveMax, $"It took {moved} to move.");
    }

    [Fact]
    public async Task An_agent_whose_first_address_is_dead_when_it_starts_works_over_the_others_it_was_told()
    {
        using (var first = await StartAsync())
        {
            await KnowsBothAsync();
            await first.StopAsync();
        }

        await KillAsync();
        _drivers.Gate.TrySetResult();
        using var second = await StartAsync();
        var run = await _scene.StartJobAsync();

        await _scene.WaitForAsync(run, "Succeeded");
        await second.StopAsync();

        Assert.Equal(_victimUrl, Record().Registered!.Single());
        Assert.Equal(Files, _drivers.Memory.Paths.Count);
    }

    [Fact]
    public async Task An_instance_that_leaves_sends_its_agents_to_another_while_it_still_answers()
    {
        using var agent = await StartAsync();
        var run = await _scene.StartJobAsync();
        await _drivers.Reached.Task.WaitAsync(Limit);
        await KnowsBothAsync();

        var stopping = _victim.Services.GetRequiredService<Departure>().StoppingAsync(default);
        await _scene.WaitUntilAsync(() => Address(agent) == _scene.Server.Url);
        var wasEarly = !stopping.IsCompleted;
        await stopping;
        await KillAsync();
        _drivers.Gate.TrySetResult();
        await _scene.WaitForAsync(run, "Succeeded");
        await agent.StopAsync();

        Assert.True(wasEarly);
        Assert.Equal(Files, _drivers.Memory.Paths.Count);
    }

    [Fact]
    public async Task An_address_that_takes_connections_and_keeps_silent_is_left_within_the_named_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        Rewrite($"https://{silent.LocalEndpoint}", _scene.Server.Url);
        _drivers.Gate.TrySetResult();

        var started = TimeProvider.System.GetTimestamp();
        using var agent = await StartAsync();
        await _scene.WaitUntilAsync(() => Address(agent) == _scene.Server.Url);
        var moved = TimeProvider.System.GetElapsedTime(started);
        await _scene.WaitForAsync(await _scene.StartJobAsync(), "Succeeded");
        await agent.StopAsync();

        Note($"silent: left after {moved}");
        Assert.InRange(moved, TimeSpan.Zero, AgentChannelClient.SilenceMax + MoveMax);
    }

    [Fact]
    public async Task Registration_takes_every_address_that_the_control_plane_tells()
    {
        await _scene.WaitUntilAsync(() => _scene.Server.Services.GetRequiredService<InstanceTable>().Live.Count == 2);

        var record = await _scene.RegisterAsync("a2");

        Assert.Equal([_scene.Server.Url, _victimUrl], record.Addresses);
        Assert.Equal([_scene.Server.Url], record.Registered!);
    }

    private async Task<IHost> StartAsync()
    {
        var agent = AgentApp.Create(
            new()
            {
                DataFolder = _scene.Folder.At("a1"), ReportInterval = TimeSpan.FromMilliseconds(200), BeatInterval = TimeSpan.FromSeconds(1),
            },
            drivers: _drivers);
        await agent.StartAsync();
        return agent;
    }

    private static string Address(IHost agent) => agent.Services.GetRequiredService<AgentChannelClient>().Addresses.Current;

    private Task KnowsBothAsync() => _scene.WaitUntilAsync(
        () => Record().Addresses.SequenceEqual([_victimUrl, _scene.Server.Url]));

    private AgentRecord Record() => AgentFolder.ReadRecord(_scene.Folder.At("a1"));

    // For whoever writes the numbers down.
    private static void Note(string figures)
    {
        if (Environment.GetEnvironmentVariable("MOVER_FIGURES") is { Length: > 0 } file)
        {
            File.AppendAllText(file, figures + "\n");
        }
    }

    // As if it had been registered there.
    private void Rewrite(params string[] addresses)
    {
        using var folder = AgentFolder.Open(_scene.Folder.At("a1"));
        folder.Write(folder.ReadRecord() with { Addresses = addresses, Registered = [addresses[0]] });
    }

    // Its connections break, and nothing of it reaches the store any more.
    private async Task KillAsync()
    {
        if (_mortal.IsDead)
        {
            return;
        }

        _mortal.Die();
        try
        {
            await _victim.DisposeAsync();
        }
        catch (StateException dead) when (dead.Fault == StateFault.Unavailable)
        {
            // It was killed.
        }
    }
}
