using Mover.State;

namespace Mover.Server.Scheduling;

/// <summary>Follows the queues in the store, whichever instance writes them, and wakes the agents that wait here.</summary>
internal sealed partial class QueueWatchLoop(IStateStore store, WorkSignals signals, TimeProvider clock, ILogger<QueueWatchLoop> logger)
    : BackgroundService
{
    private const string Prefix = "queue/";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Broke(logger, fault);
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        var page = await store.ListAsync(Prefix, null, 1, cancel);

        // What was queued before the watch began is found by looking again.
        signals.RaiseAll();
        await foreach (var change in store.WatchAsync(Prefix, page.Revision, cancel))
        {
            if (change.Entry is not null)
            {
                signals.Raise(change.Key);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4111, LogLevel.Warning, "The watch of the queues broke; it begins again.")]
        public static partial void Broke(ILogger logger, Exception fault);
    }
}
