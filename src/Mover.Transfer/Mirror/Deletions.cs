using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;

namespace Mover.Transfer.Mirror;

/// <summary>
/// Deletes what a mirror no longer wants, after everything else is known: as many at once as the target gains from, and children before
/// their parents. The source is asked once more before each deletion: a listing may have missed what was renamed meanwhile.
/// </summary>
internal sealed partial class Deletions(RunContext run)
{
    /// <summary>The source listed nothing there.</summary>
    public const byte Unlisted = 0;

    /// <summary>A source item takes its place, or that of a folder around it.</summary>
    public const byte Replaced = 1;

    private readonly Retrier _retrier = new(run.Sides);

    public async Task RunAsync(EntryList extras, EntryList spares, CancellationToken cancel)
    {
        await run.Journal.AppendDeletionsBeginAsync();
        foreach (var (spared, _) in spares.Forwards())
        {
            await KeepAsync(spared, spared.Fault?.Code ?? StatusCodes.ItemOther, spared.Fault?.Message ?? string.Empty);
        }

        run.Counters.DeletionsBegin(extras.Count);
        var options = new ParallelOptions { MaxDegreeOfParallelism = run.Gate.Limit, CancellationToken = cancel };
        foreach (var batch in EntryList.Batches(extras.Backwards()))
        {
            await Parallel.ForEachAsync(batch, options, DeleteAsync);
        }
    }

    private async ValueTask DeleteAsync((Entry Entry, byte Mark) extra, CancellationToken cancel)
    {
        var entry = extra.Entry;
        run.ThrowIfStopped();
        try
        {
            // A folder goes only when it is empty, so that what is in it speaks for it.
            if (extra.Mark is Unlisted && entry.Type is not EntryType.Folder
                && await _retrier.CallAsync(Side.Source, token => run.Source.FindAsync(entry.Path, token), cancel) is not null)
            {
                await KeepAsync(entry, StatusCodes.ItemOther, "Kept: the source has it after all. The next run compares it.");
                return;
            }

            await _retrier.CallAsync(Side.Target, token => run.Target.DeleteAsync(entry, token), cancel);
            run.Counters.Deleted();
            await run.Journal.AppendDeletionAsync();
        }
        catch (ItemFaultException e)
        {
            await KeepAsync(entry, FaultCodes.OfItem(e.Fault, e.Side), e.Fault.Message);
        }
    }

    private ValueTask KeepAsync(Entry entry, StatusCode code, string why)
    {
        Log.NotDeleted(run.Logger, entry.Path, why);
        return run.RecordKeptAsync(entry, code, why);
    }

    private static partial class Log
    {
        [LoggerMessage(6010, LogLevel.Warning, "{Path} was not deleted from the target: {Message}")]
        public static partial void NotDeleted(ILogger logger, EntryPath path, string message);
    }
}
