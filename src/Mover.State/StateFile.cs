using Mover.Files;
using Mover.State.Sqlite;
using SQLitePCL;

namespace Mover.State;

/// <summary>The embedded engine's file, for backup and restore: copies it, in use or not, as it is at one moment. Source: SQLite's online backup.</summary>
public static class StateFile
{
    private const int AllPages = -1;

    /// <summary>
    /// Makes <paramref name="target"/>, which must not exist, with mode 0600, and checks it. Throws <see cref="StateException"/> when the
    /// source is no state file or damaged, or when one of them cannot be read or written.
    /// </summary>
    public static void Copy(string source, string target)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(target, options).Dispose();
        using var from = SqliteDatabase.Open(source);
        using var to = SqliteDatabase.Open(target);
        from.Execute("PRAGMA busy_timeout = 5000");

        // A server that was killed has left a write-ahead log, and its next start looks for it.
        from.KeepLogOnClose();

        // All pages in one step are one snapshot; the server's commits go on in the write-ahead log meanwhile.
        to.CopyFrom(from, AllPages);
        to.Execute("PRAGMA journal_mode = DELETE");
        Check(to);
    }

    /// <summary>
    /// Keeps servers from a state file, there or not, while it is replaced; truncate the stream once the file is whole. Throws
    /// <see cref="StateException"/> when a server uses it.
    /// </summary>
    public static FileStream Hold(string path)
    {
        try
        {
            return PrivateFile.Open(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException held)
        {
            throw SqliteFaults.Unavailable($"A server uses the state file '{path}'; stop it first.", held);
        }
    }

    /// <summary>Throws when a file is not a whole state file.</summary>
    public static void Check(string path)
    {
        using var database = SqliteDatabase.Open(path);
        Check(database);
    }

    private static void Check(SqliteDatabase database)
    {
        SqliteSchema.CheckReadable(database);

        // One row 'ok' when nothing is wrong, else one for each problem.
        if (database.Number("SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'") > 0)
        {
            throw SqliteFaults.Translate(raw.SQLITE_CORRUPT, "its pages do not fit together", database.Path);
        }
    }
}
