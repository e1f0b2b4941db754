using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Mover.State.Documents;

/// <summary>
/// How a document is stored: <c>{"key","etag","version","created":{…},"modified":{…},"value":…}</c> in this order. Unknown properties
/// before the value are skipped, so that an older program reads what a newer one wrote. The ETag is a digest of the document: what is read
/// and does not match it is a fault, never an answer.
/// </summary>
internal static class DocumentEnvelope
{
    /// <summary>The stored form of a document.</summary>
    public static ReadOnlyMemory<byte> Write(DocumentInfo info, ReadOnlySpan<byte> json)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length + 512);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteString("key"u8, info.Key.Text);
        writer.WriteString("etag"u8, info.ETag);
        writer.WriteNumber("version"u8, info.Version);
        WriteStamp(writer, "created"u8, info.Created);
        WriteStamp(writer, "modified"u8, info.Modified);
        writer.WritePropertyName("value"u8);
        writer.WriteRawValue(json, skipInputValidation: true);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Everything but the value.</summary>
    public static DocumentInfo ReadInfo(StateEntry entry)
    {
        try
        {
            var reader = new Utf8JsonReader(entry.Value.Span);
            return ReadInfo(ref reader, entry);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw Damaged(entry, cause);
        }
    }

    /// <summary>The whole document; throws <see cref="StateException"/> when it is not one of type <typeparamref name="T"/>.</summary>
    public static Document<T> Read<T>(StateEntry entry, JsonTypeInfo<T> type)
    {
        try
        {
            var reader = new Utf8JsonReader(entry.Value.Span);
            var info = ReadInfo(ref reader, entry);
            return JsonSerializer.Deserialize(ref reader, type) is { } value
                ? new(value, info)
                : throw Damaged(entry, cause: null);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw Damaged(entry, cause);
        }
    }

    // Leaves the reader before the value.
    private static DocumentInfo ReadInfo(ref Utf8JsonReader reader, StateEntry entry)
    {
        var (key, etag, version) = (entry.Key, string.Empty, 0L);
        WriteStamp? created = null;
        WriteStamp? modified = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName && !reader.ValueTextEquals("value"u8))
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "key":
                    key = reader.GetString() ?? key;
                    break;
                case "etag":
                    etag = reader.GetString() ?? etag;
                    break;
                case "version":
                    version = reader.GetInt64();
                    break;
                case "created":
                    created = ReadStamp(ref reader);
                    break;
                case "modified":
                    modified = ReadStamp(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (created is null || modified is null || !reader.Read())
        {
            throw Damaged(entry, cause: null);
        }

        var info = new DocumentInfo(DocumentKey.Read(key), etag, version, created, modified) { Revision = entry.ModRevision };
        return IsWhole(info, entry, ValueOf(entry, reader.TokenStartIndex)) ? info : throw Damaged(entry, cause: null);
    }

    // The value is the last property: it ends where the envelope does.
    private static ReadOnlySpan<byte> ValueOf(StateEntry entry, long start) => entry.Value.Span[(int)start..^1];

    private static bool IsWhole(DocumentInfo info, StateEntry entry, ReadOnlySpan<byte> json) =>
        info.Key.Stored == entry.Key && info.ETag == DocumentTag.Of(info.Key, info.Version, info.Modified, json);

    private static void WriteStamp(Utf8JsonWriter writer, ReadOnlySpan<byte> name, WriteStamp stamp)
    {
        writer.WriteStartObject(name);
        writer.WriteString("by"u8, stamp.By);
        writer.WriteString("byType"u8, stamp.ByType);
        writer.WriteString("at"u8, stamp.At.ToUniversalTime());
        writer.WriteString("correlation"u8, stamp.Correlation);
        writer.WriteEndObject();
    }

    private static WriteStamp ReadStamp(ref Utf8JsonReader reader)
    {
        var (by, byType, at, correlation) = (string.Empty, string.Empty, default(DateTimeOffset), string.Empty);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "by":
                    by = reader.GetString() ?? by;
                    break;
                case "byType":
                    byType = reader.GetString() ?? byType;
                    break;
                case "at":
                    at = reader.GetDateTimeOffset();
                    break;
                case "correlation":
                    correlation = reader.GetString() ?? correlation;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new(by, byType, at, correlation);
    }

    private static StateException Damaged(StateEntry entry, Exception? cause) => new(
        StateFault.Damaged,
        $"The document '{entry.Key}' is damaged: it does not match its own digest. " +
        "Check the disk under the state, and restore the state from a backup.",
        cause);
}
