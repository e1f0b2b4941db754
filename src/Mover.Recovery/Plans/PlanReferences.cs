using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Recovery.Rules;

namespace Mover.Recovery.Plans;

/// <summary>
/// Points what resources say of each other to the destination: ids of the estate become <c>resourceId</c> expressions, other ids and URIs
/// are mapped as a person said, and what names a removed resource is told.
/// </summary>
internal sealed class PlanReferences(
    List<JsonObject> resources, IEnumerable<ResourceReference> inSnapshot, ResourceId sourceGroup,
        IReadOnlyList<(string Old, string New)> maps)
{
    private const string Rule = "move-references";
    private const string MapRule = "map";

    private readonly HashSet<ResourceReference> _there = [.. resources.Select(ResourceReference.Of)];
    private readonly HashSet<string> _expressions = [.. resources.Select(resource => ResourceReference.Of(resource).Expression)];
    private readonly HashSet<ResourceReference> _known = [.. inSnapshot];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<PlanProblem> _problems = [];

    /// <summary>What was changed.</summary>
    public List<PlanChange> Changes { get; } = [];

    /// <summary>Rewrites the resources; answers what does not fit.</summary>
    public IReadOnlyList<PlanProblem> Rewrite()
    {
        foreach (var resource in resources)
        {
            var holder = ResourceReference.Of(resource);
            RewriteDependencies(resource, holder);
            foreach (var name in new[] { "properties", "identity" })
            {
                if (resource[name] is { } value)
                {
                    resource[name] = Rewritten(value, holder, "/" + name);
                }
            }
        }

        foreach (var (old, _) in maps.Where(map => !_used.Contains(map.Old)))
        {
            _problems.Add(PlanProblem.Warns("MapMatchedNothing", $"Nothing in the snapshot references '{old}'.",
                "Check the spelling in --map."));
        }

        return _problems;
    }

    private void RewriteDependencies(JsonObject resource, ResourceReference holder)
    {
        if (resource["dependsOn"] is not JsonArray waits)
        {
            return;
        }

        var kept = new JsonArray();
        foreach (var text in waits.Select(one => one?.ToString() ?? string.Empty))
        {
            // Snapshots say it in exactly this way; anything else is looked for among all resources.
            var meant = _expressions.Contains(text) ? text : _there.FirstOrDefault(one => one.IsMeantBy(text)) is { Type: not null } one
                ? one.Expression
                : null;
            if (meant is not null)
            {
                kept.Add((JsonNode)meant);
            }
            else
            {
                _problems.Add(PlanProblem.Blocks(
                    "DependencyMissing", $"{Named(holder)} depends on {text}, which is not in the template.",
                    "Remove the dependency with a rule, or take the snapshot again."));
            }
        }

        resource["dependsOn"] = kept;
    }

    private JsonNode? Rewritten(JsonNode value, ResourceReference holder, string path)
    {
        switch (value)
        {
            case JsonObject one:
                return new JsonObject(one.Select(member => KeyValuePair.Create(
                    member.Key, member.Value is null ? null : Rewritten(member.Value, holder, $"{path}/{member.Key}"))));
            case JsonArray array:
                return new JsonArray([.. array.Select((item, at) => item is null ? null : Rewritten(item, holder, $"{path}/{at}"))]);
            case JsonValue text when text.TryGetValue<string>(out var old):
                return Text(old, holder, path);
            default:
                return value.DeepClone();
        }
    }

    private string Text(string old, ResourceReference holder, string path)
    {
        if (Mapped(old) is { } mapped)
        {
            Note(MapRule, holder, path, old, mapped);
            return mapped;
        }

        if (!ResourceId.TryParse(old, out var id) || !IsInGroup(id) || ResourceReference.Of(id) is not { } named)
        {
            return old;
        }

        if (_there.Contains(named))
        {
            Note(Rule, holder, path, old, named.Expression);
            return named.Expression;
        }

        if (_known.Contains(named))
        {
            _problems.Add(PlanProblem.Blocks(
                "ReferenceDangling", $"{Named(holder)} references the removed {named} at {path}.", "Remove that value with a rule too."));
        }

        return old;
    }

    private string? Mapped(string text)
    {
        foreach (var (old, wanted) in maps)
        {
            if (text.StartsWith(old, StringComparison.OrdinalIgnoreCase) && (text.Length == old.Length || text[old.Length] == '/'))
            {
                _used.Add(old);
                return wanted + text[old.Length..];
            }
        }

        return null;
    }

    private bool IsInGroup(ResourceId id) => id.Key.StartsWith(sourceGroup.Key + "/", StringComparison.Ordinal);

    private void Note(string rule, ResourceReference holder, string path, string old, string wanted) => Changes.Add(new()
    {
        Rule = rule, Kind = PlanChangeKind.Changed, Type = holder.Type, Name = holder.Name, Path = path, Before = old, After = wanted,
    });

    private static string Named(ResourceReference holder) => $"The {holder}";
}
