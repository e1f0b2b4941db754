using System.Text.Json;
using System.Text.Json.Serialization;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>
/// The last rehearsal of a loss in which everything held; <c>region/drill</c> in the standby's own store. It is not mirrored.
/// </summary>
/// <param name="At">When it ended, on the standby's clock.</param>
/// <param name="SecondsToServing">From the order to take over to the first write that was taken.</param>
/// <param name="AgeSeconds">How old the copy was: what a loss would have lost then.</param>
/// <param name="By">Who asked for it.</param>
internal sealed record DrillRecord(DateTimeOffset At, double SecondsToServing, double AgeSeconds, string By)
{
    private const string Key = RegionKeys.Prefix + "drill";

    /// <summary>The last one of this region; null when there was none, or it cannot be read: then one is due.</summary>
    public static async Task<DrillRecord?> ReadAsync(IStateStore store, CancellationToken cancel)
    {
        try
        {
            return await store.GetAsync(Key, cancel) is { } entry
                ? JsonSerializer.Deserialize(entry.Value.Span, DrillJson.Default.DrillRecord)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps it in the place of the one before.</summary>
    public async Task SaveAsync(IStateStore store, CancellationToken cancel) =>
        await store.CommitAsync([], [new(Key, JsonSerializer.SerializeToUtf8Bytes(this, DrillJson.Default.DrillRecord))], cancel);

    /// <summary>Its property of a status; none for null.</summary>
    public static void Write(Utf8JsonWriter json, DrillRecord? drill)
    {
        if (drill is not null)
        {
            json.WritePropertyName("lastDrill");
            JsonSerializer.Serialize(json, drill, DrillJson.Default.DrillRecord);
        }
    }
}

/// <summary>One step of a drill.</summary>
/// <param name="Name">What was done or looked at.</param>
/// <param name="Held">Whether it is as it should be.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Detail">What it found.</param>
internal sealed record DrillStep(string Name, bool Held, double Seconds, string Detail);

/// <summary>What a drill found.</summary>
/// <param name="Region">The standby that it was in.</param>
/// <param name="Lost">The region whose loss was rehearsed.</param>
/// <param name="IsGood">Whether every check held.</param>
/// <param name="AgeSeconds">How old the copy was.</param>
/// <param name="SecondsToServing">From the order to take over to the first write that was taken; null when it did not come to that.</param>
/// <param name="Steps">The steps, in order.</param>
internal sealed record DrillResult(
    string Region, string Lost, bool IsGood, double AgeSeconds, double? SecondsToServing, IReadOnlyList<DrillStep> Steps);

/// <summary>JSON of drills.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(DrillRecord))]
[JsonSerializable(typeof(DrillResult))]
internal sealed partial class DrillJson : JsonSerializerContext;
