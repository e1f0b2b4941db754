using Mover.Files;

namespace Mover.State.Sqlite;

/// <summary>The file on disk: made with its owner's rights only, and held by one process at a time.</summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly FileStream _lock;
    private readonly SqliteStateOptions _options;

    private SqliteFile(SqliteStateOptions options, FileStream held)
    {
        _options = options;
        _lock = held;
    }

    /// <summary>Makes folder and file when absent and takes the process lock; refuses when another process has it.</summary>
    public static SqliteFile Hold(SqliteStateOptions options)
    {
        FileStream? held = null;
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(options.Path));
            if (folder is not null)
            {
                PrivateFolder.Make(folder);
            }

            held = PrivateFile.Open(options.Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            PrivateFile.Open(options.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
            return new(options, held);
        }
        catch (IOException inUse) when (IsSharingViolation(inUse))
        {
            throw SqliteFaults.Unavailable(
                $"The state file '{options.Path}' is in use by another process. " +
                "Only one server can use it: stop the other one, or give this one its own data folder.",
                inUse);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw SqliteFaults.Unavailable(
                $"The state file '{options.Path}' cannot be opened for reading and writing ({refused.Message}). " +
                "Check the path and the rights on its folder.",
                refused);
        }
    }

    /// <summary>Opens a connection with the settings that all of them share.</summary>
    public SqliteDatabase Connect()
    {
        var database = SqliteDatabase.Open(_options.Path);
        try
        {
            database.Execute(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
            if (_options.FileBytesMax is { } bytes)
            {
                var pages = Math.Max(1, bytes / Math.Max(1, database.Number("PRAGMA page_size")));
                database.Execute($"PRAGMA max_page_count = {pages}");
            }

            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public void Dispose() => _lock.Dispose();

    // The runtime reports a held lock as EWOULDBLOCK (11) on Linux, 35 on macOS, and as a sharing violation on Windows.
    private static bool IsSharingViolation(IOException fault) =>
        fault.GetType() == typeof(IOException) && fault.HResult is 11 or 35 or unchecked((int)0x80070020);
}
