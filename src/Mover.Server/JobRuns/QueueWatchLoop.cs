using Mover.Server.Background;
using Mover.State;

namespace Mover.Server.JobRuns;

/// <summary>Follows the queues in the store, whichever instance writes them, and wakes the agents that wait here.</summary>
internal sealed class QueueWatchLoop(IStateStore store, WorkSignals signals, TimeProvider clock, ILogger<QueueWatchLoop> logger)
    : TirelessLoop(TimeSpan.FromSeconds(1), clock, logger)
{
    private const string Prefix = "queue/";

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken cancel)
    {
        var page = await store.ListAsync(Prefix, null, 1, cancel);

        // What was queued before the watch began is found by looking again.
        signals.RaiseAll();
        await foreach (var seen in store.WatchAsync(Prefix, page.Revision, cancel))
        {
            foreach (var change in seen.Changes)
            {
                if (change.Entry is not null)
                {
                    signals.Raise(change.Key);
                }
            }
        }
    }
}
