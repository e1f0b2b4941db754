using Microsoft.Extensions.Logging;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;

namespace Mover.Transfer.Mirror;

/// <summary>
/// Deletes what a mirror no longer wants, after everything else is known: as many at once as the target gains from, and children before
/// their parents.
/// </summary>
internal sealed partial class Deletions(RunContext run)
{
    /// <summary>How many are read from the list at once.</summary>
    private const int BatchItemsMax = 1_024;

    private readonly Retrier _retrier = new(run);

    public async Task RunAsync(EntryList extras, CancellationToken cancel)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = run.Gate.Limit, CancellationToken = cancel };
        foreach (var batch in Batches(extras))
        {
            await Parallel.ForEachAsync(batch, options, DeleteAsync);
        }
    }

    // Read backwards, everything in a folder stands before it: a folder begins a batch, so that its contents are gone by then.
    private static IEnumerable<List<Entry>> Batches(EntryList extras)
    {
        var batch = new List<Entry>();
        foreach (var (entry, _) in extras.Backwards())
        {
            if (batch.Count == BatchItemsMax || (entry.Type is EntryType.Folder && batch.Count > 0))
            {
                yield return batch;
                batch.Clear();
            }

            batch.Add(entry);
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private async ValueTask DeleteAsync(Entry entry, CancellationToken cancel)
    {
        run.ThrowIfStopped();
        try
        {
            await _retrier.CallAsync(Side.Target, token => run.Target.DeleteAsync(entry, token), cancel);
            run.Counters.Deleted();
            await run.Journal.AppendDeletionAsync();
        }
        catch (ItemFaultException e)
        {
            run.Counters.NotDeleted();
            Log.NotDeleted(run.Logger, entry.Path, e.Fault.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(6010, LogLevel.Warning, "{Path} was not deleted from the target: {Message}")]
        public static partial void NotDeleted(ILogger logger, EntryPath path, string message);
    }
}
