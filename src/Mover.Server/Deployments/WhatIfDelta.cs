using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mover.Server.Deployments;

/// <summary>The differences of two resources, property by property, as ARM's what-if shows them. Pure.</summary>
internal static class WhatIfDelta
{
    private const string Create = "Create";
    private const string Delete = "Delete";
    private const string Modify = "Modify";

    // Beyond it, elements are compared by their place.
    private const int AlignedMax = 500;

    /// <summary>The differences of two objects, by name; empty when there are none.</summary>
    public static JsonArray Of(JsonObject before, JsonObject after)
    {
        var changes = new JsonArray();
        Compare(before, after, string.Empty, changes);
        return changes;
    }

    /// <summary>The object with its members sorted by name, at every depth.</summary>
    public static JsonNode? Sorted(JsonNode? node) => node switch
    {
        null => null,
        JsonObject one => new JsonObject(one.OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray array => new JsonArray([.. array.Select(Sorted)]),
        _ => node.DeepClone(),
    };

    private static void Compare(JsonObject before, JsonObject after, string above, JsonArray changes)
    {
        foreach (var name in before.Select(one => one.Key).Union(after.Select(one => one.Key), StringComparer.Ordinal)
            .Order(StringComparer.Ordinal))
        {
            var path = above.Length == 0 ? name : $"{above}.{name}";
            if (!after.TryGetPropertyValue(name, out var now))
            {
                changes.Add((JsonNode)Change(path, Delete, before[name], null));
            }
            else if (!before.TryGetPropertyValue(name, out var then))
            {
                changes.Add((JsonNode)Change(path, Create, null, now));
            }
            else
            {
                Compare(then, now, path, changes);
            }
        }
    }

    private static void Compare(JsonNode? then, JsonNode? now, string path, JsonArray changes)
    {
        switch (then, now)
        {
            case (JsonObject one, JsonObject other):
                Compare(one, other, path, changes);
                break;
            case (JsonArray one, JsonArray other):
                if (!JsonNode.DeepEquals(one, other))
                {
                    var change = Change(path, "Array", null, null);
                    change["children"] = Elements(one, other);
                    changes.Add((JsonNode)change);
                }

                break;
            default:
                if (!JsonNode.DeepEquals(then, now))
                {
                    changes.Add((JsonNode)Change(path, Modify, then, now));
                }

                break;
        }
    }

    private static JsonArray Elements(JsonArray before, JsonArray after)
    {
        var isAligned = before.Concat(after).All(one => one is null or JsonValue)
            && before.Count <= AlignedMax && after.Count <= AlignedMax;
        return isAligned ? Aligned(before, after) : ByPlace(before, after);
    }

    private static JsonArray ByPlace(JsonArray before, JsonArray after)
    {
        var changes = new JsonArray();
        for (var at = 0; at < Math.Max(before.Count, after.Count); at++)
        {
            var path = at.ToString(CultureInfo.InvariantCulture);
            if (at >= after.Count)
            {
                changes.Add((JsonNode)Change(path, Delete, before[at], null));
            }
            else if (at >= before.Count)
            {
                changes.Add((JsonNode)Change(path, Create, null, after[at]));
            }
            else if (before[at] is JsonObject one && after[at] is JsonObject other)
            {
                var children = Of(one, other);
                if (children.Count > 0)
                {
                    var change = Change(path, Modify, null, null);
                    change["children"] = children;
                    changes.Add((JsonNode)change);
                }
            }
            else
            {
                Compare(before[at], after[at], path, changes);
            }
        }

        return changes;
    }

    // What is in both in the same order stays: the longest common subsequence.
    private static JsonArray Aligned(JsonArray before, JsonArray after)
    {
        var (one, other) = (before.Select(Text).ToList(), after.Select(Text).ToList());
        var common = Enumerable.Range(0, one.Count + 1).Select(_ => new int[other.Count + 1]).ToArray();
        for (var i = one.Count - 1; i >= 0; i--)
        {
            for (var j = other.Count - 1; j >= 0; j--)
            {
                common[i][j] = one[i] == other[j] ? common[i + 1][j + 1] + 1 : Math.Max(common[i + 1][j], common[i][j + 1]);
            }
        }

        var changes = new List<(int At, JsonObject Change)>();
        for (int i = 0, j = 0; i < one.Count || j < other.Count;)
        {
            if (i < one.Count && j < other.Count && one[i] == other[j])
            {
                (i, j) = (i + 1, j + 1);
            }
            else if (i < one.Count && (j == other.Count || common[i + 1][j] >= common[i][j + 1]))
            {
                changes.Add((i, Change(i.ToString(CultureInfo.InvariantCulture), Delete, before[i++], null)));
            }
            else
            {
                changes.Add((j, Change(j.ToString(CultureInfo.InvariantCulture), Create, null, after[j++])));
            }
        }

        return new([.. changes.OrderBy(one => one.At).Select(one => (JsonNode)one.Change)]);
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";

    private static JsonObject Change(string path, string kind, JsonNode? before, JsonNode? after)
    {
        var change = new JsonObject { ["path"] = path, ["propertyChangeType"] = kind };
        if (before is not null)
        {
            change["before"] = Sorted(before);
        }

        if (after is not null)
        {
            change["after"] = Sorted(after);
        }

        return change;
    }
}
