using Mover.Server.Background;
using Mover.Server.Presence;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>Writes that agents are Offline whose instance is gone and that were not heard elsewhere.</summary>
internal sealed partial class LostAgentLoop(
    PresenceTable table, PresenceWrites writes, IStateStore store, DocumentStore documents, LoopShares shares, TimeProvider clock,
    ILogger<LostAgentLoop> logger)
    : OwnedLoop(LoopNames.LostAgents, store, documents, shares, clock, logger)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task OwnAsync(CancellationToken cancel)
    {
        while (true)
        {
            foreach (var lost in table.Lost())
            {
                await LoseAsync(lost, cancel);
            }

            await Task.Delay(LookInterval, Clock, cancel);
        }
    }

    // One that cannot be written holds up no other.
    private async Task LoseAsync(PresenceView lost, CancellationToken cancel)
    {
        try
        {
            await writes.LoseAsync(lost, cancel);
        }
        catch (StateException fault) when (!cancel.IsCancellationRequested)
        {
            Log.NotWritten(logger, fault, lost.Record.Value.AgentId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4004, LogLevel.Warning, "Cannot save that agent {AgentId} is Offline; retrying.")]
        public static partial void NotWritten(ILogger logger, StateException fault, string agentId);
    }
}
