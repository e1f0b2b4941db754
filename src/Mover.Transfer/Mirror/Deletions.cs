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
    private readonly Retrier _retrier = new(run);

    public async Task RunAsync(EntryList extras, CancellationToken cancel)
    {
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
