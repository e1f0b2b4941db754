namespace Mover.SystemTests.Harness;

/// <summary>
/// Moments of a run to kill an agent at, spread over its writes, from a seed: before the service hears of a request, or when its answer has
/// just gone out. A request that is to be cut off is held until the agent is dead.
/// </summary>
internal sealed class KillMoments
{
    private readonly Lock _gate = new();
    private readonly Queue<(int Write, bool IsBefore)> _moments;
    private TaskCompletionSource<string> _reached = NewSource<string>();
    private TaskCompletionSource<bool> _killed = NewSource<bool>();
    private bool _isDue;
    private int _writes;

    /// <param name="proxy">Between the agent and the service.</param>
    /// <param name="seed">Chooses the moments.</param>
    /// <param name="writes">The least number of writes that the run makes.</param>
    /// <param name="count">How many moments.</param>
    public KillMoments(BlobProxy proxy, int seed, int writes, int count)
    {
        var random = new Random(seed);
        _moments = new(Enumerable.Range(0, count).Select(i => ((writes * i / count) + random.Next(1, writes / count), random.Next(2) == 0)));
        proxy.Before = BeforeAsync;
        proxy.Acknowledged = Acknowledged;
    }

    /// <summary>Waits for the next moment and says which it is; null when there is none left.</summary>
    public async Task<string?> NextAsync()
    {
        Task<string> reached;
        lock (_gate)
        {
            if (_moments.Count == 0)
            {
                return null;
            }

            reached = _reached.Task;
        }

        return await reached.WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>The agent is dead: what was held goes on, to nobody.</summary>
    public void Killed()
    {
        lock (_gate)
        {
            _moments.Dequeue();
            (_reached, _isDue) = (NewSource<string>(), false);
            _killed.TrySetResult(true);
            _killed = NewSource<bool>();
        }
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task BeforeAsync(BlobRequest request)
    {
        lock (_gate)
        {
            if (!request.IsWrite || _moments.Count == 0)
            {
                return Task.CompletedTask;
            }

            _writes++;
            return Signal(isBefore: true, request) ? _killed.Task : Task.CompletedTask;
        }
    }

    private void Acknowledged(BlobRequest request)
    {
        lock (_gate)
        {
            _ = request.IsWrite && Signal(isBefore: false, request);
        }
    }

    private bool Signal(bool isBefore, BlobRequest request)
    {
        if (_isDue || !_moments.TryPeek(out var next) || next.IsBefore != isBefore || _writes < next.Write)
        {
            return false;
        }

        _isDue = true;
        return _reached.TrySetResult($"{(isBefore ? "before" : "after")} write {_writes}, {request.Operation} {request.Name}");
    }
}
