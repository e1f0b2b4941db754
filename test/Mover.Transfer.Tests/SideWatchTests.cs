using System.Collections.Concurrent;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Tests;

/// <summary>A side of a run that does not answer, answers some of the time, or refuses everything.</summary>
public sealed class SideWatchTests
{
    private const int Files = 200;

    [Theory]
    [InlineData(VolumeFaultKind.Transport, true)]
    [InlineData(VolumeFaultKind.Timeout, true)]
    [InlineData(VolumeFaultKind.Throttled, true)]
    [InlineData(VolumeFaultKind.Status, true)]
    [InlineData(VolumeFaultKind.Io, false)]
    public async Task A_target_that_is_away_for_longer_than_any_items_retries_costs_no_item(VolumeFaultKind kind, bool isTransient)
    {
        using var bench = Filled();
        var outage = new Outage(new(kind, "PUT x: the service answered 503 ServerBusy.", isTransient));
        var target = new FaultVolume(bench.Target) { Before = outage.Fault };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal((RunOutcome.Succeeded, Files, 0L), (summary.Outcome, (int)summary.Counters.ItemsTransferred, summary.Counters.ItemsFailed));
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Assert.True(outage.WasSeen);
        Bench.AssertIdentity(summary);
    }

    [Theory]
    [InlineData(VolumeFaultKind.Transport, true)]
    [InlineData(VolumeFaultKind.Io, false)]
    public async Task A_source_that_is_away_costs_no_item(VolumeFaultKind kind, bool isTransient)
    {
        using var bench = Filled();
        bench.Source.AddFile("large", Bench.Bytes(300_000));
        var source = new FaultVolume(bench.Source) { Before = new Outage(new(kind, "no route to host", isTransient)).Fault };

        var summary = await bench.CopyAsync(source);

        Assert.Equal((RunOutcome.Succeeded, 0L), (summary.Outcome, summary.Counters.ItemsFailed));
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
    }

    [Fact]
    public async Task A_pause_and_its_end_are_said_once_each_with_the_reason_from_below()
    {
        using var bench = Filled();
        var notices = new ConcurrentQueue<string>();
        bench.Options = bench.Options with { Notice = notices.Enqueue };
        var target = new FaultVolume(bench.Target)
        {
            Before = new Outage(new(VolumeFaultKind.Throttled, "PUT f1: the Blob service returned 503 ServerBusy.", true)).Fault,
        };

        await bench.CopyAsync(target: target);

        Assert.Equal(2, notices.Count);
        Assert.Matches(
            "^The target memory has not responded since [0-9TZ:-]+: PUT f1: the Blob service returned 503 ServerBusy. Retrying in .* s, "
                + "giving up at [0-9TZ:-]+[.]$",
            notices.First());
        Assert.Matches("^The target memory responds again after [0-9]+ s; the run continues[.]$", notices.Last());
    }

    [Theory]
    [InlineData(true, 1020)]
    [InlineData(false, 1040)]
    public async Task A_side_that_stays_away_fails_the_run_by_name_and_the_run_continues_later(bool isSource, int code)
    {
        using var bench = Filled();
        bench.Options = bench.Options with { Retry = bench.Options.Retry with { AwayMax = TimeSpan.FromMilliseconds(200) } };
        var isAway = true;
        var away = new FaultVolume(isSource ? bench.Source : bench.Target)
        {
            Before = call => isAway && call.Number > 20 ? new(VolumeFaultKind.Transport, "connection refused (filer:2049)", true) : null,
        };

        var first = await bench.Run(isSource ? away : null, isSource ? null : away).RunAsync(default);
        isAway = false;
        var second = await bench.Run(isSource ? away : null, isSource ? null : away).RunAsync(default);

        Assert.Equal((RunOutcome.Failed, new StatusCode(code)), (first.Outcome, first.Fault?.Code));
        Assert.Contains("has not responded since", first.Fault!.Message, StringComparison.Ordinal);
        Assert.Contains("connection refused (filer:2049)", first.Fault.Message, StringComparison.Ordinal);
        Assert.Equal((RunOutcome.Succeeded, 0L), (second.Outcome, second.Counters.ItemsFailed));
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
    }

    [Fact]
    public async Task A_listing_that_asks_for_a_very_long_wait_is_bounded_and_said_like_everything_else()
    {
        using var bench = Filled();
        bench.Target.AddFile("there", "1");
        var notices = new ConcurrentQueue<string>();
        bench.Options = bench.Options with
        {
            Notice = notices.Enqueue,
            Retry = bench.Options.Retry with { AwayMax = TimeSpan.FromMilliseconds(200), DelayMax = TimeSpan.FromMilliseconds(50) },
        };
        var target = new FaultVolume(bench.Target)
        {
            Before = _ => new(VolumeFaultKind.Throttled, "GET container: the Blob service returned 503.", true, TimeSpan.FromHours(10)),
        };

        var summary = await bench.CopyAsync(target: target).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((RunOutcome.Failed, StatusCodes.TargetOther), (summary.Outcome, summary.Fault?.Code));
        Assert.Contains("503", Assert.Single(notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_lets_one_request_in_five_through_for_a_while_costs_no_item()
    {
        using var bench = Filled();
        var calls = 0;
        var target = new FaultVolume(bench.Target)
        {
            Before = _ => Interlocked.Increment(ref calls) is var n && n < 3_000 && n % 5 != 0 ? new(VolumeFaultKind.Throttled, "503", true) : null,
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal((Files, 0L), ((int)summary.Counters.ItemsTransferred, summary.Counters.ItemsFailed));
    }

    [Fact]
    public async Task A_target_that_refuses_every_write_ends_the_run_early_with_what_is_missing()
    {
        using var bench = Bench.Flat();
        Fill(bench);
        var target = new FaultVolume(bench.Target)
        {
            Before = call => call.Operation is "Scan" or "Find" ? null
                : new(VolumeFaultKind.Permission, "403 AuthorizationPermissionMismatch", Code: call.Operation == "ProbeWrite" ? StatusCodes.TargetAuthorization : null),
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal((RunOutcome.Failed, StatusCodes.TargetAuthorization), (summary.Outcome, summary.Fault?.Code));
        Assert.Contains("403 AuthorizationPermissionMismatch", summary.Fault!.Message, StringComparison.Ordinal);
        Assert.InRange(summary.Counters.ItemsFailed - summary.ItemsNotReached, 0, 16);
        Assert.InRange(summary.BytesSent, 1, 32);
    }

    [Fact]
    public async Task Many_refused_items_in_a_row_do_not_end_a_run_that_can_write_elsewhere()
    {
        using var bench = Filled();
        var target = new FaultVolume(bench.Target)
        {
            Before = call => call.Operation == "Put" && call.Path.Name.StartsWith("f1"u8) ? new(VolumeFaultKind.Permission, "EACCES") : null,
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal((RunOutcome.Succeeded, 111L), (summary.Outcome, summary.Counters.ItemsFailed));
    }

    [Fact]
    public async Task An_outage_that_has_ended_is_noticed_by_the_next_probe_however_long_the_waits_of_items_have_grown()
    {
        using var bench = Filled();
        bench.Options = bench.Options with
        {
            Retry = new() { DelayMin = TimeSpan.FromMinutes(5), DelayMax = TimeSpan.FromMinutes(5), ProbeDelayMax = TimeSpan.FromMilliseconds(20) },
        };
        var target = new FaultVolume(bench.Target) { Before = new Outage(new(VolumeFaultKind.Io, "EIO")).Fault };

        var summary = await bench.CopyAsync(target: target).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((Files, 0L), ((int)summary.Counters.ItemsTransferred, summary.Counters.ItemsFailed));
    }

    [Fact]
    public void Probes_are_never_far_apart_nor_all_at_once_unless_the_side_asks_for_it()
    {
        var policy = new RetryPolicy();

        var waits = Enumerable.Range(1, 200).Select(failures => policy.DelayOfProbe(failures, null, TimeProvider.System)).ToList();

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5)));
        Assert.True(waits.Distinct().Count() > 20);
        Assert.Equal(TimeSpan.FromSeconds(20), policy.DelayOfProbe(1, TimeSpan.FromSeconds(20), TimeProvider.System));
        Assert.Equal(policy.DelayMax, policy.DelayOfProbe(1, TimeSpan.FromHours(1), TimeProvider.System));
    }

    [Theory]
    [InlineData(true, "Scan")]
    [InlineData(false, "Scan")]
    [InlineData(true, "ReadWhole")]
    [InlineData(false, "ReadWhole")]
    public async Task A_side_that_is_away_holds_up_plan_and_verify_and_is_said_as_by_a_copy(bool isSource, string operation)
    {
        using var bench = Filled();
        await bench.CopyAsync();
        var notices = new ConcurrentQueue<string>();
        bench.Options = bench.Options with { Notice = notices.Enqueue, Compare = CompareBy.Content };
        FaultVolume Away()
        {
            var outage = new Outage(new(VolumeFaultKind.Io, "no route to host"));
            return new(isSource ? bench.Source : bench.Target)
            {
                Before = call => operation is "Scan" ? outage.Fault(call with { Number = 1000 })
                    : call.Operation is "Scan" ? null : outage.Fault(call),
            };
        }

        var plan = await bench.PlanAsync(isSource ? Away() : null, isSource ? null : Away());
        var (verified, differences) = await bench.VerifyAsync(isSource ? Away() : null, isSource ? null : Away());

        Assert.Equal(Files, plan.Count(action => action.Kind is PlannedActionKind.Keep));
        Assert.Empty(differences);
        Assert.Equal(Files, verified.ItemsChecked);
        Assert.Equal(4, notices.Count);
        Assert.All(notices.Where((_, i) => i % 2 == 0), notice => Assert.Contains("has not responded since", notice, StringComparison.Ordinal));
        Assert.All(notices.Where((_, i) => i % 2 == 1), notice => Assert.Contains("responds again", notice, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, 1020)]
    [InlineData(false, 1040)]
    public async Task A_side_that_stays_away_ends_plan_and_verify_by_name(bool isSource, int code)
    {
        using var bench = Filled();
        await bench.CopyAsync();
        bench.Options = bench.Options with
        {
            Compare = CompareBy.Content,
            Retry = bench.Options.Retry with { AwayMax = TimeSpan.FromMilliseconds(100) },
        };
        FaultVolume Away() => new(isSource ? bench.Source : bench.Target)
        {
            Before = call => call.Operation is "Scan" ? null : new(VolumeFaultKind.Transport, "connection refused (filer:2049)", true),
        };

        var planning = await Assert.ThrowsAsync<TransferFaultException>(
            () => bench.PlanAsync(isSource ? Away() : null, isSource ? null : Away()));
        var verifying = await Assert.ThrowsAsync<TransferFaultException>(
            () => bench.VerifyAsync(isSource ? Away() : null, isSource ? null : Away()));

        Assert.All([planning, verifying], ended => Assert.Equal(new StatusCode(code), ended.Fault.Code));
        Assert.All([planning, verifying], ended => Assert.Contains("has not responded since", ended.Message, StringComparison.Ordinal));
    }

    private static Bench Filled()
    {
        var bench = new Bench();
        Fill(bench);
        return bench;
    }

    private static void Fill(Bench bench)
    {
        foreach (var i in Enumerable.Range(0, Files))
        {
            bench.Source.AddFile($"f{i}", "1");
        }
    }

    /// <summary>Refuses everything from the 30th call until enough calls were refused that retries of items alone would be used up.</summary>
    private sealed class Outage(VolumeFault fault)
    {
        private static readonly TimeSpan Length = TimeSpan.FromMilliseconds(400);
        private readonly Lock _gate = new();
        private long? _since;

        public bool WasSeen => _since is not null;

        public VolumeFault? Fault(VolumeCall call)
        {
            lock (_gate)
            {
                if (call.Number < 30)
                {
                    return null;
                }

                _since ??= TimeProvider.System.GetTimestamp();
                return TimeProvider.System.GetElapsedTime(_since.Value) < Length ? fault : null;
            }
        }
    }
}
