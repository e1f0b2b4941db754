using Mover.Server.Background;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>Looks for runs whose agent is lost, every few seconds.</summary>
internal sealed class LostRunLoop(
    LostRuns lost, IStateStore store, DocumentStore documents, LoopShares shares, TimeProvider clock, ILogger<LostRunLoop> logger)
    : OwnedLoop(LoopNames.LostRuns, store, documents, shares, clock, logger)
{
    /// <inheritdoc/>
    protected override async Task OwnAsync(CancellationToken cancel)
    {
        while (true)
        {
            await lost.SweepAsync(cancel);
            await Task.Delay(LostRuns.SweepInterval, Clock, cancel);
        }
    }
}
