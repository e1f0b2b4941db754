using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Mover.Recovery.Assess;
using Mover.Recovery.Drill;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery;

/// <summary>The JSON files of a recovery: indented, line feeds, members in the order of their records, nothing that is null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(SnapshotManifest))]
[JsonSerializable(typeof(RecoveryPlan))]
[JsonSerializable(typeof(AccountAssessment))]
[JsonSerializable(typeof(SnapshotSignature))]
[JsonSerializable(typeof(SnapshotCheck))]
[JsonSerializable(typeof(DrillHistory))]
public sealed partial class RecoveryJson : JsonSerializerContext
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The bytes of a file: UTF-8, two spaces a level, a line feed at the end.</summary>
    public static byte[] ToBytes(JsonNode node)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Indented))
        {
            node.WriteTo(writer);
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }
}
