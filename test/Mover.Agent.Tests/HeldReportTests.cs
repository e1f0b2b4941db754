using Microsoft.Extensions.DependencyInjection;
using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Server.JobRuns;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

/// <summary>The last report of a run, between its arrival and its write.</summary>
public sealed class HeldReportTests
{
    private static readonly DateTimeOffset Now = ChannelScene.Morning;
    private static readonly RunClaim Claim = new("run", 1, 0, "one", 1, Now);

    [Fact]
    public void A_report_that_comes_in_while_a_call_finds_the_last_one_written_still_waits()
    {
        var held = new RunReports.Held(default, default, TimeProvider.System);
        var (older, end) = (Report(1), Report(2));
        held.Offer(older, Claim);
        held.Written(older);
        var seen = held.Waiting;

        held.Offer(end, Claim);
        held.Written(seen);

        Assert.Same(end, held.Waiting);
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_holds_up_no_other_and_is_taken_when_it_is_said_again()
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow());
        await using var scene = await ChannelScene.StartAsync(clock, InterruptedStore.Under);
        await scene.Server.CreateAsync(scene.Server.Definition("j2"), Some.DefinitionBody);
        var (broken, sound) = (await scene.ClaimAsync(), await scene.ClaimAsync("j2", "two"));
        await scene.ProgressAsync(scene.Report(broken, 1, transferred: 1));
        await scene.ProgressAsync(scene.Report(sound, 1, transferred: 1));
        await scene.ProgressAsync(scene.Report(broken, 2, transferred: 2));
        await scene.ProgressAsync(scene.Report(sound, 2, transferred: 2));
        var store = InterruptedStore.Of(scene.Server);
        store.BreakReads(broken.RunId);

        clock.Now += RunReports.WriteInterval;
        await scene.Server.Services.GetRequiredService<RunReports>().FlushAsync(CancellationToken.None);
        store.BreakReads(null);
        var (dropped, written) = (await TransferredAsync(scene, broken), await TransferredAsync(scene, sound));
        await scene.ProgressAsync(scene.Report(broken, 2, transferred: 2));

        Assert.Equal((1, 2, 2), (dropped, written, await TransferredAsync(scene, broken)));
    }

    private static async Task<long> TransferredAsync(ChannelScene scene, WorkOrder order) =>
        (await scene.PropertiesAsync(order.RunId))["itemsTransferred"]!.GetValue<long>();

    private static RunReport Report(long sequence) => new()
    {
        RunId = "run",
        Epoch = 1,
        Sequence = sequence,
        Status = AgentRunStatus.Running,
        ScanStatus = AgentScanStatus.Scanning,
        Counters = new TransferCounters(),
        StartedAt = Now,
    };
}
