using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mover.Server.Tls;

/// <summary>Looks at the server certificate twice a day and has it renewed in time. A failure is logged and tried again.</summary>
internal sealed partial class CertificateLoop(ServerCertificate certificate, TimeProvider clock, ILogger<CertificateLoop> logger)
    : BackgroundService
{
    /// <summary>Time between two looks; small against <see cref="ServerCertificate.RenewBefore"/>.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromHours(12);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                certificate.Refresh();
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.Failed(logger, fault);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3002, LogLevel.Error, "The server certificate could not be looked after; the next attempt follows in half a day.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
