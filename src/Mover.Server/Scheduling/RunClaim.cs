using System.Text.Json.Serialization;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.State.Documents;

namespace Mover.Server.Scheduling;

/// <summary>Who works on a run: kept from the first claim to the run's end, under the run's agent.</summary>
/// <param name="RunId">The run's ARM id.</param>
/// <param name="Epoch">Grows with every claim.</param>
/// <param name="Sequence">The number of the last report that is stored.</param>
/// <param name="Instance">The process that claimed it.</param>
/// <param name="LeaseId">The lease that the run's lease key is bound to.</param>
/// <param name="ClaimedAt">When it was claimed.</param>
internal sealed record RunClaim(string RunId, long Epoch, long Sequence, string Instance, long LeaseId, DateTimeOffset ClaimedAt)
{
    /// <summary>How far a mirror's deletions are, as the last report said.</summary>
    public DeletionProgress? Deletions { get; init; }

    /// <summary>The large files that are on their way, as the last report said.</summary>
    public FilesInFlight? InFlight { get; init; }

    /// <summary>The area that claims are kept in.</summary>
    public const string Area = "claim";

    /// <summary>The area of the lease keys.</summary>
    public const string LeaseArea = "lease";

    /// <summary>The place of an agent's claims.</summary>
    public static DocumentKey PlaceOf(ResourceId agent) => DocumentKey.Internal([Area, .. Parts(agent)]);

    /// <summary>The key of one claim.</summary>
    public static DocumentKey KeyOf(ResourceId agent, ResourceId run) => DocumentKey.Internal([Area, .. Parts(agent), run.Name]);

    /// <summary>The key that is there while the run's owner gives signs of life.</summary>
    public static DocumentKey LeaseKeyOf(ResourceId run) => DocumentKey.Internal([LeaseArea, .. Parts(run)]);

    /// <summary>An id as the parts of a key.</summary>
    public static string[] Parts(ResourceId id) => id.Key.Split('/', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The value of a lease key.</summary>
internal sealed record RunLease(string RunId, long Epoch);

/// <summary>What is known of an agent: kept beside the resource, so that beats change neither its ETag nor its stamps.</summary>
/// <param name="Status">One of <c>AgentStatuses</c>.</param>
/// <param name="HeardAt">The last beat that was written.</param>
/// <param name="Instance">The server that heard it.</param>
/// <param name="Telemetry">What the agent said of itself.</param>
internal sealed record PresenceRecord(string AgentId, string Status, DateTimeOffset HeardAt, string Instance, AgentTelemetry Telemetry);

/// <summary>
/// There while an instance hears an agent, bound to that instance's lease: when the instance dies, so do its holds. Written only with the
/// agent's <see cref="PresenceRecord"/>, so that whoever relies on that being unchanged relies on no hold having come.
/// </summary>
/// <param name="AgentId">The agent's ARM id.</param>
/// <param name="Instance">The instance.</param>
internal sealed record AgentHold(string AgentId, string Instance);

/// <summary>The state of a run's copy log.</summary>
internal sealed record CopyLogHead(
    string Journal, long NextIndex, int Chunks, int LastChunkBytes, long Entries, bool Truncated, long Bytes);

/// <summary>A part of a run's copy log.</summary>
internal sealed record CopyLogChunk(IReadOnlyList<CopyLogEntry> Entries);

/// <summary>The JSON of what the channel keeps in the store.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
        UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunClaim))]
[JsonSerializable(typeof(RunLease))]
[JsonSerializable(typeof(PresenceRecord))]
[JsonSerializable(typeof(AgentHold))]
[JsonSerializable(typeof(CopyLogHead))]
[JsonSerializable(typeof(CopyLogChunk))]
[JsonSerializable(typeof(ScheduleMark))]
[JsonSerializable(typeof(ScheduledJob))]
[JsonSerializable(typeof(JobIndexVersion))]
internal sealed partial class SchedulingJson : JsonSerializerContext;
