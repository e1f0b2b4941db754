using System.Runtime.CompilerServices;
using Mover.State.Copies;

namespace Mover.State.Sqlite;

/// <summary>
/// A state file at one moment, whether a server uses it or not: one read transaction, which the server's commits go past in the
/// write-ahead log.
/// </summary>
internal sealed class SqliteSnapshot : IStateSnapshot
{
    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _get;
    private readonly SqliteStatement _list;

    private SqliteSnapshot(SqliteDatabase database, string name, DateTimeOffset takenAt)
    {
        (_database, Name, TakenAt) = (database, name, takenAt);
        database.Execute("PRAGMA busy_timeout = 5000");

        // A server that was killed has left a write-ahead log, and its next start looks for it.
        database.KeepLogOnClose();
        SqliteSchema.CheckReadable(database);
        database.Execute("BEGIN");
        Revision = database.Number("SELECT value FROM meta WHERE name = 'revision'");
        _get = database.Prepare("SELECT value, mod_revision, lease FROM entries WHERE key = ?1");
        if (Find(UnfinishedMark.Key.Stored) is not null)
        {
            throw UnfinishedMark.IsSource(name);
        }

        _list = database.Prepare("SELECT key, value, mod_revision, lease FROM entries ORDER BY key");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Revision { get; }

    /// <inheritdoc/>
    public DateTimeOffset TakenAt { get; }

    /// <summary>
    /// Opens the file. Throws <see cref="StateException"/> when it is not there, no state file, or lacks the log of its last commits.
    /// </summary>
    public static SqliteSnapshot Open(string path, string name, DateTimeOffset takenAt)
    {
        if (!File.Exists(path))
        {
            throw SqliteFaults.Unavailable($"State file '{path}' does not exist; specify the data folder of a server.");
        }

        SqliteFile.CheckLog(path);
#pragma warning disable CA2000 // The snapshot disposes it.
        var database = SqliteDatabase.Open(path);
#pragma warning restore CA2000
        try
        {
            return new(database, name, takenAt);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
#pragma warning disable CS1998 // SQLite has no calls to wait for; the contract's other implementations do.
    public async IAsyncEnumerable<StateEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
#pragma warning restore CS1998
    {
        try
        {
            while (_list.Step())
            {
                cancel.ThrowIfCancellationRequested();
                yield return new(StateRules.Text(_list.Blob(0)), _list.Blob(1).ToArray(), _list.Int64(2), _list.Int64(3));
            }
        }
        finally
        {
            _list.Reset();
        }
    }

    /// <inheritdoc/>
    public ValueTask<StateEntry?> FindAsync(string key, CancellationToken cancel) => new(Find(key));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return default;
    }

    private StateEntry? Find(string key)
    {
        try
        {
            return _get.Bind(1, StateRules.Key(key)).Step() ? new(key, _get.Blob(0).ToArray(), _get.Int64(1), _get.Int64(2)) : null;
        }
        finally
        {
            _get.Reset();
        }
    }
}
