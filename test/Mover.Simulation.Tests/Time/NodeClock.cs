namespace Mover.Simulation;

/// <summary>The clock of a process: virtual time for timers and intervals, its machine's own opinion of the date.</summary>
internal sealed class NodeClock(Process process) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        process.World.Tick();
        return process.World.UtcNow + process.Machine.ClockOffset;
    }

    public override long GetTimestamp()
    {
        process.World.Tick();
        return process.World.Now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Alarm(process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Alarm(Process process, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private Happening? _next;
        private TimeSpan _period;
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_isDisposed)
            {
                return false;
            }

            _next?.Cancel();
            _next = null;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _next = process.World.Schedule(dueTime, process, Ring);
            }

            return true;
        }

        public void Dispose()
        {
            _isDisposed = true;
            _next?.Cancel();
            _next = null;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Ring()
        {
            _next = _period > TimeSpan.Zero ? process.World.Schedule(_period, process, Ring) : null;
            if (_context is null)
            {
                callback(state);
            }
            else
            {
                ExecutionContext.Run(_context, told => callback(told), state);
            }
        }
    }
}
