using Mover.Core.AgentProtocol;
using Mover.Core.Resources;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Presence;

/// <summary>What the store says of one agent.</summary>
/// <param name="Record">The agent's record.</param>
/// <param name="SeenAt">When this instance saw it, on the monotonic clock.</param>
/// <param name="Holders">The instances that hear the agent.</param>
/// <param name="IsLost">Nobody has heard it for so long that it is Offline.</param>
internal sealed record PresenceView(Document<PresenceRecord> Record, long SeenAt, IReadOnlyList<string> Holders, bool IsLost);

/// <summary>
/// The agents' records and holds as the store has them, followed by <see cref="PresenceLoop"/>: whoever asks for an agent reads nothing.
/// Thread-safe.
/// </summary>
internal sealed class PresenceTable(TimeProvider clock)
{
    /// <summary>The longest wait for the first reading.</summary>
    private static readonly TimeSpan LoadMax = TimeSpan.FromSeconds(5);

    /// <summary>The age of a record whose agent is not lost: a refresh, and the time that an agent may be silent.</summary>
    private static readonly TimeSpan RecordMax = AgentPresence.RefreshInterval + AgentChannelLimits.OfflineAfter;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits until the table was filled once.</summary>
    public async Task LoadedAsync(CancellationToken cancel)
    {
        try
        {
            await _loaded.Task.WaitAsync(LoadMax, clock, cancel);
        }
        catch (TimeoutException late)
        {
            throw new StateException(StateFault.Unavailable, "The status of the agents has not been read yet. Retry later.", late);
        }
    }

    /// <summary>Takes everything anew. What was held and is not has been let go of in between.</summary>
    public void Replace(IReadOnlyList<Document<PresenceRecord>> records, IReadOnlyList<string> holds)
    {
        lock (_gate)
        {
            var kept = records.ToDictionary(record => PresenceKeys.AgentOfRecord(record.Key.Stored), StringComparer.Ordinal);
            var held = holds.Select(PresenceKeys.ReadHold).ToLookup(hold => hold.Agent, hold => hold.Holder, StringComparer.Ordinal);
            foreach (var gone in _known.Keys.Where(agent => !kept.ContainsKey(agent) && !held.Contains(agent)).ToList())
            {
                _known.Remove(gone);
            }

            foreach (var agent in kept.Keys.Concat(held.Select(hold => hold.Key)).ToHashSet(StringComparer.Ordinal))
            {
                var known = Of(agent);
                Set(known, kept.GetValueOrDefault(agent));
                Hold(known, held[agent]);
            }
        }

        _loaded.TrySetResult();
    }

    /// <summary>An agent's record was written, or deleted with its agent.</summary>
    public void SetRecord(string agent, Document<PresenceRecord>? record)
    {
        lock (_gate)
        {
            Set(Of(agent), record);
            Tidy(agent);
        }
    }

    /// <summary>An instance holds an agent, or no longer.</summary>
    public void SetHold(string agent, string holder, bool isHeld)
    {
        lock (_gate)
        {
            var known = Of(agent);
            Hold(known, isHeld ? [.. known.Holders, holder] : known.Holders.Where(one => one != holder));
            Tidy(agent);
        }
    }

    /// <summary>What is known of an agent; null for nothing.</summary>
    public PresenceView? Find(string agent)
    {
        lock (_gate)
        {
            return _known.TryGetValue(agent, out var known) ? View(known) : null;
        }
    }

    /// <summary>The agents that nobody hears any more and whose records do not say so.</summary>
    public IReadOnlyList<PresenceView> Lost()
    {
        lock (_gate)
        {
            return [.. _known.Values.Select(View).OfType<PresenceView>()
                .Where(view => view.IsLost && view.Record.Value.Status != AgentStatuses.Offline)];
        }
    }

    private PresenceView? View(Known known) =>
        known.Record is { } record ? new(record, known.SeenAt, [.. known.Holders], IsLost(known, record.Value)) : null;

    // Held or not is told by the store, and for how long by this instance's monotonic clock. Only of an agent that was not held when this
    // instance began to look does its record say how long ago that was; a time in the future is of a clock that ran ahead.
    private bool IsLost(Known known, PresenceRecord record) => known.UnheldSince is { } since
        && (clock.GetElapsedTime(since) > PresenceLease.Grace
            || (!known.WasHeld && (clock.GetUtcNow() - record.HeardAt).Duration() > RecordMax));

    private void Set(Known known, Document<PresenceRecord>? record)
    {
        if (record is null || known.Record?.Info.Revision != record.Info.Revision)
        {
            known.SeenAt = clock.GetTimestamp();
        }

        known.Record = record;
    }

    private void Hold(Known known, IEnumerable<string> holders)
    {
        known.Holders = [.. holders.Distinct(StringComparer.Ordinal)];
        known.WasHeld |= known.Holders.Count > 0;
        known.UnheldSince = known.Holders.Count > 0 ? null : known.UnheldSince ?? clock.GetTimestamp();
    }

    private Known Of(string agent)
    {
        if (!_known.TryGetValue(agent, out var known))
        {
            _known[agent] = known = new() { UnheldSince = clock.GetTimestamp() };
        }

        return known;
    }

    private void Tidy(string agent)
    {
        if (_known.TryGetValue(agent, out var known) && known is { Record: null, Holders.Count: 0 })
        {
            _known.Remove(agent);
        }
    }

    private sealed class Known
    {
        public Document<PresenceRecord>? Record { get; set; }

        public long SeenAt { get; set; }

        public IReadOnlyList<string> Holders { get; set; } = [];

        public bool WasHeld { get; set; }

        public long? UnheldSince { get; set; }
    }
}
