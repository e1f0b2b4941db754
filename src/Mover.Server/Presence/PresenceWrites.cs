using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Background;
using Mover.Server.Documents;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Presence;

/// <summary>What an instance writes of an agent that it hears.</summary>
internal sealed record PresenceUpdate(ResourceId Agent, PresenceRecord Record);

/// <summary>
/// The writes about agents. Each record is written on condition that it is as it was read, and a hold only together with its record: so
/// nobody writes Offline over a hold that has come meanwhile.
/// </summary>
internal sealed partial class PresenceWrites(
    DocumentStore documents, PresenceLease lease, PresenceTable table, Instance instance, TimeProvider clock,
    ILogger<PresenceWrites> logger)
{
    /// <summary>Agents of one commit: each is a record, a hold, and a condition on the agent.</summary>
    public const int Batch = 35;

    /// <summary>This instance in the keys of holds.</summary>
    public string Holder { get; } = instance.Holder;

    /// <summary>
    /// Writes records with their holds, <see cref="Batch"/> at most. Answers the lease that the holds are bound to. One whose agent is gone
    /// or being deleted is left out: what it said would belong to the next agent of its name.
    /// </summary>
    public async Task<long> SaveAsync(IReadOnlyList<PresenceUpdate> updates, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var id = await lease.GetAsync(cancel);
            try
            {
                if (await TrySaveAsync(updates, id, cancel))
                {
                    return id;
                }
            }
            catch (StateException lapsed) when (lapsed.Fault == StateFault.LeaseLapsed)
            {
                lease.Lose(id);
            }
        }
        while (await rounds.NextAsync(cancel));

        throw new StateException(
            StateFault.Contended, $"The status of '{updates[0].Agent}' kept changing for {Rounds.Bound.TotalSeconds} s.");
    }

    /// <summary>
    /// Lets go of an agent that has fallen silent here, and writes that it is Offline unless another instance holds it. False when it was
    /// heard meanwhile, here or elsewhere: look again.
    /// </summary>
    /// <param name="agent">The agent.</param>
    /// <param name="isSilent">Whether it still is, when it was read: a beat is heard before it is written.</param>
    /// <param name="cancel">Stops before the commit.</param>
    public async Task<bool> DropAsync(ResourceId agent, Func<bool> isSilent, CancellationToken cancel)
    {
        var (record, own) = (PresenceKeys.RecordOf(agent), PresenceKeys.HoldOf(agent, Holder));
        var others = table.Find(agent.Key)?.Holders.Where(holder => holder != Holder)
            .Select(holder => PresenceKeys.HoldOf(agent, holder)).Take(1).ToList() ?? [];
        var read = await documents.ReadAsync([agent, record, own, .. others], cancel);
        if (!isSilent())
        {
            return false;
        }

        var writes = new List<DocumentWrite>();
        if (read.Info(own) is { } held)
        {
            writes.Add(DocumentWrite.Delete(own, DocumentCondition.Unchanged(held)));
        }

        var changes = false;
        if (others.Count > 0)
        {
            // Whichever of two lets go last finds no other.
            writes.Add(DocumentWrite.Check(others[0], DocumentCondition.Exists));
        }
        else if (read.Info(agent) is { } there && read.Get(record, PresenceJson.Default.PresenceRecord) is { } kept
            && kept.Value.Status != AgentStatuses.Offline)
        {
            changes = true;
            writes.Add(Offline(kept));
            writes.Add(DocumentWrite.Check(agent, DocumentCondition.Unchanged(there)));
        }

        if (writes.Count == 0)
        {
            return true;
        }

        var commit = await documents.CommitAsync(writes, Stamp(routine: !changes), cancel);
        if (commit.Committed && changes)
        {
            Log.Changed(logger, agent, AgentStatuses.Offline);
        }

        return commit.Committed;
    }

    /// <summary>Writes that an agent is Offline that nobody hears, if its record is the one that was seen.</summary>
    public async Task LoseAsync(PresenceView lost, CancellationToken cancel)
    {
        if (!ResourceId.TryParse(lost.Record.Value.AgentId, out var agent))
        {
            return;
        }

        var there = await documents.GetInfoAsync(agent, cancel);
        var commit = there is null
            ? await documents.CommitAsync(
                [DocumentWrite.Delete(lost.Record.Key, DocumentCondition.Unchanged(lost.Record.Info))], Stamp(routine: true), cancel)
            : await documents.CommitAsync(
                [Offline(lost.Record), DocumentWrite.Check(agent, DocumentCondition.Unchanged(there))], Stamp(routine: false), cancel);
        if (commit.Committed && there is not null)
        {
            Log.Changed(logger, agent, AgentStatuses.Offline);
        }
    }

    private async Task<bool> TrySaveAsync(IReadOnlyList<PresenceUpdate> updates, long id, CancellationToken cancel)
    {
        var read = await documents.ReadAsync(
            [.. updates.SelectMany(update => new[]
            {
                DocumentKey.Of(update.Agent), PresenceKeys.RecordOf(update.Agent), PresenceKeys.HoldOf(update.Agent, Holder),
            })],
            cancel);
        var writes = new List<DocumentWrite>();
        var changed = new List<PresenceUpdate>();
        foreach (var update in updates)
        {
            var (agent, record) = (update.Agent, PresenceKeys.RecordOf(update.Agent));
            if (read.Get(agent, DocumentsJson.Default.AnyResource) is not { Value.IsDeleting: false } there)
            {
                continue;
            }

            var before = read.Get(record, PresenceJson.Default.PresenceRecord);
            var hold = PresenceKeys.HoldOf(agent, Holder);
            writes.Add(DocumentWrite.Check(agent, DocumentCondition.Unchanged(there.Info)));
            writes.Add(DocumentWrite.Put(
                record, update.Record, PresenceJson.Default.PresenceRecord, DocumentCondition.AsRead(before?.Info)));
            writes.Add(DocumentWrite.Put(
                hold, new(agent.Text, instance.Name), PresenceJson.Default.AgentHold, DocumentCondition.AsRead(read.Info(hold)), id));
            if (before?.Value.Status != update.Record.Status)
            {
                changed.Add(update);
            }
        }

        if (writes.Count == 0)
        {
            return true;
        }

        var commit = await documents.CommitAsync(writes, Stamp(routine: changed.Count == 0), cancel);
        foreach (var update in commit.Committed ? changed : [])
        {
            Log.Changed(logger, update.Agent, update.Record.Status);
        }

        return commit.Committed;
    }

    private static DocumentWrite Offline(Document<PresenceRecord> kept) => DocumentWrite.Put(
        kept.Key, kept.Value with { Status = AgentStatuses.Offline }, PresenceJson.Default.PresenceRecord,
        DocumentCondition.Unchanged(kept.Info));

    private WriteStamp Stamp(bool routine) =>
        new(Arm.Caller.Service.Name, Arm.Caller.Service.Type, clock.GetUtcNow(), Guid.NewGuid().ToString(), routine);

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Information, "Agent {AgentId} is now {Status}.")]
        public static partial void Changed(ILogger logger, ResourceId agentId, string status);
    }
}
