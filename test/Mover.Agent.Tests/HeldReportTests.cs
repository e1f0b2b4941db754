using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Server.Scheduling;

namespace Mover.Agent.Tests;

/// <summary>The last report of a run, between its arrival and its write.</summary>
public sealed class HeldReportTests
{
    private static readonly DateTimeOffset Now = ChannelScene.Morning;
    private static readonly RunClaim Claim = new("run", 1, 0, "one", 1, Now);

    [Fact]
    public void A_report_that_comes_in_while_a_call_finds_the_last_one_written_still_waits()
    {
        var held = new RunReports.Held(default, default);
        var (older, end) = (Report(1), Report(2));
        held.Offer(older, Claim);
        held.Written(older, Now);
        var seen = held.Waiting;

        held.Offer(end, Claim);
        held.Written(seen, Now);

        Assert.Same(end, held.Waiting);
    }

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
