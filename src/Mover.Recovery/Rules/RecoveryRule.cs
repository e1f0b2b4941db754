using System.Text.Json.Nodes;

namespace Mover.Recovery.Rules;

/// <summary>
/// One change that is made to every resource of a snapshot that it matches: the resource is removed, patched (RFC 6902) or merged with a
/// patch (RFC 7396).
/// </summary>
/// <param name="Name">Short and unique, such as <c>remove-agents</c>.</param>
/// <param name="Why">One sentence.</param>
/// <param name="Match">Which resources.</param>
/// <param name="Removes">Whether the resource is removed, with every <c>dependsOn</c> of it.</param>
/// <param name="Patch">Operations in their order; empty for none.</param>
/// <param name="Merge">Members to merge; null for none.</param>
/// <param name="IsBuiltIn">Whether it comes with the program; those may match nothing.</param>
public sealed record RecoveryRule(
    string Name, string Why, RuleMatch Match, bool Removes, IReadOnlyList<PatchOperation> Patch, JsonObject? Merge, bool IsBuiltIn);

/// <summary>Which resources a rule is about. All that is said must hold. <c>*</c> stands for any characters, <c>?</c> for one.</summary>
/// <param name="Type">Pattern of the type; null for any.</param>
/// <param name="Name">Pattern of the whole name, such as <c>mover/*/nightly</c>; null for any.</param>
/// <param name="Group">Pattern of the resource group that the snapshot was taken of; null for any.</param>
/// <param name="Tags">Patterns of tags' values.</param>
/// <param name="Properties">Places with the value that must be there; a null value asks only that something is there.</param>
public sealed record RuleMatch(
    string? Type, string? Name, string? Group, IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<(JsonPointer Path, JsonNode? Value)> Properties)
{
    /// <summary>Whether a resource of a template is meant.</summary>
    public bool Holds(JsonObject resource, string group) =>
        Fits(Type, resource["type"]?.ToString()) && Fits(Name, resource["name"]?.ToString()) && Fits(Group, group)
        && Tags.All(tag => resource["tags"] is JsonObject tags && Fits(tag.Value, ValueOf(tags, tag.Key)))
        && Properties.All(property => property.Path.TryFind(resource, out var there) && there is not null
            && (property.Value is null || JsonNode.DeepEquals(there, property.Value)));

    /// <summary>Whether a text fits a pattern, casing aside. Takes time proportional to the product of their lengths.</summary>
    public static bool Fits(string? pattern, string? text)
    {
        if (pattern is null)
        {
            return true;
        }

        if (text is null)
        {
            return false;
        }

        // The last star and what it stood for are all that is ever gone back to.
        var (at, place, star, starPlace) = (0, 0, -1, 0);
        while (place < text.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, starPlace) = (at++, place);
            }
            else if (at < pattern.Length && (pattern[at] == '?'
                || char.ToUpperInvariant(pattern[at]) == char.ToUpperInvariant(text[place])))
            {
                at++;
                place++;
            }
            else if (star >= 0)
            {
                (at, place) = (star + 1, ++starPlace);
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(at).TrimStart('*').IsEmpty;
    }

    private static string? ValueOf(JsonObject tags, string name) =>
        tags.FirstOrDefault(tag => string.Equals(tag.Key, name, StringComparison.OrdinalIgnoreCase)).Value?.ToString();
}
