using Microsoft.Extensions.Logging;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;

namespace Mover.Transfer.Mirror;

/// <summary>Deletes what a mirror no longer wants: children before parents, after everything else is known and copied.</summary>
internal sealed partial class Deletions(RunContext run)
{
    private readonly Retrier _retrier = new(run);

    public async Task RunAsync(EntryList extras, CancellationToken cancel)
    {
        // One folder's children stand before it in the list; deleting in parallel would need to wait for them.
        foreach (var (entry, _) in extras.Backwards())
        {
            run.ThrowIfStopped();
            try
            {
                await _retrier.CallAsync(Side.Target, token => run.Target.DeleteAsync(entry, token), cancel);
                run.Counters.Deleted();
            }
            catch (ItemFaultException e)
            {
                run.Counters.NotDeleted();
                Log.NotDeleted(run.Logger, entry.Path, e.Fault.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(6010, LogLevel.Warning, "{Path} was not deleted from the target: {Message}")]
        public static partial void NotDeleted(ILogger logger, EntryPath path, string message);
    }
}
