using Mover.State;

namespace Mover.Simulation;

/// <summary>
/// What a store keeps, with its revisions, its history and its leases: as etcd has them. It outlives the servers that ask it. Time passes
/// for its leases on the clock that it is given.
/// </summary>
internal sealed class SimState(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly List<string> _keys = [];
    private readonly Dictionary<string, Kept> _values = new(StringComparer.Ordinal);
    private readonly List<SimCommit> _history = [];
    private readonly SortedDictionary<long, Lease> _leases = [];
    private readonly List<Watcher> _watchers = [];
    private long _revision;
    private long _leased;
    private ITimer? _lapses;
    private long _lapsesAt;

    public TimeProvider Clock => clock;

    /// <summary>How long history is kept.</summary>
    public TimeSpan HistoryKept { get; set; } = TimeSpan.FromMinutes(12);

    /// <summary>Hears every commit, in order, when it is made.</summary>
    public Action<SimCommit>? Committed { get; set; }

    public long Revision => _revision;

    /// <summary>Changes up to and with this revision are no longer kept.</summary>
    public long GoneUpTo { get; private set; }

    public StateRead Read(IReadOnlyList<string> keys)
    {
        lock (_gate)
        {
            return new([.. keys.Select(Find)], _revision);
        }
    }

    public StatePage List(string prefix, string? after, int limit, bool keysOnly)
    {
        lock (_gate)
        {
            var at = After(prefix, after);
            var entries = new List<StateEntry>();
            for (; at < _keys.Count && entries.Count < limit && _keys[at].StartsWith(prefix, StringComparison.Ordinal); at++)
            {
                var entry = _values[_keys[at]].Entry;
                entries.Add(keysOnly ? entry with { Value = default } : entry);
            }

            return new(entries, _revision, at < _keys.Count && _keys[at].StartsWith(prefix, StringComparison.Ordinal));
        }
    }

    public CommitResult Commit(IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes)
    {
        lock (_gate)
        {
            if (conditions.Any(one => (Find(one.Key)?.ModRevision ?? 0) != one.ModRevision))
            {
                return new(CommitOutcome.ConditionFailed, 0);
            }

            return writes.Any(write => write.Value is not null && write.LeaseId != 0 && !_leases.ContainsKey(write.LeaseId))
                ? new(CommitOutcome.LeaseLapsed, 0)
                : new(CommitOutcome.Committed, Apply(writes));
        }
    }

    public long Grant(TimeSpan timeToLive)
    {
        lock (_gate)
        {
            _leases[++_leased] = new(timeToLive) { Due = clock.GetTimestamp() + Ticks(timeToLive) };
            Arm();
            return _leased;
        }
    }

    public bool Keep(long lease)
    {
        lock (_gate)
        {
            if (!_leases.TryGetValue(lease, out var kept))
            {
                return false;
            }

            kept.Due = clock.GetTimestamp() + Ticks(kept.TimeToLive);
            return true;
        }
    }

    public void Revoke(long lease)
    {
        lock (_gate)
        {
            if (_leases.Remove(lease, out var gone))
            {
                Drop(gone);
            }
        }
    }

    public Watcher Join(string prefix)
    {
        lock (_gate)
        {
            var watcher = new Watcher(this, prefix);
            _watchers.Add(watcher);
            return watcher;
        }
    }

    /// <summary>What a watcher has not seen of the changes after a revision; null when they are no longer kept.</summary>
    public (IReadOnlyList<StateChange> Changes, long Revision)? Since(Watcher watcher, long after)
    {
        lock (_gate)
        {
            Forget();
            var seen = Math.Max(after, watcher.SeenUpTo);
            if (seen < GoneUpTo)
            {
                return null;
            }

            var changes = new List<StateChange>();
            for (var at = FirstAfter(seen); at < _history.Count; at++)
            {
                changes.AddRange(_history[at].Changes.Where(watcher.Wants));
            }

            (watcher.SeenUpTo, watcher.IsBehind) = (Math.Max(seen, _revision), false);
            return (changes, watcher.SeenUpTo);
        }
    }

    /// <summary>The whole of it, for who checks it.</summary>
    public IReadOnlyList<StateEntry> All(string prefix = "")
    {
        lock (_gate)
        {
            return [.. _keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => _values[key].Entry)];
        }
    }

    private StateEntry? Find(string key) => _values.TryGetValue(key, out var kept) ? kept.Entry : null;

    private long Apply(IReadOnlyList<StateWrite> writes)
    {
        var next = _revision + 1;
        var changes = new List<StateChange>(writes.Count);
        foreach (var write in writes)
        {
            if (write.Value is { } value)
            {
                Unbind(write.Key);
                var entry = new StateEntry(write.Key, value.ToArray(), next, write.LeaseId);
                if (!_values.ContainsKey(write.Key))
                {
                    _keys.Insert(~Place(write.Key), write.Key);
                }

                _values[write.Key] = new(entry);
                if (write.LeaseId != 0)
                {
                    _leases[write.LeaseId].Keys.Add(write.Key);
                }

                changes.Add(new(write.Key, entry, next));
            }
            else if (_values.ContainsKey(write.Key))
            {
                Unbind(write.Key);
                _values.Remove(write.Key);
                _keys.RemoveAt(Place(write.Key));
                changes.Add(new(write.Key, null, next));
            }
        }

        if (changes.Count == 0)
        {
            return _revision;
        }

        _revision = next;
        var commit = new SimCommit(next, clock.GetTimestamp(), changes);
        _history.Add(commit);
        Committed?.Invoke(commit);
        foreach (var watcher in _watchers)
        {
            if (changes.Exists(watcher.Wants))
            {
                watcher.IsBehind = true;
                watcher.Wake();
            }
            else if (!watcher.IsBehind)
            {
                watcher.SeenUpTo = next;
            }
        }

        return next;
    }

    private void Unbind(string key)
    {
        if (Find(key) is { LeaseId: not 0 and var lease } && _leases.TryGetValue(lease, out var bound))
        {
            bound.Keys.Remove(key);
        }
    }

    private void Drop(Lease lease)
    {
        if (lease.Keys.Count > 0)
        {
            Apply([.. lease.Keys.Order(StringComparer.Ordinal).Select(key => new StateWrite(key, null))]);
        }
    }

    private void Lapse()
    {
        lock (_gate)
        {
            _lapses?.Dispose();
            _lapses = null;
            var now = clock.GetTimestamp();
            foreach (var (id, lease) in _leases.Where(one => one.Value.Due <= now).ToList())
            {
                _leases.Remove(id);
                Drop(lease);
            }

            Arm();
        }
    }

    private void Arm()
    {
        if (_leases.Count == 0)
        {
            return;
        }

        var first = _leases.Values.Min(lease => lease.Due);
        if (_lapses is null || first < _lapsesAt)
        {
            _lapses?.Dispose();
            _lapsesAt = first;
            var wait = TimeSpan.FromSeconds((double)(first - clock.GetTimestamp()) / clock.TimestampFrequency);
            _lapses = clock.CreateTimer(
                _ => Lapse(), null, wait > TimeSpan.Zero ? wait : TimeSpan.FromTicks(1), Timeout.InfiniteTimeSpan);
        }
    }

    private void Forget()
    {
        var gone = 0;
        while (gone < _history.Count && clock.GetElapsedTime(_history[gone].At) > HistoryKept)
        {
            GoneUpTo = _history[gone++].Revision;
        }

        _history.RemoveRange(0, gone);
    }

    private int FirstAfter(long revision)
    {
        var (low, high) = (0, _history.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _history[middle].Revision <= revision ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private int After(string prefix, string? after)
    {
        var from = after is not null && Compare(after, prefix) >= 0 ? after : prefix;
        var place = Place(from);
        return place < 0 ? ~place : from == after ? place + 1 : place;
    }

    private int Place(string key)
    {
        var (low, high) = (0, _keys.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Compare(_keys[middle], key);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    // The order of UTF-8: that of UTF-16 but for surrogates, which sort above everything else.
    private static int Compare(string one, string other)
    {
        var same = one.AsSpan().CommonPrefixLength(other);
        if (same == one.Length || same == other.Length)
        {
            return one.Length - other.Length;
        }

        var (left, right) = (one[same], other[same]);
        return char.IsSurrogate(left) == char.IsSurrogate(right) ? left - right : char.IsSurrogate(left) ? 1 : -1;
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);

    private sealed record Kept(StateEntry Entry);

    private sealed class Lease(TimeSpan timeToLive)
    {
        public TimeSpan TimeToLive => timeToLive;

        public long Due { get; set; }

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>Who waits for a change below a prefix.</summary>
    internal sealed class Watcher(SimState state, string prefix) : IDisposable
    {
        private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Everything up to here was seen, or does not concern it.</summary>
        public long SeenUpTo { get; set; }

        /// <summary>Something that concerns it was not seen yet.</summary>
        public bool IsBehind { get; set; } = true;

        public bool Wants(StateChange change) => change.Key.StartsWith(prefix, StringComparison.Ordinal);

        /// <summary>Completes at the next change after this call.</summary>
        public Task NextAsync()
        {
            lock (state._gate)
            {
                if (_woken.Task.IsCompleted)
                {
                    _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                return _woken.Task;
            }
        }

        public void Wake() => _woken.TrySetResult();

        public void Dispose()
        {
            lock (state._gate)
            {
                state._watchers.Remove(this);
            }
        }
    }
}

/// <summary>A commit as it was made.</summary>
internal sealed record SimCommit(long Revision, long At, IReadOnlyList<StateChange> Changes);
