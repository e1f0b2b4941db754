using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mover.Core.Resources;

public sealed partial class MoverJson
{
    /// <summary>The deepest nesting that is read; deeper bodies are refused.</summary>
    public const int DepthMax = 32;

    /// <summary>The context as the wire wants it.</summary>
    public static MoverJson Wire { get; } = new(Configure(new JsonSerializerOptions()));

    /// <summary>Sets the manners of the wire, once for every program: camelCase, nulls absent, out-of-order discriminators, dates with
    /// <c>Z</c>.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.AllowOutOfOrderMetadataProperties = true;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.MaxDepth = DepthMax;
        options.Converters.Add(new WireTimeConverter());
        return options;
    }
}

/// <summary>Times in UTC with up to seven fractional digits, trailing zeros trimmed, and <c>Z</c>; as the live service writes
/// them.</summary>
public sealed class WireTimeConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // A date without an offset is UTC, not the server's local time.
        return reader.TryGetDateTime(out var time)
            ? new(time.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : time.ToUniversalTime())
            : throw new JsonException();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Text(value));

    /// <summary>A time as the wire shows it.</summary>
    public static string Text(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
