namespace Mover.State.Sqlite;

/// <summary>
/// The deadlines of the leases, in memory: keeping one alive writes nothing. A restart gives every lease its full time again, as etcd does.
/// </summary>
internal sealed class SqliteLeases(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Term> _terms = [];
    private TaskCompletionSource _added = NewSignal();

    /// <summary>Starts the full time of a lease.</summary>
    public void Add(long id, TimeSpan timeToLive)
    {
        lock (_gate)
        {
            _terms[id] = new(timeToLive, DeadlineOf(timeToLive));
            _added.TrySetResult();
        }
    }

    public void Remove(long id)
    {
        lock (_gate)
        {
            _terms.Remove(id);
        }
    }

    /// <summary>True while the lease exists, lapsed or not.</summary>
    public bool Contains(long id)
    {
        lock (_gate)
        {
            return _terms.ContainsKey(id);
        }
    }

    public bool IsLive(long id)
    {
        lock (_gate)
        {
            return _terms.TryGetValue(id, out var term) && clock.GetTimestamp() < term.Deadline;
        }
    }

    /// <summary>Restarts a live lease's time; false when it has lapsed. A deadline that has passed never moves again.</summary>
    public bool TryKeep(long id)
    {
        lock (_gate)
        {
            if (!_terms.TryGetValue(id, out var term) || clock.GetTimestamp() >= term.Deadline)
            {
                return false;
            }

            _terms[id] = term with { Deadline = DeadlineOf(term.TimeToLive) };
            return true;
        }
    }

    /// <summary>The leases whose time is over.</summary>
    public List<long> Lapsed()
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            return [.. _terms.Where(term => now >= term.Value.Deadline).Select(term => term.Key)];
        }
    }

    /// <summary>Waits until the first deadline, or until a lease is added that may have an earlier one.</summary>
    public async Task WaitAsync(CancellationToken cancel)
    {
        Task added;
        TimeSpan wait;
        lock (_gate)
        {
            _added = NewSignal();
            added = _added.Task;
            wait = _terms.Count == 0 ? Timeout.InfiniteTimeSpan : UntilDeadline(_terms.Values.Min(term => term.Deadline));
        }

        if (wait == TimeSpan.Zero)
        {
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(added, Task.Delay(wait, clock, stop.Token));
        await stop.CancelAsync();
        cancel.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // In whole milliseconds, which is what timers keep, and never early.
    private TimeSpan UntilDeadline(long deadline) =>
        TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, deadline - clock.GetTimestamp()) * 1000d / clock.TimestampFrequency));

    private long DeadlineOf(TimeSpan timeToLive) => clock.GetTimestamp() + (long)(timeToLive.TotalSeconds * clock.TimestampFrequency);

    private readonly record struct Term(TimeSpan TimeToLive, long Deadline);
}
