using System.Threading.Channels;

namespace Mover.Server.Background;

/// <summary>Wakes the loop; several calls before it looks count as one.</summary>
internal sealed class LoopSignal
{
    private readonly Channel<bool> _raised =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Raise() => _raised.Writer.TryWrite(true);

    /// <summary>Waits for the next call, or for some time; null waits for the call alone.</summary>
    public async Task WaitAsync(TimeSpan? atMost, TimeProvider clock, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(atMost ?? Timeout.InfiniteTimeSpan, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            await _raised.Reader.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            // Nobody called.
        }
    }
}
