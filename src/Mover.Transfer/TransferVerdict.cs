using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer;

/// <summary>Whether what was asked for is done.</summary>
public enum VerdictKind
{
    /// <summary>Every source item is at the target, or was left out by the person who asked.</summary>
    Complete,

    /// <summary>It went to its end, and some items are not at the target or not proven to be there.</summary>
    CompleteWithExceptions,

    /// <summary>It went to its end, and no item is at the target: it has failed.</summary>
    NothingStored,

    /// <summary>A fault of the job ended it, it was cancelled, or the target differs.</summary>
    Failed,
}

/// <summary>What stands between a transfer and "done": counts of items by kind.</summary>
/// <param name="Failed">Items that were tried and failed.</param>
/// <param name="Unsupported">Items that the target cannot hold.</param>
/// <param name="NotDeleted">Target items that a mirror kept although the source listed nothing there.</param>
/// <param name="FoldersNotListed">Folders that could not be listed: how many items they hold is not known.</param>
/// <param name="NotCompared">Items that a verification could not compare.</param>
/// <param name="NotReached">Items that a run did not get to before it ended; they count as failed in its counters.</param>
/// <param name="NothingCompared">True when a verification found nothing to compare: the source may be a mount that is not there.</param>
public sealed record TransferExceptions(
    long Failed = 0, long Unsupported = 0, long NotDeleted = 0, long FoldersNotListed = 0, long NotCompared = 0, long NotReached = 0,
    bool NothingCompared = false)
{
    /// <summary>The code of the note that tells of <see cref="NotDeleted"/>.</summary>
    public const string NotDeletedCode = "ItemsNotDeleted";

    /// <summary>True for a failed item that is a folder which could not be listed: only its scan fails with these codes.</summary>
    public static bool IsFolderNotListed(EntryType type, StatusCode code) =>
        type is EntryType.Folder && (code == StatusCodes.ItemScanFailed || code == StatusCodes.ItemSourcePermission);

    /// <summary>True when there is none.</summary>
    public bool IsEmpty => this == new TransferExceptions();

    /// <summary>One note for each kind that there is: a code for programs, and a sentence for people.</summary>
    public IEnumerable<(string Code, string Message)> Notes()
    {
        if (Failed > 0)
        {
            yield return ("ItemsFailed", $"{Items(Failed)} not transferred; the copy log lists them. Run again to retry them.");
        }

        if (NotReached > 0)
        {
            yield return ("ItemsNotReached",
                $"{Items(NotReached)} scanned but not attempted before the run ended; they count as failed, but the copy "
                    + "log does not list them. Run again to transfer them.");
        }

        if (Unsupported > 0)
        {
            yield return ("ItemsUnsupported",
                $"{Items(Unsupported)} not transferred because the target does not support them; the copy log lists them with the reason.");
        }

        if (FoldersNotListed > 0)
        {
            var folders = FoldersNotListed == 1 ? "1 source folder" : $"{FoldersNotListed} source folders";
            yield return ("FoldersNotListed",
                $"{folders} could not be listed; the items in them were neither counted nor transferred. Give the agent's "
                    + "user permission to read and enter them, then run again.");
        }

        if (NotDeleted > 0)
        {
            yield return (NotDeletedCode,
                $"{NotDeleted} items of the target were kept although the source does not list them: deleting them failed, or it is "
                    + "unknown what the source has there. The copy log lists them with the reason.");
        }

        if (NotCompared > 0)
        {
            yield return ("ItemsNotCompared", $"{Items(NotCompared)} not compared.");
        }
    }

    private static string Items(long count) => count == 1 ? "1 item was" : $"{count} items were";
}

/// <summary>What a person should know of a run that is no exception.</summary>
public static class TransferNotes
{
    /// <summary>What to do about a source without an item.</summary>
    public const string SourceEmpty =
        "The source is empty. If it should not be, check that it is mounted and that the path is correct, then run again.";

    /// <summary>Everything to warn of at a run's end: its exceptions, what a volume could not keep, and the file systems that it
    /// went into.</summary>
    public static IEnumerable<(string Code, string Message)> Of(TransferSummary summary)
    {
        foreach (var note in TransferVerdict.Of(summary).Exceptions.Notes())
        {
            yield return note;
        }

        foreach (var note in summary.Notes)
        {
            yield return (note.Code.ToString(), note.ToString());
        }

        if (summary is { Outcome: RunOutcome.Succeeded, Counters.ItemsScanned: 0, FoldersNotListed: 0 })
        {
            yield return ("SourceEmpty", SourceEmpty);
        }

        if (summary.MountPoints.Count > 0)
        {
            yield return ("FileSystemsCrossed",
                $"The copy included file systems mounted inside the source: {string.Join(", ", summary.MountPoints)}.");
        }
    }
}

/// <summary>The one judgement of a transfer's end, for a copy, a job, a plan and a verification alike.</summary>
/// <param name="Kind">Whether it is done.</param>
/// <param name="Exceptions">What keeps it from being complete.</param>
public sealed record TransferVerdict(VerdictKind Kind, TransferExceptions Exceptions)
{
    /// <summary>Judges a run.</summary>
    public static TransferVerdict Of(TransferSummary summary)
    {
        var counters = summary.Counters;
        var exceptions = new TransferExceptions(
            counters.ItemsFailed - summary.ItemsNotReached, counters.ItemsUnsupported, summary.ItemsNotDeleted, summary.FoldersNotListed,
            NotReached: summary.ItemsNotReached);
        return summary.Outcome is RunOutcome.Succeeded || summary.LedgerPath is not null
            ? Of(exceptions, counters.ItemsTransferred + counters.ItemsNoTransferNeeded)
            : new(VerdictKind.Failed, exceptions);
    }

    /// <summary>Judges a verification.</summary>
    public static TransferVerdict Of(VerificationSummary summary)
    {
        var exceptions = new TransferExceptions(
            NotCompared: summary.ItemsNotCompared,
            NothingCompared: summary is { ItemsChecked: 0, ItemsSkipped: 0, Differences: 0, ItemsNotCompared: 0 });
        return summary.Differences > 0 ? new(VerdictKind.Failed, exceptions) : Of(exceptions, summary.ItemsChecked);
    }

    /// <summary>Judges what went, or would go, to its end.</summary>
    /// <param name="exceptions">What is not as it was asked for.</param>
    /// <param name="itemsThere">Items that are, or would be, at the target.</param>
    public static TransferVerdict Of(TransferExceptions exceptions, long itemsThere) => new(
        exceptions.IsEmpty ? VerdictKind.Complete
            : itemsThere == 0 && exceptions.Failed + exceptions.Unsupported > 0 ? VerdictKind.NothingStored
            : VerdictKind.CompleteWithExceptions,
        exceptions);
}
