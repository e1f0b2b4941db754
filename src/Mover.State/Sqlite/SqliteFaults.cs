using SQLitePCL;

namespace Mover.State.Sqlite;

/// <summary>SQLite's result codes in the contract's words.</summary>
internal static class SqliteFaults
{
    // SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow, which a full disk causes.
    private const int SharedMemorySize = raw.SQLITE_IOERR | (19 << 8);

    /// <summary>The exception for a result code; it names the file and what to do.</summary>
    public static StateException Translate(int code, string detail, string path) => (code & 0xFF) switch
    {
        raw.SQLITE_FULL => Full(detail, path),
        _ when code == SharedMemorySize => Full(detail, path),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => Unavailable(
            $"The state file '{path}' is damaged or is not a Mover state file ({detail}). " +
            "Stop the server, move the file away and restore it from a backup."),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => Unavailable(
            $"The state file '{path}' is locked by another program ({detail}). Close that program and start again."),
        raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_AUTH => Unavailable(
            $"Cannot open the state file '{path}' for reading and writing ({detail}). Check the permissions of the file and its folder."),
        raw.SQLITE_IOERR => Unavailable(
            $"The disk under the state file '{path}' failed ({detail}, code {code}). Check the disk, then start the server again."),
        _ => Unavailable($"Cannot use the state file '{path}' ({detail}, code {code})."),
    };

    /// <summary>The file was there once and is not, or holds nothing.</summary>
    public static StateException Lost(string path, string how) => Unavailable(
        $"The state file '{path}' {how}, but a server has already served from this folder. Restore it from a backup with " +
        "'mover state restore'. To discard its content and start empty, start once with --start-empty.");

    /// <summary>A fault that leaves nothing written and nothing to read.</summary>
    public static StateException Unavailable(string message, Exception? inner = null) => new(StateFault.Unavailable, message, inner);

    /// <summary>The store has been disposed of.</summary>
    public static StateException Closed(string path, Exception? inner = null) => Unavailable($"The state file '{path}' is closed.", inner);

    private static StateException Full(string detail, string path) => new(
        StateFault.Full,
        $"The state file '{path}' cannot grow ({detail}); nothing was written. " +
        "Free some disk space or raise its size limit.");
}
