using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.Tests;
using Mover.State.Documents;
using Xunit.Abstractions;

namespace Mover.Agent.Tests;

public sealed class ClaimTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_job_that_is_started_wakes_its_waiting_agent_at_once()
    {
        await using var scene = await ChannelScene.StartAsync();
        var waiting = scene.AskAsync(waitSeconds: 30);
        await scene.Channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None);
        var watch = Stopwatch.StartNew();

        var run = await scene.StartJobAsync();
        var work = await waiting;

        output.WriteLine($"startJob to order: {watch.ElapsedMilliseconds} ms");
        Assert.Equal(run, work.Order?.RunId);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
    }

    [Fact]
    public async Task An_agent_whose_machine_is_deleted_while_it_waits_gets_no_run()
    {
        await using var scene = await ChannelScene.StartAsync(configure: InterruptedStore.Under);
        var isDeleted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        InterruptedStore.Of(scene.Server).AfterList(prefix => prefix.StartsWith("queue/", StringComparison.Ordinal), async () =>
        {
            await scene.Server.SendAsync(HttpMethod.Delete, TestServer.Versioned(scene.Agent.ArcResourceId, "2024-07-10"));
            isDeleted.SetResult();
        });
        var waiting = scene.Channel.WorkAsync(new("one", [], [], 30), CancellationToken.None);
        await isDeleted.Task;

        await scene.StartJobAsync();

        Assert.Equal(403, (await waiting).Refusal?.Status);
    }

    [Fact]
    public async Task A_claim_starts_the_run_and_shows_on_its_definition()
    {
        await using var scene = await ChannelScene.StartAsync();

        var order = await scene.ClaimAsync();

        Assert.Equal(1, order.Epoch);
        Assert.Equal(("NfsMount", "filer", "/data"), (order.Source.EndpointType, order.Source.Host, order.Source.Export));
        Assert.Equal(("AzureStorageBlobContainer", "cont"), (order.Target.EndpointType, order.Target.BlobContainerName));
        Assert.Equal("Started", await scene.StatusAsync(order.RunId));
        Assert.Equal("Started", await scene.LatestStatusAsync());
    }

    [Fact]
    public async Task A_claimed_run_is_not_given_to_a_second_process_while_its_lease_lives()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.ClaimAsync();

        var second = await scene.AskAsync(instance: "two");

        Assert.Null(second.Order);
    }

    [Fact]
    public async Task A_process_that_asks_its_run_back_owns_it_under_a_new_epoch_and_the_old_owner_is_refused()
    {
        await using var scene = await ChannelScene.StartAsync();
        var old = await scene.ClaimAsync();

        var taken = await scene.AskAsync(instance: "two", reclaim: [old.RunId]);
        var late = await scene.Channel.ProgressAsync(scene.Report(old, 1), CancellationToken.None);
        var end = await scene.Channel.FinishAsync(scene.Report(old, 2, AgentRunStatus.Succeeded), CancellationToken.None);
        var beat = ChannelScene.Value(await scene.Channel.BeatAsync(
            ChannelScene.Beat(AgentCondition.Executing, new HeldRun(old.RunId, old.Epoch)), CancellationToken.None));

        Assert.Equal(2, taken.Order?.Epoch);
        Assert.Equal("RunOwnedElsewhere", late.Refusal?.Code);
        Assert.Equal("RunOwnedElsewhere", end.Refusal?.Code);
        Assert.Equal([old.RunId], beat.LostRuns);
        Assert.Equal("Started", await scene.StatusAsync(old.RunId));
    }

    [Fact]
    public async Task A_run_that_reports_all_the_time_can_be_asked_back_too()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        var reporting = ReportUntilRefusedAsync(scene, order);

        var taken = await scene.AskAsync(instance: "two", reclaim: [order.RunId]);

        Assert.Equal(2, taken.Order?.Epoch);
        Assert.Equal("RunOwnedElsewhere", await reporting.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    // Each report changes the status, so that each is written at once.
    private static async Task<string> ReportUntilRefusedAsync(ChannelScene scene, WorkOrder order)
    {
        for (var sequence = 1; ; sequence++)
        {
            var status = sequence % 2 == 0 ? AgentRunStatus.Running : AgentRunStatus.PausedByBandwidthManagement;
            var answer = await scene.Channel.ProgressAsync(scene.Report(order, sequence, status), CancellationToken.None);
            if (answer.Refusal is { } refusal)
            {
                return refusal.Code;
            }
        }
    }

    [Fact]
    public async Task A_process_whose_answer_was_lost_is_given_its_run_again()
    {
        await using var scene = await ChannelScene.StartAsync();
        var lost = await scene.ClaimAsync();

        var again = await scene.AskAsync();

        Assert.Equal(lost.RunId, again.Order?.RunId);
        Assert.Equal(2, again.Order?.Epoch);
    }

    [Fact]
    public async Task A_run_that_is_over_is_not_given_back()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.FinishAsync(scene.Report(order, 1, AgentRunStatus.Succeeded));

        var work = await scene.AskAsync(reclaim: [order.RunId]);

        Assert.Null(work.Order);
        Assert.Equal([order.RunId], work.Ended);
    }

    [Fact]
    public async Task An_agent_cannot_speak_for_another()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.RegisterAsync("a2");
        using var posing = scene.Connect("a2", scene.Agent.AgentId);

        var work = await posing.WorkAsync(new("one", [], [], 0), CancellationToken.None);

        Assert.Equal((403, "AuthorizationFailed"), (work.Refusal?.Status, work.Refusal?.Code));
    }

    [Fact]
    public async Task A_persons_token_is_not_an_agents()
    {
        await using var scene = await ChannelScene.StartAsync();

        var answer = await scene.Server.SendAsync(HttpMethod.Post, scene.Agent.AgentId + "/channel/beat", "{}");

        Assert.Equal("AuthorizationFailed", await answer.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_queue_entry_whose_run_went_with_its_project_is_forgotten()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.StartJobAsync();
        Assert.True(ResourceId.TryParse(scene.Agent.AgentId, out var agent));
        await scene.Server.FollowAsync(await scene.Server.DeleteAsync(scene.Server.Mover() + "/projects/p1"));

        var work = await scene.AskAsync();

        Assert.Null(work.Order);
        var documents = scene.Server.Services.GetRequiredService<DocumentStore>();
        var queue = await documents.ListInternalAsync(
            DocumentKey.Internal(QueuedRun.PlaceOf(agent)), MoverJson.Wire.QueuedRun, null, 10, CancellationToken.None);
        Assert.Empty(queue.Documents);
    }
}
