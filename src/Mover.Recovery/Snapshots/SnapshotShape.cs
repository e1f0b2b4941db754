using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// What a snapshot looks like, whoever wrote it: the types of an estate under names that such resources can have, and no expressions but in
/// <c>dependsOn</c>. A template that says more could read keys, or deploy something else, where it is deployed.
/// </summary>
internal static class SnapshotShape
{
    private static readonly string[] Forbidden = ["condition", "copy", "resources", "scope"];

    /// <summary>Null for the template of a snapshot; otherwise what it has or lacks, as the rest of a sentence.</summary>
    public static string? Refuse(JsonObject template)
    {
        if (template["resources"] is not JsonArray resources || resources.Count > SnapshotOptions.ResourcesMax)
        {
            return $"it does not have a list of at most {SnapshotOptions.ResourcesMax} resources";
        }

        foreach (var name in new[] { "parameters", "variables", "functions", "outputs", "definitions" })
        {
            if (template[name] is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 }))
            {
                return $"it has {name}";
            }
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < resources.Count; at++)
        {
            if ((resources[at] is JsonObject one ? Refuse(one, names) : "it is not an object") is { } problem)
            {
                return $"in resource {at + 1}, {problem}";
            }
        }

        return null;
    }

    /// <summary>Whether everything is there that a manifest always has.</summary>
    public static bool IsWhole(SnapshotManifest manifest) =>
        manifest is { Source: { Server: not null, SubscriptionId: not null, ResourceGroup: not null, Location: not null } }
        && manifest.TakenBy is not null && manifest.TemplateDigest is not null && manifest.Counts is not null
        && AllWhole(manifest.Agents, one => one.Id is not null)
        && AllWhole(manifest.StorageAccounts, one => one.Id is not null)
        && AllWhole(manifest.RoleAssignments, one => one is { PrincipalId: not null, RoleDefinitionId: not null, Scope: not null })
        && AllWhole(manifest.Schedules, one => one is { JobDefinition: not null, Summary: not null })
        && AllWhole(manifest.FinishedMirrors ?? [], one => ResourceId.TryParse(one, out _))
        && AllWhole(manifest.LeftOut, one => one is { Id: not null, Reason: not null });

    // What a file leaves out is null, whatever the types say.
    private static bool AllWhole<T>(IReadOnlyList<T>? list, Func<T, bool> isWhole)
        where T : class => list?.All(one => one is not null && isWhole(one)) == true;

    private static string? Refuse(JsonObject resource, HashSet<string> names)
    {
        var (type, name) = (Estate.TextOf(resource["type"]), Estate.TextOf(resource["name"]));
        if (type is null || name is null || EstateTypes.RankOf(type) < 0)
        {
            return "the type is not part of an estate";
        }

        var words = type.Split('/');
        var parts = name.Split('/');
        if (parts.Length != words.Length - 1)
        {
            return "the name does not match the type";
        }

        var id = ResourceId.OfGroup("00000000-0000-0000-0000-000000000000", "group").Provider($"{words[0]}/{words[1]}", parts[0]);
        for (var at = 0; at < parts.Length; at++)
        {
            id = at == 0 ? id : id.Child(words[at + 1], parts[at]);
            if (ResourceNames.Check(id) is not null)
            {
                return $"the name '{SnapshotMessage.Escaped(name, 200)}' is not valid for such a resource";
            }
        }

        return !names.Add(id.Key) ? $"the resource '{SnapshotMessage.Escaped(name, 200)}' appears twice"
            : Estate.TextOf(resource["apiVersion"]) is null ? "the apiVersion is missing"
            : Forbidden.FirstOrDefault(resource.ContainsKey) is { } member ? $"the member '{member}' is not allowed"
            : resource.Any(member => member.Key is not "dependsOn" && HasExpression(member.Value))
                ? $"'{SnapshotMessage.Escaped(name, 200)}' contains an expression"
            : null;
    }

    private static bool HasExpression(JsonNode? node) => node switch
    {
        JsonObject one => one.Any(member => member.Key is "copy" || IsExpression(member.Key) || HasExpression(member.Value)),
        JsonArray many => many.Any(HasExpression),
        _ => Estate.TextOf(node) is { } text && IsExpression(text),
    };

    private static bool IsExpression(string text) => text is ['[', not '[', .., ']'] or ['[', ']'];
}
