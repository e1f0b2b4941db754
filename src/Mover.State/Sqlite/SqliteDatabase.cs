using SQLitePCL;

namespace Mover.State.Sqlite;

/// <summary>One connection to the file. Used by one thread at a time; every failure is a <see cref="StateException"/>.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly List<sqlite3_stmt> _handles = [];

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle, string path)
    {
        _handle = handle;
        Path = path;
    }

    /// <summary>The file, as error messages name it.</summary>
    public string Path { get; }

    /// <summary>Rows changed by the last insert, update or delete.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>The rowid of the last insert.</summary>
    public long LastInsertId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>True while no transaction is open; a failed statement may have ended one.</summary>
    public bool InAutoCommit => raw.sqlite3_get_autocommit(_handle) != 0;

    /// <summary>Opens the file, which exists already.</summary>
    public static SqliteDatabase Open(string path)
    {
        // No mutex: the writer is one thread and a reader is rented to one caller at a time.
        var code = raw.sqlite3_open_v2(path, out var handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new SqliteDatabase(handle, path);
        try
        {
            database.Check(code);
            raw.sqlite3_extended_result_codes(handle, 1);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Compiles a statement that lives as long as the connection.</summary>
    public SqliteStatement Prepare(string sql)
    {
        var code = raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle);
        _handles.Add(handle);
        Check(code);
        return new(this, handle);
    }

    /// <summary>Runs statements that answer nothing of interest.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Runs a statement and answers its first column as a number; 0 when there is no row.</summary>
    public long Number(string sql)
    {
        var code = raw.sqlite3_prepare_v2(_handle, sql, out var handle);
        using (handle)
        {
            Check(code);
            var statement = new SqliteStatement(this, handle);
            return statement.Step() ? statement.Int64(0) : 0;
        }
    }

    /// <summary>Leaves the write-ahead log as it is when this connection is the last one that closes.</summary>
    public void KeepLogOnClose() => Check(raw.sqlite3_db_config(_handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _));

    /// <summary>Translates a result code that is not a success.</summary>
    public void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw SqliteFaults.Translate(code, raw.sqlite3_errmsg(_handle).utf8_to_string(), Path);
        }
    }

    public void Dispose()
    {
        _handles.ForEach(handle => handle.Dispose());

        raw.sqlite3_close_v2(_handle);
        _handle.Dispose();
    }
}
