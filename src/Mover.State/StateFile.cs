using Mover.Files;
using Mover.State.Sqlite;
using SQLitePCL;

namespace Mover.State;

/// <summary>The embedded engine's file, for whoever looks at it or puts another one in its place.</summary>
public static class StateFile
{
    /// <summary>
    /// A state file that lies somewhere, once its pages are checked. Throws <see cref="StateException"/> when it is no state file or
    /// damaged.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="name">How it is called.</param>
    /// <param name="takenAt">The moment that it shows.</param>
    public static IStateSnapshot Snapshot(string path, string name, DateTimeOffset takenAt)
    {
        Check(path);
        return SqliteSnapshot.Open(path, name, takenAt);
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
            throw SqliteFaults.Unavailable($"The state file '{path}' is in use by a server; stop the server first.", held);
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
            throw SqliteFaults.Translate(raw.SQLITE_CORRUPT, "its pages are inconsistent", database.Path);
        }
    }
}
