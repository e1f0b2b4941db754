namespace Mover.Transfer.Copy;

/// <summary>
/// The memory for content on its way: never more than its budget is out or kept for reuse. Who asks for more than is left waits in line.
/// Thread-safe.
/// </summary>
internal sealed class BufferSlab(long budgetBytes)
{
    private const int SmallestBytes = 64 * 1024;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Stack<byte[]>> _kept = [];
    private readonly Queue<(int Bytes, TaskCompletionSource<byte[]> Source)> _waiting = [];
    private long _outBytes;
    private long _keptBytes;

    /// <summary>The largest buffer, so that at least two are out at once.</summary>
    public long BufferBytesMax { get; } = Math.Min(budgetBytes / 2, Array.MaxLength);

    /// <summary>A buffer of at least <paramref name="bytes"/>; give it back with <see cref="Return"/>.</summary>
    public ValueTask<byte[]> RentAsync(int bytes, CancellationToken cancel)
    {
        var size = SizeOf(bytes);
        TaskCompletionSource<byte[]> waiter;
        lock (_gate)
        {
            if (_waiting.Count == 0 && TryTake(size) is { } buffer)
            {
                return new(buffer);
            }

            waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((size, waiter));
        }

        return new(WaitAsync(waiter, cancel));
    }

    public void Return(byte[] buffer)
    {
        lock (_gate)
        {
            _outBytes -= buffer.Length;
            _keptBytes += buffer.Length;
            if (!_kept.TryGetValue(buffer.Length, out var stack))
            {
                _kept[buffer.Length] = stack = new();
            }

            stack.Push(buffer);
            while (_waiting.TryPeek(out var first))
            {
                if (first.Source.Task.IsCompleted)
                {
                    _waiting.Dequeue();
                }
                else if (TryTake(first.Bytes) is { } next)
                {
                    _waiting.Dequeue();
                    if (!first.Source.TrySetResult(next))
                    {
                        _outBytes -= next.Length;
                    }
                }
                else
                {
                    break;
                }
            }
        }
    }

    /// <summary>Powers of two up to a megabyte, then whole megabytes: few sizes, little waste.</summary>
    private static int SizeOf(int bytes)
    {
        const int Megabyte = 1024 * 1024;
        return bytes <= SmallestBytes ? SmallestBytes
            : bytes <= Megabyte ? (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bytes)
            : (int)(((long)bytes + Megabyte - 1) / Megabyte * Megabyte);
    }

    private byte[]? TryTake(int size)
    {
        if (_kept.TryGetValue(size, out var stack) && stack.TryPop(out var kept))
        {
            _keptBytes -= size;
            _outBytes += size;
            return kept;
        }

        if (_outBytes + size > budgetBytes && _outBytes > 0)
        {
            return null;
        }

        if (_outBytes + _keptBytes + size > budgetBytes)
        {
            _kept.Clear();
            _keptBytes = 0;
        }

        _outBytes += size;
        return GC.AllocateUninitializedArray<byte>(size);
    }

    private static async Task<byte[]> WaitAsync(TaskCompletionSource<byte[]> waiter, CancellationToken cancel)
    {
        await using (cancel.UnsafeRegister(static (state, token) => ((TaskCompletionSource<byte[]>?)state)?.TrySetCanceled(token), waiter))
        {
            return await waiter.Task;
        }
    }
}
