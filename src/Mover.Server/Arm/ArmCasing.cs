using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Arm;

namespace Mover.Server.Arm;

/// <summary>
/// ARM ignores the case of JSON members: what a type knows is read under its own name however it is written. A member that is given twice
/// in different casings is refused. Names in dictionaries, such as tags, belong to the caller and stay.
/// </summary>
internal static class ArmCasing
{
    /// <summary>The body with the members that <paramref name="type"/> knows under their own names.</summary>
    public static Result<JsonObject> Canonical(JsonObject body, JsonTypeInfo type)
    {
        string? doubled = null;
        var read = ObjectOf(body, type, "$", ref doubled);
        return doubled is null ? read : ArmErrors.InvalidContent($"the property at '{doubled}' appears twice.", doubled);
    }

    private static JsonNode? Of(JsonNode? node, JsonTypeInfo type, string path, ref string? doubled) => (node, type.Kind) switch
    {
        (JsonObject body, JsonTypeInfoKind.Object) => ObjectOf(body, type, path, ref doubled),
        (JsonObject body, JsonTypeInfoKind.Dictionary) => EachOf(body, ElementOf(type), path, ref doubled),
        (JsonArray items, JsonTypeInfoKind.Enumerable) => EachOf(items, ElementOf(type), path, ref doubled),
        _ => node?.DeepClone(),
    };

    private static JsonObject ObjectOf(JsonObject body, JsonTypeInfo type, string path, ref string? doubled)
    {
        var known = MembersOf(type);
        var read = new JsonObject();
        foreach (var (name, value) in body)
        {
            var member = known.GetValueOrDefault(name);
            var own = member?.Name ?? name;
            var at = $"{path}.{own}";
            if (read.ContainsKey(own))
            {
                doubled = at;
                continue;
            }

            read[own] = member?.Type is { } inner ? Of(value, type.Options.GetTypeInfo(inner), at, ref doubled)
                : member?.Words is { } words ? WordOf(value, words)
                : value?.DeepClone();
        }

        return read;
    }

    private static JsonObject EachOf(JsonObject body, JsonTypeInfo? element, string path, ref string? doubled)
    {
        var read = new JsonObject();
        foreach (var (name, value) in body)
        {
            read[name] = element is null ? value?.DeepClone() : Of(value, element, $"{path}.{name}", ref doubled);
        }

        return read;
    }

    private static JsonArray EachOf(JsonArray items, JsonTypeInfo? element, string path, ref string? doubled)
    {
        var read = new JsonArray();
        for (var at = 0; at < items.Count; at++)
        {
            read.Add(element is null ? items[at]?.DeepClone() : Of(items[at], element, $"{path}[{at}]", ref doubled));
        }

        return read;
    }

    // A discriminator is the one word that the parser compares itself, with case.
    private static JsonNode? WordOf(JsonNode? value, IReadOnlyList<string> words) =>
        value is JsonValue text && text.TryGetValue<string>(out var given)
        && words.FirstOrDefault(word => word.Equals(given, StringComparison.OrdinalIgnoreCase)) is { } word
            ? word
            : value?.DeepClone();

    // The members of a type and, where its kind is told by a member, of every kind of it.
    private static Dictionary<string, Member> MembersOf(JsonTypeInfo type)
    {
        var members = new Dictionary<string, Member>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in type.Properties)
        {
            members.TryAdd(property.Name, new(property.Name, property.PropertyType, null));
        }

        if (type.PolymorphismOptions is { } kinds)
        {
            var words = kinds.DerivedTypes.Select(derived => derived.TypeDiscriminator).OfType<string>().ToList();
            members[kinds.TypeDiscriminatorPropertyName] = new(kinds.TypeDiscriminatorPropertyName, null, words);
            foreach (var property in kinds.DerivedTypes.SelectMany(derived => type.Options.GetTypeInfo(derived.DerivedType).Properties))
            {
                members.TryAdd(property.Name, new(property.Name, property.PropertyType, null));
            }
        }

        return members;
    }

    private static JsonTypeInfo? ElementOf(JsonTypeInfo type) =>
        type.ElementType is { } element && element != typeof(string) ? type.Options.GetTypeInfo(element) : null;

    /// <summary>A known member.</summary>
    /// <param name="Name">Its own name.</param>
    /// <param name="Type">The type of its value; null for a discriminator.</param>
    /// <param name="Words">The words that a discriminator can be.</param>
    private sealed record Member(string Name, Type? Type, IReadOnlyList<string>? Words);
}
