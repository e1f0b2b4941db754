namespace Mover.Server.Tests;

/// <summary>A clock that stands until it is moved. Timers do not fire.</summary>
public sealed class TestClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
