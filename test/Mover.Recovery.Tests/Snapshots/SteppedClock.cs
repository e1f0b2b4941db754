using System.Threading.Channels;

namespace Mover.Recovery.Tests.Snapshots;

/// <summary>A clock that stands; whoever waits on it waits until the test lets that wait pass.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private readonly Channel<Wait> _waits = Channel.CreateUnbounded<Wait>();
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var wait = new Wait(dueTime, () => callback(state));
        _waits.Writer.TryWrite(wait);
        return wait;
    }

    /// <summary>The next wait begins; answers how long it is to be. It does not pass.</summary>
    public async Task<Wait> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await _waits.Reader.ReadAsync(limit.Token);
    }

    /// <summary>Lets a wait pass.</summary>
    public void Pass(Wait wait)
    {
        _now += wait.Due;
        wait.Ring();
    }

    internal sealed record Wait(TimeSpan Due, Action Ring) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
