using System.Collections.Concurrent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Background;
using Mover.Server.Documents;
using Mover.Server.Scheduling;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>
/// How the agents are. A beat is kept by the instance that hears it; the store gets changes of status, and a refresh at most once a minute.
/// Thread-safe.
/// </summary>
internal sealed partial class AgentPresence(
    DocumentStore documents, ArmReads reads, Instance instance, TimeProvider clock, ILogger<AgentPresence> logger)
{
    /// <summary>The longest time between two writes of an agent that beats.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(1);

    // What another instance has written may be a refresh old, and then silent for as long as an agent may be.
    private static readonly TimeSpan StaleAfter = RefreshInterval + AgentChannelLimits.OfflineAfter;
    private static readonly DocumentKey Place = DocumentKey.Internal("presence");
    private readonly ConcurrentDictionary<string, Heard> _heard = new(StringComparer.Ordinal);

    /// <summary>Hears a beat; writes it when it changes the status, is the first here, or a refresh is due.</summary>
    public async Task HearAsync(ResourceId agent, AgentTelemetry telemetry, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var status = telemetry.Condition.ToString();
        _heard.TryGetValue(agent.Key, out var before);
        var tick = clock.GetTimestamp();
        var isDue = before is null || before.Status != status || clock.GetElapsedTime(before.WrittenTick, tick) >= RefreshInterval;
        _heard[agent.Key] = new(agent, telemetry, status, now, tick, isDue ? tick : before?.WrittenTick ?? tick);
        if (isDue)
        {
            await WriteAsync(agent, new(agent.Text, status, now, instance.Name, telemetry), cancel);
        }
    }

    /// <summary>The agent's properties with what is known of it now; what a person wrote stays as it is.</summary>
    public async Task<MoverAgentProperties> ShowAsync(ResourceId agent, MoverAgentProperties stored, CancellationToken cancel)
    {
        if (_heard.TryGetValue(agent.Key, out var heard))
        {
            return Show(stored, heard.Telemetry, heard.Status, heard.At, IsSilent(heard));
        }

        var kept = await documents.GetAsync(KeyOf(agent), SchedulingJson.Default.PresenceRecord, cancel);
        return kept is null
            ? stored with { AgentStatus = StatusOf(stored, stored.AgentStatus ?? AgentStatuses.Offline) }
            : Show(stored, kept.Value.Telemetry, kept.Value.Status, kept.Value.HeardAt, IsStale(kept.Value.HeardAt));
    }

    /// <summary>
    /// Marks the agents that have fallen silent, each by itself: a record that cannot be read or written holds up no other.
    /// </summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await foreach (var entry in documents.ListBelowAsync(Place, cancel))
        {
            try
            {
                await SweepAsync(DocumentStore.Open(entry, SchedulingJson.Default.PresenceRecord), now, cancel);
            }
            catch (Exception fault) when (!cancel.IsCancellationRequested)
            {
                Log.NotSwept(logger, fault, entry.Key);
            }
        }
    }

    private async Task SweepAsync(Document<PresenceRecord> kept, DateTimeOffset now, CancellationToken cancel)
    {
        if (!ResourceId.TryParse(kept.Value.AgentId, out var agent))
        {
            return;
        }

        if (await documents.GetInfoAsync(agent, cancel) is null)
        {
            _heard.TryRemove(agent.Key, out _);
            await documents.DeleteAsync(kept.Key, default, Stamp(now, routine: true), cancel);
            return;
        }

        _heard.TryGetValue(agent.Key, out var heard);
        if (heard is not null && kept.Value.Instance != instance.Name && kept.Value.HeardAt > heard.At)
        {
            // It beats at another instance by now.
            _heard.TryRemove(new(agent.Key, heard));
            heard = null;
        }
        else if (heard is not null && kept.Value.Instance != instance.Name && !IsSilent(heard))
        {
            // It beats here again: the other one is told before it takes the agent for silent.
            await WriteAsync(agent, new(agent.Text, heard.Status, heard.At, instance.Name, heard.Telemetry), cancel);
            return;
        }

        var silent = heard is null ? IsStale(kept.Value.HeardAt) : IsSilent(heard);
        if (silent && kept.Value.Status != AgentStatuses.Offline)
        {
            await WriteAsync(agent, kept.Value with { Status = AgentStatuses.Offline }, cancel);
            if (heard is not null)
            {
                // The next beat is the first again and is written.
                _heard.TryRemove(new(agent.Key, heard));
            }
        }
    }

    private async Task WriteAsync(ResourceId agent, PresenceRecord record, CancellationToken cancel)
    {
        var before = await documents.GetAsync(KeyOf(agent), SchedulingJson.Default.PresenceRecord, cancel);
        var changes = before?.Value.Status != record.Status;

        // One that is being deleted says nothing more: what it said would belong to the next agent of its name.
        var commit = (await reads.AliveAsync(agent, cancel)).Try(out var isAlive, out _)
            ? await documents.CommitAsync(
                [DocumentWrite.Put(KeyOf(agent), record, SchedulingJson.Default.PresenceRecord), isAlive],
                Stamp(clock.GetUtcNow(), routine: !changes),
                cancel)
            : null;
        if (commit is { Committed: true } && changes)
        {
            Log.Changed(logger, agent, record.Status);
        }
    }

    private static WriteStamp Stamp(DateTimeOffset now, bool routine) =>
        new(Arm.Caller.Service.Name, Arm.Caller.Service.Type, now, Guid.NewGuid().ToString(), routine);

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

    private bool IsSilent(Heard heard) => clock.GetElapsedTime(heard.Tick) > AgentChannelLimits.OfflineAfter;

    // What is stored has only a wall clock's time; one in the future is of a clock that ran ahead, and says nothing.
    private bool IsStale(DateTimeOffset heardAt) => (clock.GetUtcNow() - heardAt).Duration() > StaleAfter;

    private static string StatusOf(MoverAgentProperties stored, string status) =>
        stored.ProvisioningState == ProvisioningStates.Deleting ? AgentStatuses.Unregistering : status;

    private static DocumentKey KeyOf(ResourceId agent) => DocumentKey.Internal(["presence", .. RunClaim.Parts(agent)]);

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Information, "Agent {AgentId} is now {Status}.")]
        public static partial void Changed(ILogger logger, ResourceId agentId, string status);

        [LoggerMessage(4002, LogLevel.Warning, "The presence record {Record} could not be looked at; it is tried again.")]
        public static partial void NotSwept(ILogger logger, Exception fault, string record);
    }

    private sealed record Heard(
        ResourceId Agent, AgentTelemetry Telemetry, string Status, DateTimeOffset At, long Tick, long WrittenTick);
}
