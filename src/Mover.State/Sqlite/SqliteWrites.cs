namespace Mover.State.Sqlite;

/// <summary>The prepared statements of the writing connection.</summary>
internal sealed class SqliteWrites(SqliteDatabase database)
{
    private readonly SqliteStatement _modRevision = database.Prepare("SELECT mod_revision FROM entries WHERE key = ?1");

    private readonly SqliteStatement _put = database.Prepare(
        """
        INSERT INTO entries (key, value, mod_revision, lease) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, mod_revision = excluded.mod_revision, lease = excluded.lease
        """);

    private readonly SqliteStatement _delete = database.Prepare("DELETE FROM entries WHERE key = ?1");
    private readonly SqliteStatement _record = database.Prepare(
        "INSERT INTO changes (sequence, key, value, lease) VALUES (?1, ?2, ?3, ?4)");
    private readonly SqliteStatement _setMeta = database.Prepare("UPDATE meta SET value = ?2 WHERE name = CAST(?1 AS TEXT)");
    private readonly SqliteStatement _addLease = database.Prepare("INSERT INTO leases (ttl) VALUES (?1)");
    private readonly SqliteStatement _removeLease = database.Prepare("DELETE FROM leases WHERE id = ?1");
    private readonly SqliteStatement _leases = database.Prepare("SELECT id, ttl FROM leases");
    private readonly SqliteStatement _leaseKeys = database.Prepare("SELECT key FROM entries WHERE lease = ?1 AND lease <> 0 ORDER BY key");
    private readonly SqliteStatement _mark = database.Prepare("INSERT OR IGNORE INTO marks (revision, at) VALUES (?1, ?2)");
    private readonly SqliteStatement _revisionAt = database.Prepare("SELECT coalesce(max(revision), 0) FROM marks WHERE at <= ?1");
    private readonly SqliteStatement _dropChanges = database.Prepare("DELETE FROM changes WHERE sequence < ?1");
    private readonly SqliteStatement _dropMarks = database.Prepare("DELETE FROM marks WHERE revision < ?1");

    public SqliteStatement Begin { get; } = database.Prepare("BEGIN IMMEDIATE");

    public SqliteStatement Commit { get; } = database.Prepare("COMMIT");

    public SqliteStatement Rollback { get; } = database.Prepare("ROLLBACK");

    /// <summary>The revision that wrote the key last; 0 when it is absent.</summary>
    public long ModRevision(byte[] key)
    {
        _modRevision.Bind(1, key);
        return First(_modRevision);
    }

    public void Put(byte[] key, ReadOnlySpan<byte> value, long revision, long lease) =>
        _put.Bind(1, key).Bind(2, value).Bind(3, revision).Bind(4, lease).Run();

    /// <summary>Returns false when the key was absent.</summary>
    public bool Delete(byte[] key)
    {
        _delete.Bind(1, key).Run();
        return database.Changes > 0;
    }

    public void Record(long sequence, byte[] key, ReadOnlySpan<byte> value, long lease) =>
        _record.Bind(1, sequence).Bind(2, key).Bind(3, value).Bind(4, lease).Run();

    public void RecordDelete(long sequence, byte[] key) => _record.Bind(1, sequence).Bind(2, key).BindNull(3).Bind(4, 0).Run();

    public void SetMeta(ReadOnlySpan<byte> name, long value) => _setMeta.Bind(1, name).Bind(2, value).Run();

    public long AddLease(long milliseconds)
    {
        _addLease.Bind(1, milliseconds).Run();
        return database.LastInsertId;
    }

    public void RemoveLease(long id) => _removeLease.Bind(1, id).Run();

    public List<(long Id, long Milliseconds)> Leases() => All(_leases, row => (row.Int64(0), row.Int64(1)));

    public List<byte[]> LeaseKeys(long id) => All(_leaseKeys.Bind(1, id), row => row.Blob(0).ToArray());

    public void Mark(long revision, long at) => _mark.Bind(1, revision).Bind(2, at).Run();

    /// <summary>The last revision noted at or before a time; 0 when there is none.</summary>
    public long RevisionAt(long at)
    {
        _revisionAt.Bind(1, at);
        return First(_revisionAt);
    }

    /// <summary>Drops the changes up to and with a revision.</summary>
    public void DropHistory(long upTo)
    {
        _dropChanges.Bind(1, SqliteSequence.Of(upTo + 1)).Run();
        _dropMarks.Bind(1, upTo).Run();
    }

    private static long First(SqliteStatement statement)
    {
        try
        {
            return statement.Step() ? statement.Int64(0) : 0;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static List<T> All<T>(SqliteStatement statement, Func<SqliteStatement, T> read)
    {
        var rows = new List<T>();
        try
        {
            while (statement.Step())
            {
                rows.Add(read(statement));
            }
        }
        finally
        {
            statement.Reset();
        }

        return rows;
    }
}
