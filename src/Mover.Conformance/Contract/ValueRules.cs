using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mover.Conformance.Contract;

/// <summary>Rules of texts: enums, patterns, lengths and formats.</summary>
internal static partial class TextRules
{
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);

    /// <summary>What is wrong with a text; null when nothing is.</summary>
    public static string? Problem(JsonObject schema, string text)
    {
        if (schema["enum"] is JsonArray values && (bool?)schema["isOpen"] != true && !values.Any(v => (string?)v == text))
        {
            return $"is '{Shown(text)}', which is not one of {string.Join(", ", values.Select(v => v?.ToString()))}";
        }

        if (text.Length < (int?)schema["minLength"] || text.Length > (int?)schema["maxLength"])
        {
            return $"has {text.Length} characters, outside its limits";
        }

        if ((string?)schema["pattern"] is { } pattern && !PatternOf(pattern).IsMatch(text))
        {
            return $"is '{Shown(text)}', which does not match {pattern}";
        }

        return (string?)schema["format"] switch
        {
            "date-time" when !IsDateTime(text) => $"is '{Shown(text)}', which is not an RFC 3339 time",
            "uuid" when !Guid.TryParseExact(text, "D", out _) => $"is '{Shown(text)}', which is not a UUID",
            "uri" when !IsAddress(text) => $"is '{Shown(text)}', which is not an absolute URI",
            "arm-id" => ArmIdProblem(text, schema["armIdTypes"] as JsonArray),
            _ => null,
        };
    }

    /// <summary>The resource type of an ARM id, such as <c>Microsoft.Storage/storageAccounts</c>; null when it is none.</summary>
    public static string? ArmIdType(string id)
    {
        var match = ArmId().Match(id);
        if (!match.Success)
        {
            return null;
        }

        // Of an extension's id the last provider counts.
        var at = id.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase);
        var parts = at < 0 ? [] : id[(at + "/providers/".Length)..].Split('/');
        return at < 0 ? string.Empty : parts[0] + string.Concat(parts.Skip(1).Where((_, i) => i % 2 == 0).Select(p => "/" + p));
    }

    /// <summary>True for an absolute http address. A path alone is none, though it could be read as that of a file.</summary>
    public static bool IsAddress(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);

    private static string? ArmIdProblem(string text, JsonArray? types) => ArmIdType(text) is not { } type
        ? $"is '{Shown(text)}', which is not an ARM id"
        : types is { Count: > 0 } && !types.Any(t => type.Equals((string?)t, StringComparison.OrdinalIgnoreCase))
            ? $"is the id of a {type}, not of {string.Join(" or ", types.Select(t => (string?)t))}"
            : null;

    private static bool IsDateTime(string text) =>
        Rfc3339().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _);

    private static Regex PatternOf(string pattern) =>
        Patterns.GetOrAdd(pattern, p => new(p, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, PatternTimeout));

    private static string Shown(string text) => text.Length > 80 ? text[..80] + "…" : text;

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"\A(/subscriptions/[^/]+(/resourceGroups/[^/]+)?)?(/providers/[^/]+(/[^/]+/[^/]+)+)*\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex ArmId();
}

/// <summary>Rules of numbers: width, limits and enums.</summary>
internal static class NumberRules
{
    /// <summary>What is wrong with a number; null when nothing is.</summary>
    public static string? Problem(JsonObject schema, decimal number, bool mustBeWhole)
    {
        if (mustBeWhole && number != decimal.Truncate(number))
        {
            return $"is {Shown(number)}, which is not a whole number";
        }

        var (least, most) = (string?)schema["format"] switch
        {
            "int32" => (int.MinValue, (decimal)int.MaxValue),
            "int64" => (long.MinValue, (decimal)long.MaxValue),
            _ => (decimal.MinValue, decimal.MaxValue),
        };
        least = Math.Max(least, (decimal?)schema["minimum"] ?? least);
        most = Math.Min(most, (decimal?)schema["maximum"] ?? most);
        if (number < least || number > most)
        {
            return $"is {Shown(number)}, outside {Shown(least)} to {Shown(most)}";
        }

        return schema["enum"] is JsonArray values && !values.Any(v => (decimal?)v == number)
            ? $"is {Shown(number)}, which is not one of {string.Join(", ", values.Select(v => v?.ToString()))}"
            : null;
    }

    private static string Shown(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}
