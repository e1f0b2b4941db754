using Microsoft.Extensions.Logging;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;
using Mover.Transfer.Scan;
using Mover.Transfer.Verify;

namespace Mover.Transfer;

/// <summary>How a target differs from what it should hold.</summary>
public enum DifferenceKind
{
    /// <summary>The target does not have it.</summary>
    Missing,

    /// <summary>The target has it, nothing asked for it.</summary>
    Extra,

    /// <summary>It is a folder here and a file there, or the like.</summary>
    Type,

    /// <summary>The lengths differ.</summary>
    Size,

    /// <summary>The bytes differ.</summary>
    Content,

    /// <summary>Owner, permissions or times differ.</summary>
    Metadata,

    /// <summary>One side could not be read.</summary>
    Unreadable,

    /// <summary>Not a difference: what never arrived, or has no digest to compare with, so that nothing is proven about it.</summary>
    NotCompared,
}

/// <summary>One difference, or an item that could not be compared.</summary>
/// <param name="Kind">How it differs.</param>
/// <param name="Path">Where.</param>
/// <param name="Details">One line.</param>
public sealed record Difference(DifferenceKind Kind, EntryPath Path, string Details);

/// <summary>A verification in numbers; <see cref="TransferVerdict"/> says what they mean.</summary>
/// <param name="ItemsChecked">Items compared, folders and links included.</param>
/// <param name="BytesRead">Content bytes read back from the target.</param>
/// <param name="ItemsSkipped">Items that were left out by the person who asked for the transfer.</param>
/// <param name="Differences">How many differences were reported.</param>
/// <param name="ItemsNotCompared">Items about which nothing is proven; each was reported.</param>
public sealed record VerificationSummary(long ItemsChecked, long BytesRead, long ItemsSkipped, long Differences, long ItemsNotCompared);

/// <summary>Proves that a target holds what it should, by reading every byte back.</summary>
public static class Verification
{
    /// <summary>Compares the target with the source as it is at this moment.</summary>
    /// <param name="source">The truth.</param>
    /// <param name="target">What is checked.</param>
    /// <param name="options">As for the run: mode (extras count in a mirror), metadata, links, concurrency, memory.</param>
    /// <param name="workFolder">For spill files; created when missing, emptied at the end.</param>
    /// <param name="report">Called for each difference and each item that was not compared, one at a time.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancel">Stops it by throwing.</param>
    /// <exception cref="TransferFaultException">One side cannot be scanned.</exception>
    public static Task<VerificationSummary> AgainstSourceAsync(
        IVolume source, ITargetVolume target, TransferOptions options, string workFolder, Action<Difference> report, ILogger logger,
        CancellationToken cancel) =>
        VerifyAsync(
            source, target, options, workFolder, report, logger,
            (sides, spill, folds) => new SourceTruth(sides, options, spill, folds), cancel);

    /// <summary>Compares the target with a ledger, without the source: Merkle root, then size and digest of each item that
    /// arrived.</summary>
    /// <exception cref="InvalidDataException">The ledger is cut or was changed.</exception>
    /// <exception cref="TransferFaultException">The target cannot be scanned.</exception>
    public static Task<VerificationSummary> AgainstLedgerAsync(
        string ledgerPath, ITargetVolume target, TransferOptions options, string workFolder, Action<Difference> report, ILogger logger,
        CancellationToken cancel) =>
        VerifyAsync(
            null, target, options, workFolder, report, logger,
            (_, spill, folds) => new LedgerTruth(ledgerPath, target, options, spill, folds), cancel);

    private static async Task<VerificationSummary> VerifyAsync(
        IVolume? source, ITargetVolume target, TransferOptions options, string workFolder, Action<Difference> report, ILogger logger,
        Func<TransferSides, SpillOptions, NameFoldings, ITruth> open, CancellationToken cancel)
    {
        using var sides = new TransferSides(source, target, writes: false, options, TimeProvider.System, logger, cancel);
        return await new Verifier(sides, options, workFolder, report).RunAsync((spill, folds) => open(sides, spill, folds));
    }
}
