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
        var (entry, cause) = (extra.Entry, (DeletionCause)extra.Mark);
        run.ThrowIfStopped();
        try
        {
            if (cause is not DeletionCause.Replaced && await FindSourceAsync(entry.Path, cancel) is not null)
            {
                await KeepAsync(entry, StatusCodes.ItemOther, "Kept: the source has it again. The next run compares it.");
                return;
            }

            if (cause is DeletionCause.Covered && await FindMissingCoverAsync(entry, cancel) is { } cover)
            {
                await KeepAsync(entry, StatusCodes.ItemOther, $"Kept: the target does not have the source's {cover}.");
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

    /// <summary>The name around an item that is a file or link of the source and not stored at the target; null when there is
    /// none.</summary>
    private async ValueTask<EntryPath?> FindMissingCoverAsync(Entry extra, CancellationToken cancel)
    {
        for (var around = extra.Path.Parent; !around.IsRoot; around = around.Parent)
        {
            if (await FindSourceAsync(around, cancel) is { Type: not EntryType.Folder } item && !await IsStoredAsync(item, cancel))
            {
                return around;
            }
        }

        return null;
    }

    private async ValueTask<bool> IsStoredAsync(Entry item, CancellationToken cancel)
    {
        var there = await _retrier.CallAsync(Side.Target, token => run.Target.FindAsync(item.Path, token), cancel);
        var decision = run.Rules.Decide(item, there);
        if (decision.Step is Step.Resolve)
        {
            var (resolved, _) = await _retrier.CallAsync(Side.Source, token => run.Source.ResolveAsync(item, token), cancel);
            decision = resolved is null ? decision : run.Rules.Decide(resolved, there);
        }

        return decision.Step is Step.Keep or Step.SetMetadata
            || (decision.Step is Step.CompareContent && run.Options.Compare is CompareBy.Content);
    }

    private ValueTask<Entry?> FindSourceAsync(EntryPath path, CancellationToken cancel) =>
        _retrier.CallAsync(Side.Source, token => run.Source.FindAsync(path, token), cancel);

    private ValueTask KeepAsync(Entry entry, StatusCode code, string why)
    {
        Log.NotDeleted(run.Logger, entry.Path, why);
        return run.RecordKeptAsync(entry, code, why);
    }

    private static partial class Log
    {
        [LoggerMessage(6010, LogLevel.Warning, "Cannot delete {Path} from the target: {Message}")]
        public static partial void NotDeleted(ILogger logger, EntryPath path, string message);
    }
}
