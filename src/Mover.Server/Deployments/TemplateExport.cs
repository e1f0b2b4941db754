using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;

namespace Mover.Server.Deployments;

/// <summary>A resource to export, as a GET shows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ApiVersion">The version that it is shown in.</param>
/// <param name="Shown">The answer.</param>
internal sealed record ExportedResource(ResourceId Id, string ApiVersion, JsonObject Shown);

/// <summary>Makes a template of resources. Pure: the same resources give the same text.</summary>
internal static class TemplateExport
{
    // As ARM orders the members of a resource.
    private static readonly string[] Order = ["location", "tags", "dependsOn", "sku", "kind", "identity", "properties"];

    /// <summary>The template of resources in their order.</summary>
    public static JsonObject Of(IReadOnlyList<ExportedResource> resources, ExportOptions options)
    {
        var names = new ExportedNames(resources.Select(one => one.Id), options);
        var exported = resources.Select(one => one.Id).ToHashSet();
        var written = new JsonArray([.. resources.Select(one => (JsonNode)Resource(one, names, exported, options))]);
        return new()
        {
            ["$schema"] = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            ["contentVersion"] = "1.0.0.0",
            ["parameters"] = names.Parameters,
            ["variables"] = new JsonObject(),
            ["resources"] = written,
        };
    }

    private static JsonObject Resource(
        ExportedResource resource, ExportedNames names, HashSet<ResourceId> exported, ExportOptions options)
    {
        var id = resource.Id;
        var written = new JsonObject();
        if (options.HasComments)
        {
            written["comments"] = $"Generalized from resource: '{id.Text}'.";
        }

        written["type"] = id.Type;
        written["apiVersion"] = resource.ApiVersion;
        written["name"] = names.NameOf(id);
        var shown = ServiceSetProperties.Without(resource.Shown, id.Type);
        var named = new SortedSet<ResourceId>(Comparer<ResourceId>.Create((one, other) => string.CompareOrdinal(one.Key, other.Key)));
        var members = Order.Where(name => shown[name] is not null)
            .ToDictionary(name => name, name => Value(shown[name], names, named), StringComparer.Ordinal);
        NamedByName(id, shown, named, exported);
        for (var above = id.Parent; above.Type.Length > 0; above = above.Parent)
        {
            if (exported.Contains(above))
            {
                named.Add(above);
            }
        }

        named.Remove(id);
        if (named.Count > 0)
        {
            members["dependsOn"] = new JsonArray([.. named.Select(one => (JsonNode)names.IdOf(one))]);
        }

        foreach (var name in Order.Where(members.ContainsKey))
        {
            written[name] = members[name];
        }

        return written;
    }

    private static JsonNode? Value(JsonNode? node, ExportedNames names, SortedSet<ResourceId> named) => node switch
    {
        null => null,
        JsonObject one => new JsonObject(one.Select(member =>
            KeyValuePair.Create(ExportedNames.Literal(member.Key), Value(member.Value, names, named)))),
        JsonArray array => new JsonArray([.. array.Select(item => Value(item, names, named))]),
        JsonValue value when value.TryGetValue<string>(out var text) => names.TextOf(text, named),
        _ => node.DeepClone(),
    };

    // What names others without their ids, as a job definition does.
    private static void NamedByName(ResourceId id, JsonObject shown, SortedSet<ResourceId> named, HashSet<ResourceId> exported)
    {
        foreach (var reference in DescribedTypes.Find(id.Type)?.References.Where(one => !one.IsById) ?? [])
        {
            if ((shown["properties"] as JsonObject)?[reference.Property] is JsonValue value && value.TryGetValue<string>(out var name)
                && reference.Find(JobDefinitionRules.MoverOf(id), name) is { } other
                && exported.FirstOrDefault(one => one == other) is { Text.Length: > 0 } there)
            {
                named.Add(there);
            }
        }
    }
}
