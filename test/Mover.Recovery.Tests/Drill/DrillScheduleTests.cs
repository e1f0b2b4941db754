using Mover.Recovery.Drill;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Drill;

/// <summary>Drills come at their interval, and no failure of one ends them.</summary>
public sealed class DrillScheduleTests
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly List<string> _said = [];
    private readonly Queue<Func<DrillRecord>> _drills = new();
    private readonly TestClock _clock = new(Start);

    [Fact]
    public async Task The_first_drill_is_due_at_once_and_the_next_an_interval_later()
    {
        var schedule = Schedule(null);
        Plan(() => Record(isGood: true), () => Record(isGood: true));

        await schedule.RunIfDueAsync(CancellationToken.None);
        await schedule.RunIfDueAsync(CancellationToken.None);
        _clock.Now += TimeSpan.FromHours(23);
        await schedule.RunIfDueAsync(CancellationToken.None);
        var early = _said.Count;
        _clock.Now += TimeSpan.FromHours(1);
        await schedule.RunIfDueAsync(CancellationToken.None);

        Assert.Equal((1, 2), (early, _said.Count));
        Assert.Equal("drill d1: good, recovery time 4.6 s, loss window 2 min", _said[0]);
    }

    [Fact]
    public async Task A_restarted_watch_continues_with_the_interval()
    {
        var schedule = Schedule(Start - TimeSpan.FromHours(20));
        Plan(() => Record(isGood: true));

        await schedule.RunIfDueAsync(CancellationToken.None);
        var early = _said.Count;
        _clock.Now += TimeSpan.FromHours(4);
        await schedule.RunIfDueAsync(CancellationToken.None);

        Assert.Equal((0, 1), (early, _said.Count));
    }

    [Fact]
    public async Task A_drill_that_fails_or_throws_is_told_and_tried_again_at_the_next_interval()
    {
        var schedule = Schedule(null);
        Plan(
            () => Record(isGood: false), () => throw new RecoveryException("DrillOfOneMover", "Two.", "One."),
            () => throw new InvalidOperationException("odd"), () => Record(isGood: true));

        for (var day = 0; day < 4; day++)
        {
            await schedule.RunIfDueAsync(CancellationToken.None);
            await schedule.RunIfDueAsync(CancellationToken.None);
            _clock.Now += TimeSpan.FromHours(24);
        }

        Assert.Equal(
            [
                "drill d1: FAILED: No job copied any data. Retrying in 24 h 00 min.",
                "drill: FAILED: DrillOfOneMover: Two. Retrying in 24 h 00 min.",
                "drill: FAILED: InvalidOperationException: odd Retrying in 24 h 00 min.",
                "drill d1: good, recovery time 4.6 s, loss window 2 min",
            ],
            _said);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_does_not_put_drills_off()
    {
        var schedule = Schedule(Start + TimeSpan.FromDays(30));
        Plan(() => Record(isGood: true));

        await schedule.RunIfDueAsync(CancellationToken.None);

        Assert.Single(_said);
    }

    [Fact]
    public async Task A_stopped_watch_stops_its_drill()
    {
        using var stop = new CancellationTokenSource();
        var schedule = Schedule(null);
        Plan(() =>
        {
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        });

        await Assert.ThrowsAsync<OperationCanceledException>(() => schedule.RunIfDueAsync(stop.Token));
        Assert.Empty(_said);
    }

    internal static DrillRecord Record(bool isGood, DateTimeOffset? at = null) => new(
        "d1", at ?? Start, isGood, isGood ? 4.6 : null, 120, "sha256:00", Start, isGood ? null : "No job copied any data.");

    private DrillSchedule Schedule(DateTimeOffset? last) =>
        new(TimeSpan.FromHours(24), last, _ => Task.FromResult(_drills.Dequeue()()), _said.Add, _clock);

    private void Plan(params Func<DrillRecord>[] drills)
    {
        foreach (var drill in drills)
        {
            _drills.Enqueue(drill);
        }
    }
}
