namespace Mover.Server.Background;

/// <summary>
/// Background work that begins again after a pause whenever it fails or ends, until the server stops. A fault is logged under the loop's
/// name; none of them ends the server.
/// </summary>
internal abstract partial class TirelessLoop(TimeSpan pause, TimeProvider clock, ILogger logger) : BackgroundService
{
    /// <summary>The clock of the pauses.</summary>
    protected TimeProvider Clock { get; } = clock;

    /// <summary>Where it logs.</summary>
    protected ILogger Logger { get; } = logger;

    /// <summary>Works until it is cancelled, or until there is nothing to do before the next pause.</summary>
    protected abstract Task WorkAsync(CancellationToken cancel);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WorkAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Broke(Logger, GetType().Name, pause, fault);
            }

            await Task.Delay(pause, Clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4100, LogLevel.Warning, "{Loop} failed; it begins again in {Pause}.")]
        public static partial void Broke(ILogger logger, string loop, TimeSpan pause, Exception fault);
    }
}
