using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer;

/// <summary>How a run ended.</summary>
public enum RunOutcome
{
    /// <summary>Every item has an outcome; some may have failed. <see cref="TransferVerdict"/> says whether all is done.</summary>
    Succeeded,

    /// <summary>A fault of the job ended it, or no item at all could be stored: see <see cref="TransferSummary.Fault"/>.</summary>
    Failed,

    /// <summary>It was cancelled; nothing was written afterwards.</summary>
    Canceled,
}

/// <summary>How far the scan of the source is.</summary>
public enum ScanStatus
{
    /// <summary>Not begun.</summary>
    NotStarted,

    /// <summary>Under way.</summary>
    Scanning,

    /// <summary>Every source item is known.</summary>
    Completed,
}

/// <summary>A fault that ended a run.</summary>
/// <param name="Code">The status code, 1nnn.</param>
/// <param name="Message">What happened and what to do, in one line, without secrets.</param>
public sealed record JobFault(StatusCode Code, string Message);

/// <summary>A run in a few numbers. The counters hold the identity of <see cref="TransferCounters"/>, however it ended.</summary>
public sealed record TransferSummary
{
    /// <summary>How it ended.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>The twelve counters, over all attempts at this run.</summary>
    public required TransferCounters Counters { get; init; }

    /// <summary>Failed items that the run had scanned and did not get to before it was cut short; no log names them.</summary>
    public long ItemsNotReached { get; init; }

    /// <summary>Why it failed; null otherwise.</summary>
    public JobFault? Fault { get; init; }

    /// <summary>Target items that a mirror deleted; they are in none of the counters.</summary>
    public long ItemsDeleted { get; init; }

    /// <summary>Target items that a mirror kept because their deletion failed or the source could not be scanned there.</summary>
    public long ItemsNotDeleted { get; init; }

    /// <summary>Source folders that could not be listed: each counts as one failed item, and what is below it is not known.</summary>
    public long FoldersNotListed { get; init; }

    /// <summary>Mount points in the source below which another file system was copied, the first 20 that this attempt met.</summary>
    public IReadOnlyList<string> MountPoints { get; init; } = [];

    /// <summary>Content bytes that went over the wire in this attempt, repeated ones included.</summary>
    public long BytesSent { get; init; }

    /// <summary>What the source could not tell and the target not keep, in this attempt.</summary>
    public IReadOnlyList<VolumeNote> Notes { get; init; } = [];

    /// <summary>The ledger; null when the run did not get as far (the journal is then still there, and running again goes on).</summary>
    public string? LedgerPath { get; init; }

    /// <summary>The Merkle root in the ledger's last line, 32 bytes as lower-case hexadecimal; null without a ledger.</summary>
    public string? MerkleRoot { get; init; }
}

/// <summary>A run at one moment.</summary>
/// <param name="Counters">The twelve counters; they only grow.</param>
/// <param name="Scan">How far the scan is.</param>
/// <param name="IsPaused">True while the upload limit is 0.</param>
/// <param name="ScannedItemsPerSecond">Over the last seconds.</param>
/// <param name="ItemsPerSecond">Items that got an outcome, over the last seconds.</param>
/// <param name="BytesPerSecond">Content bytes sent, over the last seconds.</param>
/// <param name="ItemsDeleted">Target items deleted by a mirror.</param>
/// <param name="Deletions">How far the deletions of a mirror are; null before they begin and when there are none.</param>
/// <param name="InFlight">Large files that are on their way; null when there are none.</param>
/// <param name="WaitsFor">Why the run waits for its source or target to answer again, in a sentence; null when it does not.</param>
public sealed record TransferSnapshot(
    TransferCounters Counters,
    ScanStatus Scan,
    bool IsPaused,
    double ScannedItemsPerSecond,
    double ItemsPerSecond,
    double BytesPerSecond,
    long ItemsDeleted,
    DeletionProgress? Deletions = null,
    FilesInFlight? InFlight = null,
    string? WaitsFor = null);
