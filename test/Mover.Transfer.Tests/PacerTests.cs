using Mover.Transfer.Copy;

namespace Mover.Transfer.Tests;

public sealed class PacerTests
{
    [Fact]
    public async Task Saying_the_same_limit_again_forgives_no_debt()
    {
        var pacer = new Pacer(new StoppedClock(), 1_000) { Limit = 1_000 };
        using var stop = new CancellationTokenSource();
        await pacer.WaitAsync(1_000_000, stop.Token);

        pacer.Limit = 1_000;
        var next = pacer.WaitAsync(1, stop.Token).AsTask();

        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Another_limit_counts_at_once_for_those_who_wait()
    {
        var pacer = new Pacer(new StoppedClock(), 1_000);
        await pacer.WaitAsync(1_000_000, default);
        var next = pacer.WaitAsync(1, default).AsTask();

        pacer.Limit = null;

        await next;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
