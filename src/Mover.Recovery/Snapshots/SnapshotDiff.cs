using System.Text.Json.Nodes;

namespace Mover.Recovery.Snapshots;

/// <summary>A resource that two templates do not have in the same way.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its whole name, such as <c>mover/project/job</c>.</param>
/// <param name="Before">What it was; null when it was not there.</param>
/// <param name="After">What it is; null when it is gone.</param>
public sealed record ResourceChange(string Type, string Name, JsonObject? Before, JsonObject? After)
{
    /// <summary>Where the two differ; empty unless both are there. What it waits for follows from the rest and is not shown.</summary>
    public IReadOnlyList<JsonDifference> Properties { get; } = Before is null || After is null
        ? []
        : [.. JsonDifference.Between(Before, After).Where(one => !one.Path.StartsWith("/dependsOn", StringComparison.Ordinal))];
}

/// <summary>How two templates differ, by resource.</summary>
/// <param name="Changes">What was added, removed and changed, in the order of types and names.</param>
public sealed record SnapshotDiff(IReadOnlyList<ResourceChange> Changes)
{
    /// <summary>Compares two templates. One that is damaged counts for what of it can be read.</summary>
    public static SnapshotDiff Between(JsonObject before, JsonObject after)
    {
        var (old, now) = (Resources(before), Resources(after));
        var changes = new List<ResourceChange>();
        var keys = old.Keys.Union(now.Keys)
            .OrderBy(one => EstateTypes.RankOf(one.Type)).ThenBy(one => one.Name, StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var (was, isNow) = (old.GetValueOrDefault(key), now.GetValueOrDefault(key));
            if (!JsonNode.DeepEquals(was, isNow))
            {
                var shown = isNow ?? was;
                changes.Add(new(Estate.TextOf(shown?["type"]) ?? key.Type, Estate.TextOf(shown?["name"]) ?? key.Name, was, isNow));
            }
        }

        return new(changes);
    }

    private static Dictionary<(string Type, string Name), JsonObject> Resources(JsonObject template)
    {
        var found = new Dictionary<(string, string), JsonObject>();
        foreach (var resource in template["resources"] as JsonArray ?? [])
        {
            if (resource is JsonObject one && Estate.TextOf(one["type"]) is { } type && Estate.TextOf(one["name"]) is { } name)
            {
                found[(Core.Arm.ArmCase.Lower(type), Core.Arm.ArmCase.Lower(name))] = one;
            }
        }

        return found;
    }
}
