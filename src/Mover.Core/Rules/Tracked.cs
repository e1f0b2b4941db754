using System.Buffers;
using Mover.Core.Arm;

namespace Mover.Core.Rules;

/// <summary>Rules of what every tracked resource has: location and tags.</summary>
public static class Tracked
{
    private const int LocationCharsMax = 64;
    private const string ReservedInTagKeys = "<>%&\\?/";
    private static readonly SearchValues<char> Reserved = SearchValues.Create(ReservedInTagKeys);

    /// <summary>
    /// Checks a location, which every PUT names, against the one before (null: none) and returns it as ARM shows it: lower case, without
    /// blanks.
    /// </summary>
    public static string? Location(Problems problems, string? before, string? wanted)
    {
        var name = wanted is null ? null : Normal(wanted);
        if (string.IsNullOrEmpty(name))
        {
            problems.Add(ArmErrors.LocationRequired());
        }
        else if (name.Length > LocationCharsMax || !name.All(char.IsAsciiLetterOrDigit))
        {
            problems.Add("location", $"The location is not a valid region name.");
        }
        else if (before is not null && name != Normal(before))
        {
            problems.Add("location", $"The location is set at creation and cannot be changed; the resource is in '{before}'.");
        }

        return name;
    }

    /// <summary>Checks tags and returns them; none is null.</summary>
    public static IReadOnlyDictionary<string, string>? Tags(Problems problems, IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is null || tags.Count == 0)
        {
            return null;
        }

        if (tags.Count > Limits.TagsMax)
        {
            problems.Add(ArmErrors.TooManyTags(tags.Count, Limits.TagsMax));
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in tags)
        {
            if (Tag(key, value) is { } problem)
            {
                problems.Add(problem);
            }
            else if (!seen.Add(key))
            {
                problems.Add($"tags.{key}", $"The tag '{key}' appears twice; tag names are case-insensitive.");
            }
        }

        return tags;
    }

    // Azure's own links between resources are tags whose names hold an id, such as 'hidden-link:/subscriptions/…'.
    private static ArmError? Tag(string key, string? value) =>
        key.Length is 0 or > Limits.TagKeyCharsMax ? ArmErrors.InvalidTagName(key, Limits.TagKeyCharsMax)
        : HasReserved(key) ? ArmErrors.InvalidTagNameCharacters(key, ReservedInTagKeys)
        : value is null ? ArmErrors.InvalidProperty($"tags.{key}", $"The value of tag '{key}' must be a string.")
        : value.Length > Limits.TagValueCharsMax ? ArmErrors.InvalidTagValueLength(key, value.Length, Limits.TagValueCharsMax)
        : null;

    private static bool HasReserved(string key) =>
        key.Any(char.IsControl)
        || (key.AsSpan().ContainsAny(Reserved) && !key.StartsWith("hidden", StringComparison.OrdinalIgnoreCase)
            && !key.StartsWith("link", StringComparison.OrdinalIgnoreCase));

    /// <summary>A region's name as ARM compares it.</summary>
    public static string Normal(string location) =>
        string.Concat(location.Where(c => c != ' ')).ToLowerInvariant();
}
