using Mover.Server.Background;

namespace Mover.Server.AgentChannel;

/// <summary>Keeps the lease of this instance's holds; lets go of it when the server stops, so that nobody waits for it to lapse.</summary>
internal sealed class PresenceLeaseLoop(PresenceLease lease, TimeProvider clock, ILogger<PresenceLeaseLoop> logger)
    : TirelessLoop(PresenceLease.TimeToLive / 4, clock, logger)
{
    /// <inheritdoc/>
    protected override Task WorkAsync(CancellationToken cancel) => lease.KeepAsync(cancel);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await lease.RevokeAsync(cancellationToken);
    }
}
