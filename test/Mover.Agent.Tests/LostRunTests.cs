using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Server.JobDefinitions;
using Mover.Server.JobRuns;
using Mover.Server.Tests;
using Mover.State;

namespace Mover.Agent.Tests;

/// <summary>A run whose agent is lost ends, and its job is free for another one.</summary>
public sealed class LostRunTests
{
    [Fact]
    public async Task Stopping_the_run_of_a_lost_agent_cancels_it_at_once_and_another_agent_takes_the_job()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.RegisterAsync("a2");
        using var second = scene.Connect("a2");
        var lost = await scene.ClaimAsync();
        await scene.ProgressAsync(
            scene.Report(lost, 1) with { Counters = new(ItemsScanned: 8, ItemsTransferred: 5, BytesScanned: 80, BytesTransferred: 60) });
        await LapseAsync(scene, lost);

        await scene.StopJobAsync();
        var ended = await scene.PropertiesAsync(lost.RunId);
        await scene.Server.PatchAsync(scene.Server.Definition(), """{"properties":{"agentName":"a2"}}""");
        var next = await scene.StartJobAsync();
        var taken = await scene.AskAsync(channel: second);
        var gone = await scene.Server.DeleteAsync(scene.Agent.AgentId);

        Assert.Equal(("Canceled", 5), (ended["status"]!.GetValue<string>(), ended["itemsTransferred"]!.GetValue<long>()));
        Assert.Equal((3, 20), (ended["itemsFailed"]!.GetValue<long>(), ended["bytesFailed"]!.GetValue<long>()));
        Assert.Equal(RunEnds.StoppedCode, Assert.Single(ended["warnings"]!.AsArray())!["code"]!.GetValue<string>());
        Assert.Equal(next, taken.Order?.RunId);
        Assert.Equal(HttpStatusCode.Accepted, gone.StatusCode);
    }

    [Fact]
    public async Task A_run_that_was_asked_to_stop_ends_when_its_agents_lease_lapses()
    {
        await using var scene = await ChannelScene.StartAsync();
        var lost = await scene.ClaimAsync();
        await scene.StopJobAsync();
        await Lost(scene).SweepAsync(CancellationToken.None);
        var before = await scene.StatusAsync(lost.RunId);

        await LapseAsync(scene, lost);
        await Lost(scene).SweepAsync(CancellationToken.None);

        Assert.Equal(("CancelRequested", "Canceled"), (before, await scene.StatusAsync(lost.RunId)));
        Assert.Equal("Canceled", await scene.LatestStatusAsync());
    }

    [Fact]
    public async Task A_stop_that_is_asked_for_again_ends_the_run_of_an_agent_that_is_lost_since()
    {
        await using var scene = await ChannelScene.StartAsync();
        var lost = await scene.ClaimAsync();
        await scene.StopJobAsync();
        await LapseAsync(scene, lost);

        await scene.StopJobAsync();

        Assert.Equal("Canceled", await scene.StatusAsync(lost.RunId));
    }

    [Fact]
    public async Task A_lost_run_that_nobody_stopped_fails_after_its_time_and_not_before()
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow());
        await using var scene = await ChannelScene.StartAsync(clock);
        var lost = await scene.ClaimAsync();
        await LapseAsync(scene, lost);

        await PassAsync(scene, clock, RunEnds.LostAfter - TimeSpan.FromMinutes(1));
        var before = await scene.StatusAsync(lost.RunId);
        await PassAsync(scene, clock, TimeSpan.FromMinutes(2));

        var ended = await scene.PropertiesAsync(lost.RunId);
        Assert.Equal(("Started", "Failed"), (before, ended["status"]!.GetValue<string>()));
        Assert.Equal("AZSM1041", ended["error"]!["code"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, (await scene.Server.PostAsync(scene.Server.Definition() + "/startJob")).StatusCode);
    }

    [Fact]
    public async Task A_pause_of_the_control_plane_ends_no_run()
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow());
        await using var scene = await ChannelScene.StartAsync(clock);
        var order = await scene.ClaimAsync();
        await LapseAsync(scene, order);
        await Lost(scene).SweepAsync(CancellationToken.None);

        clock.Now += RunEnds.LostAfter * 2;
        scene.Server.SignInAgain();
        await Lost(scene).SweepAsync(CancellationToken.None);
        await scene.ProgressAsync(scene.Report(order, 1));
        await scene.FinishAsync(scene.Report(order, 2, AgentRunStatus.Succeeded));

        Assert.Equal("Succeeded", await scene.StatusAsync(order.RunId));
    }

    [Fact]
    public async Task An_agent_that_comes_back_after_the_end_is_refused_in_everything_and_told_to_stop()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await LapseAsync(scene, order);
        await scene.StopJobAsync();

        var progress = await scene.Channel.ProgressAsync(scene.Report(order, 9, transferred: 99), CancellationToken.None);
        var finish = await scene.Channel.FinishAsync(scene.Report(order, 10, AgentRunStatus.Succeeded), CancellationToken.None);
        var beat = ChannelScene.Value(await scene.Channel.BeatAsync(
            ChannelScene.Beat(AgentCondition.Executing, new HeldRun(order.RunId, order.Epoch)), CancellationToken.None));
        var work = await scene.AskAsync(instance: "two", reclaim: [order.RunId]);

        Assert.Equal(("RunEnded", "RunEnded"), (progress.Refusal?.Code, finish.Refusal?.Code));
        Assert.Equal([order.RunId], beat.LostRuns);
        Assert.Equal([order.RunId], work.Ended);
        Assert.Equal("Canceled", await scene.StatusAsync(order.RunId));
    }

    [Fact]
    public async Task A_reconcile_ends_a_lost_run_and_says_so()
    {
        await using var scene = await ChannelScene.StartAsync();
        var lost = await scene.ClaimAsync();

        var alive = await ReconcileAsync(scene);
        await LapseAsync(scene, lost);
        var lapsed = await ReconcileAsync(scene);

        Assert.Equal((nameof(ReconcileResult.NothingToDo), nameof(ReconcileResult.LostRunEnded)), (alive, lapsed));
        Assert.Equal("Failed", await scene.StatusAsync(lost.RunId));
        Assert.Equal("Failed", await scene.LatestStatusAsync());
    }

    [Fact]
    public async Task A_reconcile_leaves_a_run_that_waits_for_its_agent()
    {
        await using var scene = await ChannelScene.StartAsync();
        var run = await scene.StartJobAsync();

        var did = await ReconcileAsync(scene);

        Assert.Equal(nameof(ReconcileResult.NothingToDo), did);
        Assert.Equal("Queued", await scene.StatusAsync(run));
    }

    [Fact]
    public async Task A_report_that_arrives_while_its_lost_run_is_being_stopped_keeps_the_run_with_its_agent()
    {
        await using var scene = await ChannelScene.StartAsync(configure: InterruptedStore.Under);
        var order = await scene.ClaimAsync();
        await LapseAsync(scene, order);
        Assert.True(ResourceId.TryParse(order.RunId, out var id));
        InterruptedStore.Of(scene.Server).AfterRead(
            RunClaim.LeaseKeyOf(id).Stored, () => scene.ProgressAsync(scene.Report(order, 1, transferred: 3)));

        await scene.StopJobAsync();

        Assert.Equal("CancelRequested", await scene.StatusAsync(order.RunId));
        Assert.True((await scene.ProgressAsync(scene.Report(order, 2, transferred: 4))).CancelRequested);
    }

    private static LostRuns Lost(ChannelScene scene) => scene.Server.Services.GetRequiredService<LostRuns>();

    // What the store does when the lease's time is over.
    private static async Task LapseAsync(ChannelScene scene, WorkOrder order)
    {
        Assert.True(ResourceId.TryParse(scene.Agent.AgentId, out var agent));
        Assert.True(ResourceId.TryParse(order.RunId, out var run));
        var claim = await scene.Server.Services.GetRequiredService<RunClaims>().FindAsync(agent, run, CancellationToken.None);
        await scene.Server.Services.GetRequiredService<IStateStore>().RevokeLeaseAsync(claim!.Value.LeaseId, CancellationToken.None);
    }

    private static async Task PassAsync(ChannelScene scene, TestClock clock, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += LostRuns.SweepInterval)
        {
            clock.Now += LostRuns.SweepInterval;
            await Lost(scene).SweepAsync(CancellationToken.None);
        }

        scene.Server.SignInAgain();
    }

    private static async Task<string> ReconcileAsync(ChannelScene scene)
    {
        var answer = await scene.Server.SendAsync(
            HttpMethod.Post, TestServer.Versioned(scene.Server.Definition() + "/reconcileJob", "2026-05-01"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer.Header(JobStartRoutes.ReconciledHeader);
    }
}
