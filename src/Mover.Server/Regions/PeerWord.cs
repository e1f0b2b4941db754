using System.Text.Json.Serialization;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>What a server of one region tells a server of the other: <c>GET /region/word</c>.</summary>
/// <param name="Region">Its region.</param>
/// <param name="Geography">The geography of that.</param>
/// <param name="StoreId">The name of its store.</param>
/// <param name="Role">Its role, as its store has it.</param>
/// <param name="Addresses">Where the servers of its region are reached.</param>
/// <param name="CopyProblem">Why it copies nothing, when it should and knows; null otherwise.</param>
internal sealed record PeerWord(
    string Region, string Geography, string StoreId, RegionRole Role, IReadOnlyList<string> Addresses, string? CopyProblem)
{
    /// <summary>The witness that lets it serve, when it serves; null for none.</summary>
    public string? WitnessId { get; init; }

    /// <summary>The last rehearsal there in which everything held; null for none.</summary>
    public DrillRecord? LastDrill { get; init; }
}

/// <summary>Asks a standby not to take over, from when it answers for so long: whoever serves cannot ask the witness.</summary>
/// <param name="Epoch">The epoch in which the other region serves.</param>
/// <param name="StoreId">The name of its store.</param>
/// <param name="LeaseSeconds">How long.</param>
internal sealed record PromiseRequest(long Epoch, string StoreId, double LeaseSeconds);

/// <summary>Tells a region that was drained that its pair takes nothing over: it may serve again at once.</summary>
/// <param name="Epoch">The epoch that it was drained in.</param>
/// <param name="Since">Since when it is, as it said: nobody has drained it again.</param>
internal sealed record ResumeRequest(long Epoch, DateTimeOffset Since);

/// <summary>Asks a region to take no more writes, so that the other can take over.</summary>
/// <param name="Epoch">The epoch that it is believed to serve in.</param>
internal sealed record DrainRequest(long Epoch);

/// <summary>JSON between regions.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(PeerWord))]
[JsonSerializable(typeof(DrainRequest))]
[JsonSerializable(typeof(PromiseRequest))]
[JsonSerializable(typeof(ResumeRequest))]
[JsonSerializable(typeof(ServingRecord))]
[JsonSerializable(typeof(CopiedUpTo))]
internal sealed partial class PeerJson : JsonSerializerContext;
