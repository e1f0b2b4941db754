using Mover.Files;

namespace Mover.State.Sqlite;

/// <summary>
/// The file on disk: made with its owner's rights only, and held by one process at a time. The lock file says
/// <see cref="ServingMark"/> from the first commit until the clean end, so that a start after a crash knows that there was a
/// write-ahead log.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private static readonly byte[] ServingMark = "serving\n"u8.ToArray();
    private readonly FileStream _lock;
    private readonly SqliteStateOptions _options;

    private SqliteFile(SqliteStateOptions options, FileStream held)
    {
        _options = options;
        _lock = held;
    }

    /// <summary>
    /// Makes folder and file when absent and takes the process lock; refuses when another process has it, or other users can write to the
    /// folder.
    /// </summary>
    public static SqliteFile Hold(SqliteStateOptions options)
    {
        FileStream? held = null;
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(options.Path));
            if (folder is not null)
            {
                PrivateFolder.MakeUnshared(folder);
            }

            held = PrivateFile.Open(options.Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            CheckWhole(options, held);
            PrivateFile.Open(options.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
            return new(options, held);
        }
        catch (Exception told) when (told is StateException or PrivateFolderException)
        {
            held?.Dispose();
            throw;
        }
        catch (IOException inUse) when (IsSharingViolation(inUse))
        {
            throw SqliteFaults.Unavailable(
                $"The state file '{options.Path}' is in use by another process. " +
                "Only one server can use it: stop the other server, or give this one its own data folder.",
                inUse);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw SqliteFaults.Unavailable(
                $"The state file '{options.Path}' is not readable and writable ({refused.Message}). " +
                "Check the path and the permissions of its folder.",
                refused);
        }
    }

    /// <summary>Refuses a state file whose last commits are gone: a server was killed over it, and the log is missing.</summary>
    public static void CheckLog(string path)
    {
        if (new FileInfo(path + ".lock") is { Exists: true, Length: > 0 } && !File.Exists(path + "-wal"))
        {
            throw SqliteFaults.Unavailable(
                $"'{path}-wal' is missing: the last server did not shut down cleanly, and that file holds its last commits. " +
                "Put it back, or restore a backup with 'mover state restore'. To continue without these commits, or if you restored the " +
                $"state file by hand, delete '{path}.lock'.");
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

    /// <summary>Notes that commits may lie in the write-ahead log from here on.</summary>
    public void BeginServing()
    {
        _lock.Position = 0;
        _lock.Write(ServingMark);
    }

    /// <summary>Notes that the file alone holds everything; said before the last connection closes.</summary>
    public void EndServing() => _lock.SetLength(0);

    public void Dispose() => _lock.Dispose();

    private static void CheckWhole(SqliteStateOptions options, FileStream held)
    {
        var file = new FileInfo(options.Path);
        if (Directory.Exists(options.Path))
        {
            throw SqliteFaults.Unavailable(
                $"The state file '{options.Path}' is a folder. Move the folder away and restore the file from a backup.");
        }

        if (options.MustExist && (!file.Exists || file.Length == 0))
        {
            throw SqliteFaults.Lost(options.Path, file.Exists ? "is empty" : "is missing");
        }

        if (file is { Exists: true, Length: > 0 } && held.Length > 0)
        {
            CheckLog(options.Path);
        }
    }

    // The runtime reports a held lock as EWOULDBLOCK (11) on Linux, 35 on macOS, and as a sharing violation on Windows.
    private static bool IsSharingViolation(IOException fault) =>
        fault.GetType() == typeof(IOException) && fault.HResult is 11 or 35 or unchecked((int)0x80070020);
}
