using Mover.Server.Background;

namespace Mover.Server.AgentChannel;

/// <summary>Notices agents that have fallen silent, every few seconds.</summary>
internal sealed class PresenceLoop(AgentPresence presence, TimeProvider clock, ILogger<PresenceLoop> logger)
    : TirelessLoop(TimeSpan.FromSeconds(5), clock, logger)
{
    /// <inheritdoc/>
    protected override Task WorkAsync(CancellationToken cancel) => presence.SweepAsync(cancel);
}
