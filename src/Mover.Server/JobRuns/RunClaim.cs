using System.Text.Json.Serialization;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Server.Background;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

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
    public static DocumentKey PlaceOf(ResourceId agent) => DocumentKey.Internal([Area, .. MirroredArea.PartsOf(agent)]);

    /// <summary>The key of one claim.</summary>
    public static DocumentKey KeyOf(ResourceId agent, ResourceId run) =>
        DocumentKey.Internal([Area, .. MirroredArea.PartsOf(agent), run.Name]);

    /// <summary>The key that is there while the run's owner gives signs of life.</summary>
    public static DocumentKey LeaseKeyOf(ResourceId run) => DocumentKey.Internal([LeaseArea, .. MirroredArea.PartsOf(run)]);
}

/// <summary>The value of a lease key.</summary>
internal sealed record RunLease(string RunId, long Epoch);

/// <summary>The state of a run's copy log.</summary>
internal sealed record CopyLogHead(
    string Journal, long NextIndex, int Chunks, int LastChunkBytes, long Entries, bool Truncated, long Bytes);

/// <summary>A part of a run's copy log.</summary>
internal sealed record CopyLogChunk(IReadOnlyList<CopyLogEntry> Entries);

/// <summary>JSON of what is kept of runs that are owned.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunClaim))]
[JsonSerializable(typeof(RunLease))]
[JsonSerializable(typeof(CopyLogHead))]
[JsonSerializable(typeof(CopyLogChunk))]
[JsonSerializable(typeof(ActiveRun))]
[JsonSerializable(typeof(StartMark))]
internal sealed partial class RunsJson : JsonSerializerContext;
