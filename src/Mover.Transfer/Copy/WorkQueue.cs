using System.Threading.Channels;
using Mover.Transfer.Compare;

namespace Mover.Transfer.Copy;

/// <summary>
/// Decisions on their way to the workers, in order, bounded: the one producer stops when the queue is full and goes on when half of it is
/// worked off, so that neither side wakes the other for each item.
/// </summary>
internal sealed class WorkQueue
{
    private const int ItemsMax = 2_048;
    private readonly Channel<Decision> _items = Channel.CreateUnbounded<Decision>(new UnboundedChannelOptions { SingleWriter = true });
    private TaskCompletionSource? _room;
    private int _count;

    public ValueTask AddAsync(Decision item, CancellationToken cancel)
    {
        _items.Writer.TryWrite(item);
        return Interlocked.Increment(ref _count) < ItemsMax ? ValueTask.CompletedTask : new(WaitForRoomAsync(cancel));
    }

    public bool TryTake(out Decision item)
    {
        if (!_items.Reader.TryRead(out item))
        {
            return false;
        }

        if (Interlocked.Decrement(ref _count) == ItemsMax / 2)
        {
            Volatile.Read(ref _room)?.TrySetResult();
        }

        return true;
    }

    public ValueTask<bool> WaitAsync(CancellationToken cancel) => _items.Reader.WaitToReadAsync(cancel);

    public void Complete() => _items.Writer.TryComplete();

    private async Task WaitForRoomAsync(CancellationToken cancel)
    {
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _room, room);
        if (Volatile.Read(ref _count) > ItemsMax / 2)
        {
            await room.Task.WaitAsync(cancel);
        }
    }
}
