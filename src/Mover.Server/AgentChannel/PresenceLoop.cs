namespace Mover.Server.AgentChannel;

/// <summary>Notices agents that have fallen silent.</summary>
internal sealed partial class PresenceLoop(AgentPresence presence, TimeProvider clock, ILogger<PresenceLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await presence.SweepAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Broke(logger, fault);
            }

            await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4002, LogLevel.Warning, "The agents' presence could not be looked over; it is tried again.")]
        public static partial void Broke(ILogger logger, Exception fault);
    }
}
