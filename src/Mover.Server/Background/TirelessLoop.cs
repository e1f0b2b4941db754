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
    protected sealed override Task ExecuteAsync(CancellationToken stoppingToken) =>
        RepeatAsync(GetType().Name, pause, Clock, Logger, WorkAsync, stoppingToken);

    /// <summary>The same for work that is no hosted service.</summary>
    public static async Task RepeatAsync(
        string name, TimeSpan pause, TimeProvider clock, ILogger logger, Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await work(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Broke(logger, name, pause, fault);
            }

            await Task.Delay(pause, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4100, LogLevel.Warning, "{Loop} failed; restarting in {Pause}.")]
        public static partial void Broke(ILogger logger, string loop, TimeSpan pause, Exception fault);
    }
}
