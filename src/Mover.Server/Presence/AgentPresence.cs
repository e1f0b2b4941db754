using System.Collections.Concurrent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Background;
using Mover.State;

namespace Mover.Server.Presence;

/// <summary>
/// How the agents are. A beat is kept by the instance that hears it, which holds the agent under its lease; the store gets the first beat,
/// changes of status, and a refresh at most once a minute, many agents in one commit. Silence is measured on the monotonic clock of whoever
/// hears the agent, and the death of that instance by its lease. Thread-safe.
/// </summary>
internal sealed partial class AgentPresence(
    PresenceWrites writes, PresenceTable table, PresenceLease lease, Instance instance, TimeProvider clock, ILogger<AgentPresence> logger)
{
    /// <summary>The longest time between two writes of an agent that beats.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Heard> _heard = new(StringComparer.Ordinal);

    /// <summary>Hears a beat; writes it when it is the first here or changes the status.</summary>
    public async Task HearAsync(ResourceId agent, AgentTelemetry telemetry, CancellationToken cancel)
    {
        var status = telemetry.Condition.ToString();
        var before = _heard.GetValueOrDefault(agent.Key);
        var heard = new Heard(
            agent, telemetry, status, clock.GetUtcNow(), clock.GetTimestamp(), before?.WrittenStatus, before?.WrittenTick ?? 0,
            before?.Lease ?? 0);
        _heard[agent.Key] = heard;
        if (before is null || IsSilent(before) || before.WrittenStatus != status)
        {
            await SaveAsync([heard], cancel);
        }
    }

    /// <summary>The agent's properties with what is known of it now; what a person wrote stays as it is.</summary>
    public async Task<MoverAgentProperties> ShowAsync(ResourceId agent, MoverAgentProperties stored, CancellationToken cancel)
    {
        var heard = _heard.GetValueOrDefault(agent.Key);
        if (heard is null)
        {
            await table.LoadedAsync(cancel);
        }

        var kept = table.Find(agent.Key);
        if (heard is not null && (kept is null || IsNewest(heard, kept)))
        {
            return Show(stored, heard.Telemetry, heard.Status, heard.At, IsSilent(heard));
        }

        if (kept is null)
        {
            return stored with { AgentStatus = StatusOf(stored, stored.AgentStatus ?? AgentStatuses.Offline) };
        }

        // Silent here, and not yet let go of: only another instance that holds it can know better.
        var isSilent = heard is not null && IsSilent(heard) && kept.Holders.All(holder => holder == writes.Holder);
        var record = kept.Record.Value;
        return Show(stored, record.Telemetry, record.Status, record.HeardAt, isSilent || kept.IsLost);
    }

    /// <summary>
    /// Lets go of the agents that have fallen silent, and writes what is due of the others: a refresh, or everything after the lease was
    /// lost. What fails is tried again the next time, and holds up no other.
    /// </summary>
    public async Task TendAsync(CancellationToken cancel)
    {
        var due = new List<Heard>();
        foreach (var (key, heard) in _heard)
        {
            if (IsSilent(heard))
            {
                await TryAsync(heard, () => DropAsync(key, heard, cancel), cancel);
            }
            else if (heard.Lease != lease.Current || clock.GetElapsedTime(heard.WrittenTick) >= RefreshInterval)
            {
                due.Add(heard);
            }
        }

        foreach (var batch in due.Chunk(PresenceWrites.Batch))
        {
            if (!await TryAsync(batch[0], () => SaveAsync(batch, cancel), cancel))
            {
                foreach (var one in batch)
                {
                    await TryAsync(one, () => SaveAsync([one], cancel), cancel);
                }
            }
        }
    }

    /// <summary>An agent was deleted.</summary>
    public void Forget(string agent) => _heard.TryRemove(agent, out _);

    private async Task SaveAsync(IReadOnlyList<Heard> all, CancellationToken cancel)
    {
        var tick = clock.GetTimestamp();
        var id = await writes.SaveAsync(
            [.. all.Select(heard => new PresenceUpdate(
                heard.Agent, new(heard.Agent.Text, heard.Status, heard.At, instance.Name, heard.Telemetry)))],
            cancel);
        foreach (var written in all)
        {
            // Beats that came in between stay.
            while (_heard.TryGetValue(written.Agent.Key, out var heard)
                && !_heard.TryUpdate(
                    written.Agent.Key, heard with { WrittenStatus = written.Status, WrittenTick = tick, Lease = id }, heard))
            {
            }
        }
    }

    private async Task DropAsync(string key, Heard silent, CancellationToken cancel)
    {
        if (await writes.DropAsync(silent.Agent, () => _heard.TryGetValue(key, out var heard) && heard == silent, cancel))
        {
            _heard.TryRemove(new(key, silent));
        }
    }

    private async Task<bool> TryAsync(Heard heard, Func<Task> act, CancellationToken cancel)
    {
        try
        {
            await act();
            return true;
        }
        catch (StateException fault) when (!cancel.IsCancellationRequested)
        {
            Log.NotWritten(logger, fault, heard.Agent);
            return false;
        }
    }

    private static MoverAgentProperties Show(
        MoverAgentProperties stored, AgentTelemetry telemetry, string status, DateTimeOffset heardAt, bool isSilent) => stored with
    {
        AgentVersion = telemetry.AgentVersion,
        AgentStatus = StatusOf(stored, isSilent ? AgentStatuses.Offline : status),
        LastStatusUpdate = heardAt,
        LocalIPAddress = telemetry.LocalIpAddress,
        MemoryInMB = telemetry.MemoryInMB,
        NumberOfCores = telemetry.NumberOfCores,
        UptimeInSeconds = telemetry.UptimeInSeconds,
        TimeZone = WindowsTimeZones.NameOf(telemetry.TimeZone),
        ErrorDetails = telemetry.Problem is { } problem ? new(problem.Code, Printed(problem.Message)) : null,
    };

    // People read it in a terminal, and an agent can say anything.
    private static string Printed(string told) => PrintedText.Of(told.ReplaceLineEndings(" "), AgentChannelLimits.MessageCharsMax);

    // An agent that moved is known better where it is now.
    private bool IsNewest(Heard heard, PresenceView kept) =>
        !IsSilent(heard) && (kept.Record.Value.Instance == instance.Name || kept.SeenAt <= heard.Tick);

    private bool IsSilent(Heard heard) => clock.GetElapsedTime(heard.Tick) > AgentChannelLimits.OfflineAfter;

    private static string StatusOf(MoverAgentProperties stored, string status) =>
        stored.ProvisioningState == ProvisioningStates.Deleting ? AgentStatuses.Unregistering : status;

    private static partial class Log
    {
        [LoggerMessage(4002, LogLevel.Warning, "Cannot save the status of agent {AgentId}; retrying.")]
        public static partial void NotWritten(ILogger logger, StateException fault, ResourceId agentId);
    }

    /// <summary>An agent that this instance hears: its last beat, and what of it is in the store under which lease.</summary>
    private sealed record Heard(
        ResourceId Agent, AgentTelemetry Telemetry, string Status, DateTimeOffset At, long Tick, string? WrittenStatus, long WrittenTick,
        long Lease);
}
