using Mover.Server.Background;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Presence;

/// <summary>Follows what the store says of the agents, and tends those that this instance hears, every few seconds.</summary>
internal sealed partial class PresenceLoop(
    IStateStore store, PresenceTable table, AgentPresence presence, TimeProvider clock, ILogger<PresenceLoop> logger)
    : TirelessLoop(TimeSpan.FromSeconds(1), clock, logger)
{
    private const string Records = PresenceKeys.Records + "/";
    private static readonly string Holds = PresenceKeys.HeardArea.Name + "/";
    private static readonly TimeSpan TendInterval = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken cancel)
    {
        // What changes while the pages are read is seen again by the watches from the first pages' revisions.
        var (holds, heldFrom) = await ListAsync(Holds, keysOnly: true, cancel);
        var (records, recordsFrom) = await ListAsync(Records, keysOnly: false, cancel);
        table.Replace([.. records.Select(Open).OfType<Document<PresenceRecord>>()], [.. holds.Select(hold => hold.Key)]);
        await Together.UntilOneEndsAsync(
            cancel, stop => WatchAsync(Holds, heldFrom, stop), stop => WatchAsync(Records, recordsFrom, stop), TendAsync);
    }

    private async Task<(List<StateEntry> Entries, long Revision)> ListAsync(string prefix, bool keysOnly, CancellationToken cancel)
    {
        var entries = new List<StateEntry>();
        long? revision = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(
                prefix, entries.Count > 0 ? entries[^1].Key : null, StateLimits.PageEntriesMax, keysOnly, cancel);
            revision ??= page.Revision;
            entries.AddRange(page.Entries);
        }
        while (page.HasMore);
        return (entries, revision ?? 0);
    }

    private async Task WatchAsync(string prefix, long revision, CancellationToken cancel)
    {
        await foreach (var seen in store.WatchAsync(prefix, revision, cancel))
        {
            foreach (var change in seen.Changes)
            {
                Take(change);
            }
        }
    }

    private void Take(StateChange change)
    {
        if (change.Key.StartsWith(Records, StringComparison.Ordinal))
        {
            var record = change.Entry is { } entry ? Open(entry) : null;
            var agent = PresenceKeys.AgentOfRecord(change.Key);
            table.SetRecord(agent, record);
            if (change.Entry is null)
            {
                presence.Forget(agent);
            }
        }
        else
        {
            var (agent, holder) = PresenceKeys.ReadHold(change.Key);
            table.SetHold(agent, holder, change.Entry is not null);
        }
    }

    private async Task TendAsync(CancellationToken cancel)
    {
        while (true)
        {
            await presence.TendAsync(cancel);
            await Task.Delay(TendInterval, Clock, cancel);
        }
    }

    private Document<PresenceRecord>? Open(StateEntry entry) =>
        DocumentStore.OpenWhole(entry, PresenceJson.Default.PresenceRecord, fault => Log.Passed(logger, fault.Message));

    private static partial class Log
    {
        [LoggerMessage(4003, LogLevel.Error, "Ignored a damaged agent status until the agent's next heartbeat. {Damage}")]
        public static partial void Passed(ILogger logger, string damage);
    }
}
