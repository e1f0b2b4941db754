namespace Mover.Server.Scheduling;

/// <summary>Writes the reports that are held, once a second.</summary>
internal sealed partial class ReportFlushLoop(RunReports reports, TimeProvider clock, ILogger<ReportFlushLoop> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(RunReports.WriteInterval, clock);
        while (await WaitAsync(timer, stoppingToken))
        {
            try
            {
                await reports.FlushAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Broke(logger, fault);
            }
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken cancel)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4123, LogLevel.Warning, "Held reports could not be written; they are tried again.")]
        public static partial void Broke(ILogger logger, Exception fault);
    }
}
