using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Settings;

namespace Mover.Server.Arm;

/// <summary>Reads request bodies. Everything that is not the JSON asked for is a refusal with the path of what is wrong.</summary>
internal static class ArmBody
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MoverJson.DepthMax };

    /// <summary>Reads the body as a JSON object whose members have the names that a type gives them, in whatever case they came.</summary>
    public static async Task<Result<JsonObject>> ReadObjectAsync(HttpContext http, JsonTypeInfo type, CancellationToken cancel)
    {
        var read = await ReadObjectAsync(http, cancel);
        return read.Try(out var body, out var refusal) ? ArmCasing.Canonical(body, type) : refusal;
    }

    /// <summary>Reads the body as a JSON object of at most <paramref name="bytesMax"/> bytes.</summary>
    public static async Task<Result<JsonObject>> ReadObjectAsync(
        HttpContext http, CancellationToken cancel, long bytesMax = ServerOptions.BodyBytesMax)
    {
        if (BoundedBody.IsAnnounced(http, bytesMax))
        {
            return ArmErrors.BodyTooLarge(bytesMax);
        }

        if (BodyContent.Open(http.Request) is not { } content)
        {
            return ArmErrors.UnsupportedMediaType();
        }

        try
        {
            await using var bounded = new BoundedBody(content, bytesMax);
            var node = await JsonNode.ParseAsync(bounded, null, Strict, cancel);
            return node is JsonObject body && HasDistinctKeys(body)
                ? body
                : ArmErrors.InvalidContent("a JSON object is expected.");
        }
        catch (BodyTooLargeException)
        {
            return ArmErrors.BodyTooLarge(bytesMax);
        }
        catch (InvalidDataException)
        {
            return ArmErrors.InvalidContent("the body does not match its Content-Encoding.");
        }
        catch (JsonException broken)
        {
            return ArmErrors.InvalidContent($"the body is not JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine}).",
                broken.Path);
        }
        catch (ArgumentException)
        {
            // JsonObject finds doubled keys when it is first looked at.
            return ArmErrors.InvalidContent("a property appears twice.");
        }
        catch (InvalidOperationException)
        {
            // An escape such as \uD800 stands for half a character; the parser finds that when the text is first looked at.
            return ArmErrors.InvalidContent("a string has an unpaired surrogate.");
        }
    }

    /// <summary>Reads the body as a record.</summary>
    public static async Task<Result<T>> ReadAsync<T>(
        HttpContext http, JsonTypeInfo<T> type, CancellationToken cancel, long bytesMax = ServerOptions.BodyBytesMax)
        where T : notnull
    {
        var read = await ReadObjectAsync(http, cancel, bytesMax);
        return read.Try(out var body, out var refusal) ? To(body, type) : refusal;
    }

    /// <summary>Turns a JSON object into a record.</summary>
    public static Result<T> To<T>(JsonObject body, JsonTypeInfo<T> type)
        where T : notnull
    {
        try
        {
            return body.Deserialize(type) is { } value ? value : ArmErrors.InvalidContent("a JSON object is expected.");
        }
        catch (JsonException wrong)
        {
            var path = wrong.Path ?? "$";
            return ArmErrors.InvalidContent($"the value at '{path}' has the wrong type or is not an allowed value.", path);
        }
        catch (NotSupportedException)
        {
            return ArmErrors.InvalidContent("'properties.endpointType' is missing.", "$.properties.endpointType");
        }
    }

    // Looking at everything once makes the parser find doubled keys and broken texts here and not later.
    private static bool HasDistinctKeys(JsonNode node)
    {
        switch (node)
        {
            case JsonObject body:
                foreach (var (_, child) in body)
                {
                    _ = child is null || HasDistinctKeys(child);
                }

                break;
            case JsonArray items:
                foreach (var child in items)
                {
                    _ = child is null || HasDistinctKeys(child);
                }

                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                _ = value.GetValue<string>();
                break;
        }

        return true;
    }
}
