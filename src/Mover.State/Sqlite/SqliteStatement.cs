using SQLitePCL;

namespace Mover.State.Sqlite;

/// <summary>A prepared statement, owned by its connection: bind from 1, step, read columns from 0, reset.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle)
{
    public SqliteStatement Bind(int at, long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, at, value));
        return this;
    }

    public SqliteStatement Bind(int at, ReadOnlySpan<byte> value)
    {
        // An empty span would bind NULL.
        database.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, at, 0) : raw.sqlite3_bind_blob(handle, at, value));
        return this;
    }

    public SqliteStatement BindNull(int at)
    {
        database.Check(raw.sqlite3_bind_null(handle, at));
        return this;
    }

    /// <summary>True while there is a row.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        database.Check(code);
        return code == raw.SQLITE_ROW;
    }

    /// <summary>Runs to the end and resets.</summary>
    public void Run()
    {
        try
        {
            while (Step())
            {
            }
        }
        finally
        {
            Reset();
        }
    }

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    /// <summary>The column's bytes; valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    /// <summary>Ends the read and forgets large bound values. The code repeats the last step's, which was checked there.</summary>
    public void Reset()
    {
        _ = raw.sqlite3_reset(handle);
        _ = raw.sqlite3_clear_bindings(handle);
    }
}
