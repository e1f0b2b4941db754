using Mover.Server.Background;
using Mover.State;

namespace Mover.Server.Presence;

/// <summary>Keeps the lease of this instance's holds; lets go of it when the server stops, so that nobody waits for it to lapse.</summary>
internal sealed partial class PresenceLeaseLoop(PresenceLease lease, TimeProvider clock, ILogger<PresenceLeaseLoop> logger)
    : TirelessLoop(PresenceLease.TimeToLive / 4, clock, logger)
{
    /// <inheritdoc/>
    protected override Task WorkAsync(CancellationToken cancel) => lease.KeepAsync(cancel);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await lease.RevokeAsync(cancellationToken);
        }
        catch (StateException fault)
        {
            // A server stops whether its store answers or not.
            Log.Lapses(Logger, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4009, LogLevel.Warning, "Cannot release the lease for this instance's agents; it will expire.")]
        public static partial void Lapses(ILogger logger, StateException fault);
    }
}
