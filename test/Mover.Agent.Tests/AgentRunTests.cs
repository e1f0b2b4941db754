using Microsoft.Extensions.Hosting;
using Mover.Core.AgentProtocol;
using Mover.Server.Tests;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Agent.Tests;

/// <summary>The whole agent against the whole control plane; only the volumes are in memory.</summary>
public sealed class AgentRunTests
{
    private const int Files = 200;

    [Fact]
    public async Task A_job_runs_to_its_end_with_exact_counters()
    {
        await using var scene = await ChannelScene.StartAsync();
        var drivers = new MemoryDrivers(Files);
        using var agent = await StartAsync(scene, drivers);

        var run = await scene.StartJobAsync();
        await scene.WaitForAsync(run, "Succeeded");

        var shown = await scene.PropertiesAsync(run);
        Assert.Equal(Files, shown["itemsTransferred"]!.GetValue<long>());
        Assert.Equal(Files, shown["itemsScanned"]!.GetValue<long>());
        Assert.Equal("Completed", shown["scanStatus"]!.GetValue<string>());
        Assert.Equal(Files, drivers.Memory.Paths.Count);
        await agent.StopAsync();
    }

    [Fact]
    public async Task A_stopped_job_writes_nothing_more_and_is_canceled()
    {
        await using var scene = await ChannelScene.StartAsync();
        var drivers = new MemoryDrivers(Files) { StopAfter = 20 };
        using var agent = await StartAsync(scene, drivers);
        var run = await scene.StartJobAsync();
        await drivers.Reached.Task.WaitAsync(Limit);

        await scene.StopJobAsync();
        await scene.WaitForAsync(run, "Canceled");
        var written = drivers.Memory.Paths.Count;
        drivers.Gate.TrySetResult();
        await agent.StopAsync();

        Assert.Equal(written, drivers.Memory.Paths.Count);
        Assert.True(written < Files, $"{written} files were written.");
    }

    [Fact]
    public async Task An_agent_that_was_stopped_continues_where_it_was_under_a_new_epoch()
    {
        await using var scene = await ChannelScene.StartAsync();
        var drivers = new MemoryDrivers(Files) { StopAfter = 50 };
        string run;
        using (var first = await StartAsync(scene, drivers))
        {
            run = await scene.StartJobAsync();
            await drivers.Reached.Task.WaitAsync(Limit);
            await first.StopAsync();
        }

        drivers.StopAfter = int.MaxValue;
        using var second = await StartAsync(scene, drivers);
        await scene.WaitForAsync(run, "Succeeded");
        await second.StopAsync();

        // What was written and not yet in the journal is found equal the second time: each item has one outcome all the same.
        var shown = await scene.PropertiesAsync(run);
        Assert.Equal(Files, shown["itemsScanned"]!.GetValue<long>());
        Assert.Equal(Files, shown["itemsTransferred"]!.GetValue<long>() + shown["itemsNoTransferNeeded"]!.GetValue<long>());
        Assert.Equal(Files, drivers.Memory.Paths.Count);
    }

    [Fact]
    public async Task A_control_plane_that_goes_away_is_told_the_exact_end_when_it_is_back()
    {
        await using var scene = await ChannelScene.StartAsync();
        var drivers = new MemoryDrivers(Files) { StopAfter = 50 };
        using var agent = await StartAsync(scene, drivers);
        var run = await scene.StartJobAsync();
        await drivers.Reached.Task.WaitAsync(Limit);

        await scene.Server.StopAsync();
        drivers.Gate.TrySetResult();
        await drivers.Copied.Task.WaitAsync(Limit);
        await scene.Server.StartAgainAsync();
        await scene.WaitForAsync(run, "Succeeded");
        await agent.StopAsync();

        Assert.Equal(Files, (await scene.PropertiesAsync(run))["itemsTransferred"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_run_that_was_claimed_elsewhere_is_stopped_and_put_aside()
    {
        await using var scene = await ChannelScene.StartAsync();
        var drivers = new MemoryDrivers(Files) { StopAfter = 20 };
        using var agent = await StartAsync(scene, drivers);
        var run = await scene.StartJobAsync();
        await drivers.Reached.Task.WaitAsync(Limit);

        var taken = await scene.AskAsync(instance: "another", reclaim: [run]);
        await scene.WaitUntilAsync(() => Directory.EnumerateDirectories(scene.Folder.At("a1", "runs"), "*.lost").Any());
        var written = drivers.Memory.Paths.Count;
        await agent.StopAsync();
        drivers.Gate.TrySetResult();

        var aside = Assert.Single(Directory.EnumerateDirectories(scene.Folder.At("a1", "runs"), "*.lost"));
        Assert.True(File.Exists(Path.Combine(aside, "run.json")), "The record of the run is kept.");
        Assert.True(Directory.EnumerateFiles(Path.Combine(aside, "transfer")).Any(), "The journal of the run is kept.");
        Assert.Equal(2, taken.Order?.Epoch);
        Assert.Equal(written, drivers.Memory.Paths.Count);
        Assert.NotEqual("Succeeded", await scene.StatusAsync(run));
    }

    [Fact]
    public async Task Items_that_fail_are_in_the_copy_log_and_the_run_succeeds_with_a_warning()
    {
        await using var scene = await ChannelScene.StartAsync();
        var drivers = new MemoryDrivers(10) { Fails = "file 0007" };
        using var agent = await StartAsync(scene, drivers);

        var run = await scene.StartJobAsync();
        await scene.WaitForAsync(run, "Succeeded");
        await agent.StopAsync();

        var shown = await scene.PropertiesAsync(run);
        var log = await (await scene.Server.GetAsync(run + "/copyLog")).JsonAsync();
        Assert.Equal((9, 1), (shown["itemsTransferred"]!.GetValue<long>(), shown["itemsFailed"]!.GetValue<long>()));
        Assert.Equal("ItemsFailed", shown["warnings"]![0]!["code"]!.GetValue<string>());
        Assert.Equal("file 0007", log["value"]![0]!["path"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_source_that_cannot_be_opened_fails_the_job_with_its_code()
    {
        await using var scene = await ChannelScene.StartAsync();
        var drivers = new MemoryDrivers(1) { SourceFault = new(VolumeFaultKind.NotFound, "No such export.") };
        using var agent = await StartAsync(scene, drivers);

        var run = await scene.StartJobAsync();
        await scene.WaitForAsync(run, "Failed");
        await agent.StopAsync();

        Assert.Equal("AZSM1004", (await scene.PropertiesAsync(run))["error"]!["code"]!.GetValue<string>());
    }

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private static async Task<IHost> StartAsync(ChannelScene scene, MemoryDrivers drivers)
    {
        var agent = AgentApp.Create(
            new() { DataFolder = scene.Folder.At("a1"), ReportInterval = TimeSpan.FromMilliseconds(200),
                BeatInterval = TimeSpan.FromSeconds(1) },
            clock: scene.Clock,
            drivers: drivers);
        await agent.StartAsync();
        return agent;
    }
}

/// <summary>A source and a target in memory, with a gate in the target.</summary>
public sealed class MemoryDrivers : VolumeDrivers
{
    private readonly MemoryVolume _source = new();
    private int _puts;

    public MemoryDrivers(int files)
    {
        for (var i = 0; i < files; i++)
        {
            _source.AddFile($"file {i:D4}", $"content {i}");
        }

        Files = files;
    }

    public int Files { get; }

    public MemoryVolume Memory { get; } = new();

    /// <summary>After this many writes the target waits for the gate.</summary>
    public int StopAfter { get; set; } = int.MaxValue;

    /// <summary>The path whose writing fails.</summary>
    public string? Fails { get; init; }

    public VolumeFault? SourceFault { get; init; }

    public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Copied { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected override IReadOnlyDictionary<string, VolumeDriver> Table(IServiceProvider services) =>
        new Dictionary<string, VolumeDriver>(StringComparer.Ordinal)
    {
        ["NfsMount"] = (_, _) => SourceFault is null ? new(new OpenedVolume(_source, null)) : throw new VolumeException(SourceFault),
        ["AzureStorageBlobContainer"] = (_, _) => new(new OpenedVolume(
            new FaultVolume(Memory)
            {
                Before = call => call.Operation == "Put" && call.Path.ToString() == Fails
                    ? new(VolumeFaultKind.Permission, "Refused.") : null,
                Meanwhile = WaitAsync,
            },
            null)),
    };

    private async ValueTask WaitAsync(VolumeCall call, CancellationToken cancel)
    {
        if (call.Operation != "Put")
        {
            return;
        }

        var puts = Interlocked.Increment(ref _puts);
        if (puts >= Files)
        {
            Copied.TrySetResult();
        }

        if (puts > StopAfter)
        {
            Reached.TrySetResult();
            await Gate.Task.WaitAsync(cancel);
        }
    }
}
