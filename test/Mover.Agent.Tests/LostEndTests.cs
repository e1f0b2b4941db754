using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Server.Backups;
using Mover.Server.JobRuns;
using Mover.Server.Tests;
using Mover.State;
using Mover.State.Copies;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Agent.Tests;

/// <summary>A control plane that is older than its agent: what was started, claimed or ended since its backup is taken over.</summary>
public sealed class LostEndTests
{
    private static readonly BackupKeys Passphrase = new(new Secret("correct horse battery"), null);

    [Theory]
    [InlineData("never heard of it")]
    [InlineData("knows it as queued")]
    public async Task A_run_that_has_ended_is_recorded_and_not_run_again(string state)
    {
        await using var scene = await ChannelScene.StartAsync();
        var (agent, target) = await StartAgentAsync(scene);
        string run;
        if (state == "never heard of it")
        {
            await BackUpAsync(scene);
            run = await scene.StartJobAsync();
        }
        else
        {
            await agent.StopAsync();
            agent.Dispose();
            run = await scene.StartJobAsync();
            await BackUpAsync(scene);
            (agent, target) = await StartAgentAsync(scene);
        }

        await scene.WaitForAsync(run, "Succeeded");
        var writes = target.Memory.Count;
        await RestoreAsync(scene);

        await UntilAsync(async () => await scene.Server.GetAsync(run) is { IsSuccessStatusCode: true } answer
            && $"{(await answer.JsonAsync())["properties"]!["status"]}" == "Succeeded");
        await UntilAsync(() => Task.FromResult(AgentFolder.ReadRecord(scene.Folder.At("a1")).ToldUpTo > 1L << 40));
        var restored = await scene.PropertiesAsync(run);
        var known = await scene.PropertiesAsync(scene.Server.Definition());
        target.Memory.AddFile("mark", "1");
        var next = await scene.StartJobAsync();
        await scene.WaitForAsync(next, "Succeeded");
        await agent.StopAsync();
        agent.Dispose();

        Assert.Equal(2, restored["itemsTransferred"]!.GetValue<long>());
        if (state == "never heard of it")
        {
            Assert.Equal(RunAdoption.Code, restored["warnings"]![0]!["code"]!.GetValue<string>());
        }

        Assert.Equal((run.ToLowerInvariant(), "Succeeded"),
            ($"{known["latestJobRunResourceId"]}".ToLowerInvariant(), $"{known["latestJobRunStatus"]}"));
        Assert.Equal(writes + 1, target.Memory.Count);
        Assert.Equal(0, (await scene.PropertiesAsync(next))["itemsTransferred"]!.GetValue<long>());
        Assert.Single(Directory.GetFiles(scene.Folder.At("a1", "runs", run.Split('/')[^1]), "ended.json"));
    }

    [Theory]
    [InlineData("never heard of it")]
    [InlineData("knows it as queued")]
    [InlineData("knows an older claim")]
    public async Task A_run_that_continues_stays_with_its_agent_under_its_claim(string state)
    {
        await using var scene = await ChannelScene.StartAsync();
        var run = string.Empty;
        if (state != "never heard of it")
        {
            run = await scene.StartJobAsync();
        }

        var order = state == "knows an older claim" ? (await scene.AskAsync()).Order : null;
        await BackUpAsync(scene);
        if (state == "never heard of it")
        {
            run = await scene.StartJobAsync();
        }

        order = (await scene.AskAsync()).Order!;
        await RestoreAsync(scene);

        var early = (await scene.AskAsync(holding: [run])).Order;
        var heard = ChannelScene.Value(await scene.Channel.BeatAsync(ChannelScene.Beat(AgentCondition.Executing, new HeldRun(run, order.Epoch)), default));
        await scene.ProgressAsync(scene.Report(order, 7, transferred: 3));
        var offered = (await scene.AskAsync("two")).Order;
        var running = await scene.PropertiesAsync(run);
        await scene.FinishAsync(scene.Report(order, 8, AgentRunStatus.Succeeded, transferred: 4));

        Assert.Null(early);
        Assert.Empty(heard.LostRuns);
        Assert.True(heard.Past!.EpochBase > order.Epoch);
        Assert.Null(offered);
        Assert.Equal(("Running", 3L), (running["status"]!.GetValue<string>(), running["itemsTransferred"]!.GetValue<long>()));
        Assert.Equal("Succeeded", await scene.StatusAsync(run));
        Assert.Equal("Succeeded", await scene.LatestStatusAsync());
        Assert.Null((await scene.AskAsync("two")).Order);
    }

    [Fact]
    public async Task Of_two_claims_that_were_lost_the_newer_one_owns_the_run_whichever_reports_first()
    {
        await using var scene = await ChannelScene.StartAsync();
        var run = await scene.StartJobAsync();
        await BackUpAsync(scene);
        var older = (await scene.AskAsync()).Order!;
        var newer = (await scene.AskAsync()).Order!;
        await RestoreAsync(scene);

        await scene.ProgressAsync(scene.Report(older, 1, transferred: 1));
        await scene.ProgressAsync(scene.Report(newer, 1, transferred: 2));
        var refused = (await scene.Channel.ProgressAsync(scene.Report(older, 2, transferred: 9), default)).Refusal;
        var heard = ChannelScene.Value(await scene.Channel.BeatAsync(ChannelScene.Beat(AgentCondition.Executing, new HeldRun(run, older.Epoch)), default));

        Assert.True(newer.Epoch > older.Epoch);
        Assert.Equal("RunOwnedElsewhere", refused?.Code);
        Assert.Equal([run], heard.LostRuns);
        await scene.FinishAsync(scene.Report(newer, 2, AgentRunStatus.Succeeded, transferred: 2));
        Assert.Equal(2, (await scene.PropertiesAsync(run))["itemsTransferred"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_lost_run_is_not_taken_over_while_a_newer_one_is_active()
    {
        await using var scene = await ChannelScene.StartAsync();
        await BackUpAsync(scene);
        var lost = await scene.ClaimAsync();
        await RestoreAsync(scene);
        var since = await scene.StartJobAsync();

        var refused = (await scene.Channel.ProgressAsync(scene.Report(lost, 1), default)).Refusal;
        var order = (await scene.AskAsync(holding: [lost.RunId])).Order;

        Assert.Equal("RunNotTakenOver", refused?.Code);
        Assert.Equal(since, order?.RunId, ignoreCase: true);
        Assert.True(order!.Epoch > lost.Epoch);
    }

    [Fact]
    public async Task A_run_that_has_ended_is_recorded_and_a_newer_one_stays_the_latest()
    {
        await using var scene = await ChannelScene.StartAsync();
        await BackUpAsync(scene);
        var lost = await scene.ClaimAsync();
        await RestoreAsync(scene);
        var since = await scene.StartJobAsync();

        await scene.FinishAsync(scene.Report(lost, 3, AgentRunStatus.Succeeded, transferred: 5));

        var job = await scene.PropertiesAsync(scene.Server.Definition());
        Assert.Equal(("Succeeded", "Queued"), (await scene.StatusAsync(lost.RunId), await scene.StatusAsync(since)));
        Assert.Equal((since, "Queued"), ($"{job["latestJobRunResourceId"]}", $"{job["latestJobRunStatus"]}"));
        Assert.Equal(since, (await scene.AskAsync()).Order?.RunId, ignoreCase: true);
    }

    [Theory]
    [InlineData("is another agent's")]
    [InlineData("was created again")]
    [InlineData("is gone")]
    public async Task A_lost_run_is_not_taken_over_when_its_job(string since)
    {
        await using var scene = await ChannelScene.StartAsync();
        await BackUpAsync(scene);
        var lost = await scene.ClaimAsync();
        var report = scene.Report(lost, 1);
        await RestoreAsync(scene);
        if (since == "is another agent's")
        {
            await scene.RegisterAsync("a2");
            await scene.Server.PutAsync(scene.Server.Definition(), Some.DefinitionBody.Replace("\"a1\"", "\"a2\"", StringComparison.Ordinal));
        }
        else
        {
            await scene.Server.DeleteAsync(scene.Server.Definition());
            await UntilAsync(async () => (await scene.Server.GetAsync(scene.Server.Definition())).StatusCode == HttpStatusCode.NotFound);
            if (since == "was created again")
            {
                await scene.Server.CreateAsync(scene.Server.Definition(), Some.DefinitionBody);
            }
        }

        var refused = (await scene.Channel.ProgressAsync(report, default)).Refusal;
        var ended = (await scene.Channel.FinishAsync(
            report with { Sequence = 2, Status = AgentRunStatus.Succeeded, EndedAt = report.StartedAt }, default)).Refusal;

        Assert.Equal(since == "is gone" ? "ResourceNotFound" : "RunNotTakenOver", refused?.Code);
        Assert.Equal(refused?.Code, ended?.Code);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.Server.GetAsync(lost.RunId)).StatusCode);
    }

    [Fact]
    public async Task One_agent_can_have_only_so_many_runs_made_again()
    {
        await using var scene = await ChannelScene.StartAsync();
        await BackUpAsync(scene);
        var first = await scene.ClaimAsync();
        await scene.FinishAsync(scene.Report(first, 1, AgentRunStatus.Succeeded));
        var second = await scene.ClaimAsync();
        await RestoreAsync(scene);
        scene.Server.Services.GetRequiredService<RunAdoption>().RemadeMax = 1;

        await scene.FinishAsync(scene.Report(first, 1, AgentRunStatus.Succeeded));
        var refused = (await scene.Channel.FinishAsync(scene.Report(second, 1, AgentRunStatus.Succeeded), default)).Refusal;
        await scene.FinishAsync(scene.Report(first, 1, AgentRunStatus.Succeeded));

        Assert.Equal("RunNotTakenOver", refused?.Code);
        Assert.Contains("has already reported 1 such runs", refused?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_control_plane_that_lost_nothing_takes_over_nothing()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        var stranger = scene.Report(order, 1) with { RunId = $"{scene.Server.Definition()}/jobRuns/{Guid.NewGuid()}" };

        var refused = (await scene.Channel.ProgressAsync(stranger, default)).Refusal;
        var heard = ChannelScene.Value(await scene.Channel.BeatAsync(ChannelScene.Beat(AgentCondition.Executing, new HeldRun(stranger.RunId, 1)), default));

        Assert.Equal("ResourceNotFound", refused?.Code);
        Assert.Equal([stranger.RunId], heard.LostRuns);
        Assert.Null(heard.Past);
    }

    [Fact]
    public async Task A_run_of_an_agent_that_starts_again_is_made_again_and_continues()
    {
        await using var scene = await ChannelScene.StartAsync();
        await BackUpAsync(scene);
        var lost = await scene.ClaimAsync();
        await RestoreAsync(scene);

        var answer = await scene.AskAsync("two", reclaim: [lost.RunId]);

        Assert.Empty(answer.Ended);
        Assert.Equal(lost.RunId, answer.Order?.RunId, ignoreCase: true);
        Assert.True(answer.Order!.Epoch > 1L << 40);
    }

    private static async Task<(IHost App, MemoryTarget Target)> StartAgentAsync(ChannelScene scene)
    {
        Directory.CreateDirectory(scene.Folder.At("export"));
        File.WriteAllText(scene.Folder.At("export", "a.txt"), "a");
        File.WriteAllText(scene.Folder.At("export", "b.txt"), "b");
        var target = new MemoryTarget();
        var agent = AgentApp.Create(
            new()
            {
                DataFolder = scene.Folder.At("a1"), Mounts = [$"filer:/data={scene.Folder.At("export")}"],
                ReportInterval = TimeSpan.FromMilliseconds(200), BeatInterval = TimeSpan.FromSeconds(1),
            },
            drivers: target);
        await agent.StartAsync();
        return (agent, target);
    }

    private static async Task UntilAsync(Func<Task<bool>> shows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await shows())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    private static Task<BackupMade> BackUpAsync(ChannelScene scene) => StateBackup.MakeAsync(
        Place(scene.Server.Folder), scene.Folder.At("backup"), Passphrase, TimeProvider.System, NullLoggerFactory.Instance, null, default);

    // The server at the same address goes on over the state that was backed up.
    private static async Task RestoreAsync(ChannelScene scene)
    {
        await scene.Server.StopAsync();
        foreach (var file in Directory.GetFiles(scene.Server.Folder, "state.db*"))
        {
            File.Delete(file);
        }

        var folder = scene.Folder.At("restored");
        await StateRestore.RunAsync(
            scene.Folder.At("backup"), Place(folder), Passphrase, false, TimeProvider.System, NullLoggerFactory.Instance, null, default);
        foreach (var file in Directory.GetFiles(folder, "state.db*"))
        {
            File.Move(file, Path.Combine(scene.Server.Folder, Path.GetFileName(file)));
        }

        await scene.Server.StartAgainAsync();
    }

    private static StatePlace Place(string folder) => new(StateEngine.Sqlite, folder);

    private sealed class MemoryTarget : VolumeDrivers
    {
        public MemoryVolume Memory { get; } = new();

        protected override IReadOnlyDictionary<string, VolumeDriver> Table(IServiceProvider services) =>
            new Dictionary<string, VolumeDriver>(StringComparer.Ordinal)
            {
                ["AzureStorageBlobContainer"] = (_, _) => new(new OpenedVolume(Memory, null)),
            };
    }
}
