using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mover.Server.Tls;

/// <summary>
/// Looks at the server certificate every minute and has it renewed in time, also when a clock that was set has made it invalid. A failure
/// is logged and tried again.
/// </summary>
internal sealed partial class CertificateLoop(ServerCertificate certificate, TimeProvider clock, ILogger<CertificateLoop> logger)
    : BackgroundService
{
    /// <summary>Time between two looks: how long a certificate may be served that does not hold.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

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
        [LoggerMessage(3002, LogLevel.Error, "The server certificate could not be looked after; it is tried again in a minute.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
