using System.Buffers;

namespace Mover.Core.Rules;

/// <summary>Rules of what every tracked resource has: location and tags.</summary>
public static class Tracked
{
    private const int LocationCharsMax = 64;
    private const string ForbiddenInTagKeys = "<>%&\\?/";
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(ForbiddenInTagKeys);

    /// <summary>Checks a location against the one before (null: none) and returns it as ARM shows it: lower case, without blanks.</summary>
    public static string? Location(Problems problems, string? before, string? wanted)
    {
        var name = wanted is null ? before : Normal(wanted);
        if (string.IsNullOrEmpty(name))
        {
            problems.Add("location", "The property 'location' is required.");
        }
        else if (name.Length > LocationCharsMax || !name.All(char.IsAsciiLetterOrDigit))
        {
            problems.Add("location", $"The location is not the name of a region.");
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
            problems.Add("tags", $"A resource has at most {Limits.TagsMax} tags; this one has {tags.Count}.");
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > Limits.TagKeyCharsMax || key.AsSpan().ContainsAny(Forbidden) || key.Any(char.IsControl))
            {
                problems.Add("tags", $"A tag's name has 1 to {Limits.TagKeyCharsMax} characters and none of '{ForbiddenInTagKeys}'.");
            }
            else if (!seen.Add(key))
            {
                problems.Add($"tags.{key}", $"The tag '{key}' is given twice; names of tags ignore case.");
            }
            else if (value is null || value.Length > Limits.TagValueCharsMax)
            {
                problems.Add($"tags.{key}", $"The value of tag '{key}' is a text of at most {Limits.TagValueCharsMax} characters.");
            }
        }

        return tags;
    }

    /// <summary>A region's name as ARM compares it.</summary>
    public static string Normal(string location) =>
        string.Concat(location.Where(c => c != ' ')).ToLowerInvariant();
}
