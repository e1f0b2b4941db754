namespace Mover.State.Tests;

/// <summary>A clock that moves only when told; timers fire while it moves.</summary>
internal sealed class TestClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Alarm> _alarms = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        return alarm;
    }

    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (Next(end) is { } due)
        {
            due();
        }
    }

    private Action? Next(DateTimeOffset end)
    {
        lock (_gate)
        {
            var due = _alarms.Where(alarm => alarm.Due <= end).MinBy(alarm => alarm.Due);
            if (due is null)
            {
                _now = end;
                return null;
            }

            _now = due.Due > _now ? due.Due : _now;
            due.Repeat();
            return due.Ring;
        }
    }

    private sealed class Alarm(TestClock clock, Action ring) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; }

        public Action Ring => ring;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._alarms.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock._now + dueTime;
                    clock._alarms.Add(this);
                }

                return true;
            }
        }

        public void Repeat()
        {
            if (_period > TimeSpan.Zero)
            {
                Due += _period;
            }
            else
            {
                clock._alarms.Remove(this);
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                clock._alarms.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
