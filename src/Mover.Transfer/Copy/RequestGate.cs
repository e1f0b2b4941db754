namespace Mover.Transfer.Copy;

/// <summary>
/// How many requests may be at the target at once. Halves when the target asks to slow down (once per <see cref="Patience"/>, because
/// requests on their way still hear the same), and grows by one for each full round of successes, up to the most it began with.
/// </summary>
internal sealed class RequestGate(int limitMax, TimeProvider clock)
{
    private readonly int _most = limitMax;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private int _limit = limitMax;
    private int _inUse;
    private int _successes;
    private long _slowedAt;

    public int Limit => Volatile.Read(ref _limit);

    /// <summary>Waits for a place; leave it with <see cref="Leave"/>.</summary>
    public ValueTask EnterAsync(CancellationToken cancel)
    {
        TaskCompletionSource place;
        lock (_gate)
        {
            if (_inUse < _limit)
            {
                _inUse++;
                return ValueTask.CompletedTask;
            }

            place = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(place);
        }

        return new(WaitAsync(place, cancel));
    }

    public void Leave(bool isSuccess)
    {
        lock (_gate)
        {
            _inUse--;
            if (isSuccess && _limit < _most && ++_successes >= _limit)
            {
                (_limit, _successes) = (_limit + 1, 0);
            }

            while (_inUse < _limit && _waiting.TryDequeue(out var next))
            {
                if (next.TrySetResult())
                {
                    _inUse++;
                }
            }
        }
    }

    /// <summary>The target asked to slow down.</summary>
    public void Slow()
    {
        lock (_gate)
        {
            if (_slowedAt == 0 || clock.GetElapsedTime(_slowedAt) >= Patience)
            {
                (_limit, _successes, _slowedAt) = (Math.Max(1, _limit / 2), 0, clock.GetTimestamp());
            }
        }
    }

    private static async Task WaitAsync(TaskCompletionSource place, CancellationToken cancel)
    {
        await using (cancel.UnsafeRegister(static (state, token) => ((TaskCompletionSource?)state)?.TrySetCanceled(token), place))
        {
            await place.Task;
        }
    }
}
