namespace Mover.State.Sqlite;

/// <summary>Wakes the watches whose prefix a commit touched, and keeps the place of the others current.</summary>
internal sealed class WatchHub(long revision, string file)
{
    private readonly Lock _gate = new();
    private readonly List<Watcher> _watchers = [];
    private readonly string _path = file;
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
        private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Waits for something new and answers the revisions to read: after the first, up to the second.</summary>
        public async ValueTask<(long After, long UpTo)> NextAsync(CancellationToken cancel)
        {
            while (true)
            {
                Task wake;
                lock (hub._gate)
                {
                    if (hub._closed)
                    {
                        throw SqliteFaults.Closed(hub._path);
                    }

                    if (_pending)
                    {
                        _pending = false;
                        _reading = true;
                        return (_after, hub._published);
                    }

                    _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    wake = _wake.Task;
                }

                await wake.WaitAsync(cancel);
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
