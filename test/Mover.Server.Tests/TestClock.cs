namespace Mover.Server.Tests;

/// <summary>A clock that stands until it is moved: time passes when <see cref="Now"/> grows, and is only set by <see cref="Set"/>.</summary>
public sealed class TestClock(DateTimeOffset now) : TimeProvider
{
    private DateTimeOffset _now = now;
    private long _passedTicks = 1;

    public DateTimeOffset Now
    {
        get => _now;
        set
        {
            _passedTicks += Math.Max(0, (value - _now).Ticks);
            _now = value;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _passedTicks;

    /// <summary>Somebody sets the host's clock; no time passes.</summary>
    public void Set(DateTimeOffset now) => _now = now;
}
