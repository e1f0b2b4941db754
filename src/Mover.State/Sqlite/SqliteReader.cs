namespace Mover.State.Sqlite;

/// <summary>One reading connection with its statements.</summary>
internal sealed class SqliteReader : IDisposable
{
    // A page ends early when its values pass this, so that a thousand large values never sit in memory at once.
    private const int PageBytesMax = 8 * 1024 * 1024;
    private const int ChangesPageMax = 256;

    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _get;
    private readonly SqliteStatement _getOne;
    private readonly SqliteStatement _list;
    private readonly SqliteStatement _listKeys;
    private readonly SqliteStatement _changes;
    private readonly SqliteStatement _meta;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _end;

    public SqliteReader(SqliteDatabase database)
    {
        _database = database;
        _get = database.Prepare("SELECT value, mod_revision, lease FROM entries WHERE key = ?1");
        _getOne = database.Prepare(
            "SELECT meta.value, mod_revision, lease, entries.value FROM meta LEFT JOIN entries ON key = ?1 WHERE name = 'revision'");
        _list = database.Prepare("SELECT key, value, mod_revision, lease FROM entries WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3");
        _listKeys = database.Prepare(
            "SELECT key, x'', mod_revision, lease FROM entries WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3");
        _changes = database.Prepare(
            """
            SELECT sequence, key, value, lease FROM changes
            WHERE sequence > ?1 AND sequence < ?2 AND key >= ?3 AND key < ?4 ORDER BY sequence
            """);
        _meta = database.Prepare("SELECT value FROM meta WHERE name = CAST(?1 AS TEXT)");
        _begin = database.Prepare("BEGIN");
        _end = database.Prepare("COMMIT");
    }

    /// <summary>The keys at one revision. One alone, as most are, is read by a single statement, which is a snapshot by itself.</summary>
    public StateRead Read(IReadOnlyList<string> keys, byte[][] keyBytes) => keys.Count == 1 ? ReadOne(keys[0], keyBytes[0]) : Snapshot(() =>
    {
        var revision = Meta("revision"u8);
        var entries = new StateEntry?[keys.Count];
        for (var at = 0; at < entries.Length; at++)
        {
            entries[at] = Get(keys[at], keyBytes[at]);
        }

        return new StateRead(entries, revision);
    });

    /// <summary>Entries from <paramref name="from"/> on and before <paramref name="end"/>.</summary>
    public StatePage List(byte[] from, byte[] end, int limit, bool keysOnly) => Snapshot(() =>
    {
        var list = keysOnly ? _listKeys : _list;
        var revision = Meta("revision"u8);
        var entries = new List<StateEntry>();
        var bytes = 0L;
        var more = false;
        try
        {
            list.Bind(1, from).Bind(2, end).Bind(3, limit + 1);
            while (!more && list.Step())
            {
                more = entries.Count == limit || bytes > PageBytesMax;
                if (!more)
                {
                    var value = list.Blob(1).ToArray();
                    bytes += value.Length;
                    entries.Add(new(StateRules.Text(list.Blob(0)), value, list.Int64(2), list.Int64(3)));
                }
            }
        }
        finally
        {
            list.Reset();
        }

        return new StatePage(entries, revision, more);
    });

    /// <summary>
    /// Changes after a revision and up to another, whole commits only, with the revision that they reach: <paramref name="upTo"/> when
    /// there are no more.
    /// </summary>
    public (List<StateChange> Changes, long Seen) Changes(byte[] from, byte[] end, long after, long upTo) => Snapshot(() =>
    {
        var floor = Meta("history_floor"u8);
        if (after < floor)
        {
            throw new StateException(
                StateFault.HistoryGone,
                $"Changes after revision {after} are no longer kept; the oldest ones available follow revision {floor}. "
                    + "List again and watch from " +
                "the page's revision.");
        }

        var changes = new List<StateChange>();
        var bytes = 0L;
        try
        {
            _changes.Bind(1, SqliteSequence.Of(after + 1) - 1).Bind(2, SqliteSequence.Of(upTo + 1)).Bind(3, from).Bind(4, end);
            while (_changes.Step())
            {
                var change = Change();
                if ((changes.Count >= ChangesPageMax || bytes > PageBytesMax) && change.Revision != changes[^1].Revision)
                {
                    return (changes, changes[^1].Revision);
                }

                changes.Add(change);
                bytes += change.Entry?.Value.Length ?? 0;
            }
        }
        finally
        {
            _changes.Reset();
        }

        return (changes, upTo);
    });

    public void Dispose() => _database.Dispose();

    private StateRead ReadOne(string key, byte[] keyBytes)
    {
        try
        {
            _getOne.Bind(1, keyBytes).Step();
            var entry = _getOne.IsNull(1) ? null : new StateEntry(key, _getOne.Blob(3).ToArray(), _getOne.Int64(1), _getOne.Int64(2));
            return new([entry], _getOne.Int64(0));
        }
        finally
        {
            _getOne.Reset();
        }
    }

    private StateEntry? Get(string key, byte[] keyBytes)
    {
        try
        {
            return _get.Bind(1, keyBytes).Step() ? new StateEntry(key, _get.Blob(0).ToArray(), _get.Int64(1), _get.Int64(2)) : null;
        }
        finally
        {
            _get.Reset();
        }
    }

    private StateChange Change()
    {
        var revision = SqliteSequence.Revision(_changes.Int64(0));
        var key = StateRules.Text(_changes.Blob(1));
        return _changes.IsNull(2)
            ? new(key, null, revision)
            : new(key, new StateEntry(key, _changes.Blob(2).ToArray(), revision, _changes.Int64(3)), revision);
    }

    private long Meta(ReadOnlySpan<byte> name)
    {
        try
        {
            return _meta.Bind(1, name).Step() ? _meta.Int64(0) : 0;
        }
        finally
        {
            _meta.Reset();
        }
    }

    private T Snapshot<T>(Func<T> read)
    {
        _begin.Run();
        try
        {
            return read();
        }
        finally
        {
            _end.Run();
        }
    }
}
