namespace Mover.State.Sqlite;

/// <summary>How the embedded state file is kept.</summary>
public sealed class SqliteStateOptions
{
    /// <summary>The file; it and its folder are made when absent, readable by their owner only.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// True when state was served from here before: a file that is missing or holds nothing is then refused, and never made.
    /// </summary>
    public bool MustExist { get; init; }

    /// <summary>Connections that read at the same time; 1 or more. Further readers wait their turn.</summary>
    public int Readers { get; init; } = 4;

    /// <summary>How long watch history is kept; <see cref="StateLimits.HistoryMin"/> or more.</summary>
    public TimeSpan HistoryKept { get; init; } = StateLimits.HistoryMin;

    /// <summary>The file's largest size in bytes, after which commits fail as full; null means only the disk limits it.</summary>
    public long? FileBytesMax { get; init; }
}
