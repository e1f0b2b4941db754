namespace Mover.Transfer.Copy;

/// <summary>
/// The upload limit: a bucket that fills at the limit's rate and holds a quarter of a second. A request goes when the bucket is not in debt
/// and takes all it needs, so large ones leave a debt that the next wait for. A change wakes everyone who waits. Thread-safe.
/// </summary>
internal sealed class Pacer(TimeProvider clock, long? bytesPerSecond)
{
    private const double BurstSeconds = 0.25;

    /// <summary>Waits are cut so that no arithmetic decides for long.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _limit = bytesPerSecond ?? -1;
    private double _balance;
    private long _filledAt = clock.GetTimestamp();

    /// <summary>Bytes per second; null for no limit, 0 to pause.</summary>
    public long? Limit
    {
        get => Volatile.Read(ref _limit) is var limit and >= 0 ? limit : null;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value.GetValueOrDefault(), nameof(value));
            lock (_gate)
            {
                if (_limit == (value ?? -1))
                {
                    // Said again, as an agent does every second: what was taken in advance is still owed.
                    return;
                }

                Volatile.Write(ref _limit, value ?? -1);
                (_balance, _filledAt) = (0, clock.GetTimestamp());
                _changed.TrySetResult();
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Waits until <paramref name="bytes"/> may go.</summary>
    public ValueTask WaitAsync(long bytes, CancellationToken cancel) =>
        Volatile.Read(ref _limit) < 0 ? ValueTask.CompletedTask : new(WaitForTurnAsync(bytes, cancel));

    private async Task WaitForTurnAsync(long bytes, CancellationToken cancel)
    {
        while (!TryTake(bytes, out var wait, out var changed))
        {
            if (wait is not { } delay)
            {
                await changed.WaitAsync(cancel);
                continue;
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await Task.WhenAny(changed, Task.Delay(delay, clock, stop.Token));
            await stop.CancelAsync();
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Takes, or says how long to wait; null for as long as the limit stays 0.</summary>
    private bool TryTake(long bytes, out TimeSpan? wait, out Task changed)
    {
        lock (_gate)
        {
            changed = _changed.Task;
            wait = null;
            if (_limit == 0)
            {
                return false;
            }

            if (_limit > 0)
            {
                var now = clock.GetTimestamp();
                _balance = Math.Min(_limit * BurstSeconds, _balance + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * _limit));
                _filledAt = now;
                if (_balance < 0)
                {
                    var seconds = TimeSpan.FromSeconds(Math.Max(0.001, Math.Min(-_balance / _limit, WaitMax.TotalSeconds)));
                    wait = seconds;
                    return false;
                }

                _balance -= bytes;
            }

            return true;
        }
    }
}
