using System.Text.Json.Nodes;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>
/// What a PATCH of a type may change, and what it must not name with another value. Everything else in a PATCH is ignored, as ARM does.
/// Merging is JSON merge patch (RFC 7396), except that tags are replaced as a bag (ARM RPC, "PATCH").
/// </summary>
/// <param name="Changeable">Names under <c>properties</c> that a PATCH may change.</param>
/// <param name="Fixed">Names under <c>properties</c> that are set at creation.</param>
/// <param name="TopLevel">Names beside <c>properties</c> that a PATCH may change.</param>
public sealed record ResourcePatch(IReadOnlyList<string> Changeable, IReadOnlyList<string> Fixed, IReadOnlyList<string> TopLevel)
{
    /// <summary>Whether a PATCH that has <c>properties</c> has to name their <c>endpointType</c>; only from some version on.</summary>
    public bool NamesEndpointType { get; private init; }

    /// <summary>Of a type without PATCH.</summary>
    public static ResourcePatch None { get; } = new([], [], []);

    /// <summary>Of a resource group.</summary>
    public static ResourcePatch ResourceGroup { get; } = new([], [], ["tags", "managedBy"]);

    /// <summary>Of storage endpoints of these kinds: a name means the same in all of them.</summary>
    public static ResourcePatch OfEndpoints(EndpointKinds kinds)
    {
        var properties = kinds.All.SelectMany(kind => kind.Properties).ToList();
        return new(
            ["description", .. NamesOf(properties, PropertyChange.Always)],
            [
                "endpointType", "endpointKind", .. NamesOf(properties, PropertyChange.AtCreation),
                .. NamesOf(properties, PropertyChange.ByPut),
            ],
            ["identity"])
        {
            NamesEndpointType = true,
        };
    }

    /// <summary>Merges a patch into a resource and returns the resource that is wanted; neither argument is changed.</summary>
    public JsonObject Merge(JsonObject existing, JsonObject patch, Problems problems)
    {
        var wanted = existing.DeepClone().AsObject();
        foreach (var name in TopLevel)
        {
            if (patch.TryGetPropertyValue(name, out var value))
            {
                wanted[name] = name == "tags" ? value?.DeepClone() : Merged(wanted[name], value);
            }
        }

        if (!patch.TryGetPropertyValue("properties", out var given) || given is null)
        {
            return wanted;
        }

        if (given is not JsonObject changes)
        {
            problems.Add("properties", "The property 'properties' must be an object.");
            return wanted;
        }

        var properties = wanted["properties"] as JsonObject ?? [];
        wanted["properties"] = properties;
        foreach (var (name, value) in changes)
        {
            if (Changeable.Contains(name, StringComparer.Ordinal))
            {
                Set(properties, name, Merged(properties[name], value));
            }
            else if (Fixed.Contains(name, StringComparer.Ordinal) && value is not null && !SameText(properties[name], value))
            {
                problems.Add($"properties.{name}", $"The property 'properties.{name}' is set at creation and cannot be changed.");
            }
        }

        return wanted;
    }

    private static IEnumerable<string> NamesOf(IEnumerable<EndpointProperty> properties, PropertyChange change) =>
        properties.Where(property => property.Change == change).Select(property => property.Name).Distinct(StringComparer.Ordinal);

    private static JsonNode? Merged(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject before ? before.DeepClone().AsObject() : [];
        foreach (var (name, value) in changes)
        {
            Set(result, name, Merged(result[name], value));
        }

        return result;
    }

    private static void Set(JsonObject target, string name, JsonNode? value)
    {
        if (value is null)
        {
            target.Remove(name);
        }
        else
        {
            target[name] = value;
        }
    }

    private static bool SameText(JsonNode? before, JsonNode wanted) =>
        string.Equals(before?.ToString() ?? string.Empty, wanted.ToString(), StringComparison.OrdinalIgnoreCase);
}
