using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;

namespace Mover.Recovery.Snapshots;

/// <summary>Writes resources as the one template that stands for them. Pure: the same estate gives the same bytes.</summary>
internal static class CanonicalTemplate
{
    private const string Schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

    // Behind type, apiVersion and name. What is not listed comes in the order of its names, before the properties.
    private static readonly string[] First = ["location", "tags", "dependsOn", "sku", "kind", "identity"];

    public static JsonObject Of(IReadOnlyCollection<TakenResource> resources)
    {
        var taken = resources.ToDictionary(one => one.Id.Key, StringComparer.Ordinal);
        return new()
        {
            ["$schema"] = Schema,
            ["contentVersion"] = "1.0.0.0",
            ["parameters"] = new JsonObject(),
            ["variables"] = new JsonObject(),
            ["resources"] = new JsonArray(
                [.. taken.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => (JsonNode)Resource(one.Value, taken))]),
        };
    }

    /// <summary>A value with the members of its objects in the order of their names, without those that are null.</summary>
    public static JsonNode? InOrder(JsonNode? node) => node switch
    {
        null => null,
        JsonObject one => new JsonObject(one.Where(member => member.Value is not null)
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, InOrder(member.Value)))),
        JsonArray many => new JsonArray([.. many.Select(InOrder)]),
        _ => node.DeepClone(),
    };

    private static JsonObject Resource(TakenResource resource, Dictionary<string, TakenResource> taken)
    {
        var type = EstateTypes.Usual(resource.Id.Type);
        var body = resource.Body.DeepClone().AsObject();
        StatusProperties.Remove(body, type);
        var needed = DependsOn(resource.Id, body, taken);
        if (needed.Count > 0)
        {
            body["dependsOn"] = new JsonArray([.. needed.Select(one => (JsonNode)one)]);
        }

        var written = new JsonObject
        {
            ["type"] = type, ["apiVersion"] = resource.ApiVersion, ["name"] = NameOf(resource.Id),
        };
        var others = body.Select(member => member.Key).Where(name => name != "properties" && !First.Contains(name, StringComparer.Ordinal));
        foreach (var name in First.Concat(others.Order(StringComparer.Ordinal)).Append("properties"))
        {
            var value = name == "dependsOn" ? body[name]?.DeepClone() : Literal(InOrder(body[name]));
            if (value is not (null or JsonObject { Count: 0 }))
            {
                written[name] = value;
            }
        }

        return written;
    }

    // What is above it, and what its properties name.
    private static SortedSet<string> DependsOn(ResourceId id, JsonObject body, Dictionary<string, TakenResource> taken)
    {
        var rank = EstateTypes.RankOf(id.Type);
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        for (var above = id.Parent; above.Type.Length > 0; above = above.Parent)
        {
            Need(above);
        }

        foreach (var text in TextsOf(body["properties"]))
        {
            if (ResourceId.TryParse(text, out var there))
            {
                Need(there);
            }
        }

        foreach (var reference in DescribedTypes.Find(id.Type)?.References.Where(one => !one.IsById) ?? [])
        {
            if (reference.Find(JobDefinitionRules.MoverOf(id), Estate.PropertyOf(body, reference.Property)) is { } named)
            {
                Need(named);
            }
        }

        return needed;

        void Need(ResourceId other)
        {
            // Only ever an earlier type: a description that happens to be an id makes no cycle.
            if (taken.TryGetValue(other.Key, out var there) && EstateTypes.RankOf(there.Id.Type) < rank)
            {
                needed.Add(new ResourceReference(EstateTypes.Usual(there.Id.Type), NameOf(there.Id)).Expression);
            }
        }
    }

    private static string NameOf(ResourceId id) => string.Join('/', ResourceReference.NamesOf(id));

    private static IEnumerable<string> TextsOf(JsonNode? node) => node switch
    {
        JsonObject one => one.SelectMany(member => TextsOf(member.Value)),
        JsonArray many => many.SelectMany(TextsOf),
        _ => Estate.TextOf(node) is { } text ? [text] : [],
    };

    // A text that looks like an expression, and is none.
    private static JsonNode? Literal(JsonNode? node) => node switch
    {
        null => null,
        JsonObject one => new JsonObject(one.Select(member => KeyValuePair.Create(Literal(member.Key), Literal(member.Value)))),
        JsonArray many => new JsonArray([.. many.Select(Literal)]),
        _ => Estate.TextOf(node) is { } text ? Literal(text) : node.DeepClone(),
    };

    private static string Literal(string text) => text.StartsWith('[') && text.EndsWith(']') ? "[" + text : text;
}
