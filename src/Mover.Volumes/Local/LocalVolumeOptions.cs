using Mover.Transfer.Scan;

namespace Mover.Volumes.Local;

/// <summary>How a folder of this host is opened as a volume.</summary>
/// <param name="RootPath">The folder, absolute or relative to the working folder; it may be reached through links, nothing below it
/// is.</param>
public sealed record LocalVolumeOptions(string RootPath)
{
    /// <summary>
    /// The volume's own root as names below <see cref="RootPath"/>, empty for that itself. Links among them are followed as long as they
    /// stay below it.
    /// </summary>
    public string Below { get; init; } = "";

    /// <summary>
    /// Opened to be written: temporary files of Mover are then left out of scans and old ones are removed.
    /// A source is never changed, and shows everything it holds.
    /// </summary>
    public bool IsTarget { get; init; }

    /// <summary>
    /// Opened as a target that is only looked at, by a plan or a verification: nothing is written, nothing that was left is removed,
    /// and a folder that is not there counts as empty.
    /// </summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Leave out file systems that are mounted below the root.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>Flush every file to the disk before it gets its name; slower, but survives a power cut. False by default.</summary>
    public bool FlushesFiles { get; init; }

    /// <summary>Where listings of very large folders wait; null for the host's folder for temporary files.</summary>
    public string? SpillFolder { get; init; }

    /// <summary>How many folders are listed at once; 0 for the number of processors plus two.</summary>
    public int FoldersAtOnce { get; init; }

    /// <summary>How much the entries that a scan reads ahead may weigh, in bytes.</summary>
    public long ReadAheadBytes { get; init; } = OrderedWalkOptions.UsualReadAheadBytes;

    /// <summary>How long blocks of an unfinished file are kept for another attempt; 7 days by default.</summary>
    public TimeSpan KeepsBlocksFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The clock that the age of left-over files is measured with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
