using Mover.Server.Background;

namespace Mover.Server.Scheduling;

/// <summary>Looks for runs whose agent is lost, every few seconds.</summary>
internal sealed class LostRunLoop(LostRuns lost, TimeProvider clock, ILogger<LostRunLoop> logger)
    : TirelessLoop(LostRuns.SweepInterval, clock, logger)
{
    /// <inheritdoc/>
    protected override Task WorkAsync(CancellationToken cancel) => lost.SweepAsync(cancel);
}
