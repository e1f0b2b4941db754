namespace Mover.State.Sqlite;

/// <summary>Wakes the watches whose prefix a commit touched, and keeps the place of the others current.</summary>
internal sealed class WatchHub(long revision, string file, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly List<Watcher> _watchers = [];
    private readonly string _path = file;
    private readonly TimeProvider _clock = clock;
    private long _published = revision;
    private bool _closed;

    /// <summary>Tells of durable commits up to a revision and the keys they changed.</summary>
    public void Publish(long upTo, IReadOnlyList<byte[]> keys)
    {
        lock (_gate)
        {
            _published = upTo;
            foreach (var watcher in _watchers)
            {
                watcher.Hear(upTo, keys);
            }
        }
    }

    /// <summary>Starts a watch after a revision.</summary>
    public Watcher Join(byte[] prefix, long after)
    {
        lock (_gate)
        {
            var watcher = new Watcher(this, prefix, after, _published > after);
            _watchers.Add(watcher);
            return watcher;
        }
    }

    /// <summary>Ends all watches: the store is closing.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _watchers.ForEach(watcher => watcher.Wake());
        }
    }

    /// <summary>One watch's place. Its owner takes a range, reads it, and reports it done.</summary>
    internal sealed class Watcher(WatchHub hub, byte[] prefix, long after, bool pending) : IDisposable
    {
        private long _after = after;
        private bool _pending = pending;
        private bool _reading;
        private long? _toldAt;
        private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>
        /// Waits for something new, or for the time of a progress note, and answers what to read: an empty range when nothing changed. The
        /// first answer comes at once.
        /// </summary>
        public async ValueTask<WatchRange> NextAsync(CancellationToken cancel)
        {
            var waited = false;
            while (true)
            {
                Task wake;
                lock (hub._gate)
                {
                    if (hub._closed)
                    {
                        throw SqliteFaults.Closed(hub._path);
                    }

                    if (_pending || waited || _toldAt is null)
                    {
                        var (upTo, now) = (_pending ? hub._published : _after, hub._clock.GetTimestamp());
                        (_pending, _reading, _toldAt) = (false, true, now);
                        return new(_after, upTo, now);
                    }

                    _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    wake = _wake.Task;
                }

                waited = !await IsWokenAsync(wake, cancel);
            }
        }

        /// <summary>The range has been read. Without a touching commit since, everything published is behind this watch.</summary>
        public void Done(long upTo)
        {
            lock (hub._gate)
            {
                _reading = false;
                _after = Math.Max(_after, _pending ? upTo : hub._published);
            }
        }

        public void Hear(long upTo, IReadOnlyList<byte[]> keys)
        {
            if (_pending || upTo <= _after)
            {
                return;
            }

            if (Touches(keys))
            {
                _pending = true;
                Wake();
            }
            else if (!_reading)
            {
                _after = upTo;
            }
        }

        public void Wake() => _wake.TrySetResult();

        public void Dispose()
        {
            lock (hub._gate)
            {
                hub._watchers.Remove(this);
            }
        }

        private async Task<bool> IsWokenAsync(Task wake, CancellationToken cancel)
        {
            try
            {
                // The timer runs before the look at the clock, so that a clock that jumps is not missed by both.
                var woken = wake.WaitAsync(StateLimits.WatchProgressEvery, hub._clock, cancel);
                if (_toldAt is { } told && hub._clock.GetElapsedTime(told) >= StateLimits.WatchProgressEvery)
                {
                    return false;
                }

                await woken;
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        private bool Touches(IReadOnlyList<byte[]> keys)
        {
            foreach (var key in keys)
            {
                if (key.AsSpan().StartsWith(prefix))
                {
                    return true;
                }
            }

            return false;
        }
    }
}

/// <summary>What a watch reads next.</summary>
/// <param name="After">After this revision.</param>
/// <param name="UpTo">Up to and with this one; the same when nothing changed.</param>
/// <param name="AsOf">When every acknowledged commit was within.</param>
internal readonly record struct WatchRange(long After, long UpTo, long AsOf);
