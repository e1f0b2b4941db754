using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer;

/// <summary>Which of the five buckets an item ends in.</summary>
public enum ItemResult : byte
{
    /// <summary>Left out by configuration.</summary>
    Excluded,

    /// <summary>The target cannot hold it.</summary>
    Unsupported,

    /// <summary>Already there.</summary>
    NoTransferNeeded,

    /// <summary>Tried and failed.</summary>
    Failed,

    /// <summary>Content or metadata was written.</summary>
    Transferred,

    /// <summary>
    /// A target item that a mirror kept although the source listed nothing there. It is not a source item and in none of the twelve
    /// counters.
    /// </summary>
    NotDeleted,
}

/// <summary>How one source item ended, or a target item that a mirror kept; what the journal and the ledger hold.</summary>
/// <param name="Path">The item.</param>
/// <param name="Type">What it is; a link that was resolved counts as <see cref="EntryType.Symlink"/>.</param>
/// <param name="Result">Its bucket.</param>
/// <param name="Code">The status code for the copy log. A transferred item with another code than success had its metadata written
/// alone.</param>
/// <param name="SizeBytes">The bytes it counts for: the content's length for files and resolved links, 0 for all others.</param>
/// <param name="Crc64">CRC-64/NVME of the content as stored; null when it was not read.</param>
/// <param name="Md5">MD5 of the content, 16 bytes; null when it was not computed.</param>
/// <param name="Details">One line for the copy log, without secrets; null when the code says it all.</param>
public sealed record ItemOutcome(
    EntryPath Path,
    EntryType Type,
    ItemResult Result,
    StatusCode Code,
    long SizeBytes,
    ulong? Crc64 = null,
    ReadOnlyMemory<byte>? Md5 = null,
    string? Details = null)
{
    /// <summary>What tells the version of the source item that was looked at; null in journals that do not say.</summary>
    internal ulong? SourceTag { get; init; }

    /// <summary>True when the target held something of the name before the run.</summary>
    internal bool WasThere { get; init; }

    /// <summary>True for a journal's word that the same outcome before it no longer holds.</summary>
    internal bool IsRetracted { get; init; }
}
