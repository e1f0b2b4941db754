using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Mover.Core.Resources;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>As much of any resource as lists show. Its id and type are those of the document's key.</summary>
internal sealed record ListedResource(
    string? Kind, JsonElement? Sku, JsonElement? Identity, string? ManagedBy, string? Location, Dictionary<string, string>? Tags,
    ListedResource.State? Properties)
{
    internal sealed record State(string? ProvisioningState);

    /// <summary>Writes an entry of a list.</summary>
    public static void Write(Utf8JsonWriter writer, Document<ListedResource> document, ResourceExpansion expansion)
    {
        var (id, value) = (document.Key.Id, document.Value);
        writer.WriteStartObject();
        writer.WriteString("id", id.Text);
        writer.WriteString("name", id.Name);
        writer.WriteString("type", id.Type);
        Write(writer, "kind", value.Kind);
        Write(writer, "sku", value.Sku);
        Write(writer, "managedBy", value.ManagedBy);
        Write(writer, "location", value.Location);
        if (value.Tags is { Count: > 0 } tags)
        {
            WriteTags(writer, tags);
        }

        Write(writer, "identity", value.Identity);
        if (expansion.HasFlag(ResourceExpansion.CreatedTime))
        {
            writer.WriteString("createdTime", WireTimeConverter.Text(document.Info.Created.At));
        }

        if (expansion.HasFlag(ResourceExpansion.ChangedTime))
        {
            writer.WriteString("changedTime", WireTimeConverter.Text(document.Info.Modified.At));
        }

        if (expansion.HasFlag(ResourceExpansion.ProvisioningState))
        {
            writer.WriteString("provisioningState", value.Properties?.ProvisioningState ?? ProvisioningStates.Succeeded);
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes <c>"tags":{…}</c>.</summary>
    public static void WriteTags(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, string>> tags)
    {
        writer.WriteStartObject("tags");
        foreach (var (name, value) in tags)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, JsonElement? value)
    {
        if (value is { ValueKind: JsonValueKind.Object } element)
        {
            writer.WritePropertyName(name);
            element.WriteTo(writer);
        }
    }
}

/// <summary>What a list shows besides, on demand.</summary>
[Flags]
internal enum ResourceExpansion
{
    None = 0,
    CreatedTime = 1,
    ChangedTime = 2,
    ProvisioningState = 4,
}

/// <summary>The tags of a subscription: it has no document of its own.</summary>
internal sealed record SubscriptionTags(Dictionary<string, string> Tags);

/// <summary>JSON of what lists and tags read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ListedResource))]
[JsonSerializable(typeof(SubscriptionTags))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class ResourcesJson : JsonSerializerContext;
