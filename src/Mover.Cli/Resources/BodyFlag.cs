using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;

namespace Mover.Cli.Resources;

/// <summary>A flag that sets one property of a request's body, such as <c>--copy-mode</c> for <c>properties.copyMode</c>.</summary>
/// <param name="Flag">The flag.</param>
/// <param name="Path">Where its value goes.</param>
/// <param name="Read">Makes the value; called only when the flag was given.</param>
internal sealed record BodyFlag(Option Flag, string Path, Func<ParseResult, JsonNode?> Read)
{
    public static BodyFlag Text(string name, string path, string description, bool required = false, string? alias = null)
    {
        var flag = new Option<string>(name) { Description = description, Required = required };
        if (alias is not null)
        {
            flag.Aliases.Add(alias);
        }

        return new(flag, path, parsed => JsonValue.Create(parsed.GetValue(flag)));
    }

    /// <summary>One of the given words; casing does not matter, the canonical word is sent.</summary>
    public static BodyFlag Choice(string name, string path, string description, IReadOnlyList<string> words, bool required = false)
    {
        var flag = new Option<string>(name)
        {
            Description = $"{description} {string.Join(", ", words)}.",
            Required = required,
            HelpName = "word",
        };
        flag.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. words]);
        return new(
            flag, path, parsed => JsonValue.Create(words.First(w => w.Equals(parsed.GetValue(flag), StringComparison.OrdinalIgnoreCase))));
    }

    public static BodyFlag Switch(string name, string path, string description)
    {
        var flag = new Option<bool>(name) { Description = description, HelpName = "true|false" };
        return new(flag, path, parsed => JsonValue.Create(parsed.GetValue(flag)));
    }

    public static BodyFlag TextList(string name, string path, string description)
    {
        var flag = new Option<string[]>(name) { Description = description, AllowMultipleArgumentsPerToken = true };
        return new(
            flag, path, parsed => new JsonArray([.. (parsed.GetValue(flag) ?? []).Select(text => (JsonNode?)JsonValue.Create(text))]));
    }

    /// <summary>Tags as <c>key=value</c>; none at all clears them.</summary>
    public static BodyFlag Tags()
    {
        var flag = new Option<string[]>("--tags")
        {
            Description = "Tags: key=value, separated by spaces; replaces all tags.",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.ZeroOrMore,
        };
        return new(flag, "tags", parsed => ReadTags(parsed.GetValue(flag) ?? []));
    }

    /// <summary>A JSON object, given as text, in shorthand or as <c>@file</c>.</summary>
    public static BodyFlag Json(string name, string path, string description)
    {
        var flag = new Option<string>(name)
        {
            Description = $"{description} JSON, its shorthand {{a:b,c:[d]}}, or @FILE.",
            HelpName = "json",
        };
        return new(flag, path, parsed => ReadJson(name, parsed.GetValue(flag) ?? string.Empty));
    }

    private static JsonObject ReadTags(string[] pairs)
    {
        var tags = new JsonObject();
        foreach (var pair in pairs)
        {
            var cut = pair.IndexOf('=', StringComparison.Ordinal);
            tags[cut < 0 ? pair : pair[..cut]] = cut < 0 ? string.Empty : pair[(cut + 1)..];
        }

        return tags;
    }

    // What is JSON is read as JSON; the rest is tried as shorthand, and that is what the error is about.
    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException) when (text.TrimStart() is ['{' or '[', ..])
        {
            return Shorthand.Parse(text);
        }
    }

    private static JsonNode? ReadJson(string name, string given)
    {
        try
        {
            return Parse(given.StartsWith('@') ? File.ReadAllText(given[1..]) : given);
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"{name} is not valid JSON: {fault.Message}");
        }
    }
}

/// <summary>Builds request bodies from flags.</summary>
internal static class BodyFlags
{
    /// <summary>Sets what was given on the command line, and only that.</summary>
    public static JsonObject Fill(this IEnumerable<BodyFlag> flags, ParseResult parsed, JsonObject body)
    {
        foreach (var flag in flags)
        {
            if (parsed.GetResult(flag.Flag) is { Implicit: false })
            {
                Set(body, flag.Path, flag.Read(parsed));
            }
        }

        return body;
    }

    public static void Set(JsonObject body, string path, JsonNode? value)
    {
        var names = path.Split('.');
        var at = body;
        foreach (var name in names[..^1])
        {
            if (at[name] is not JsonObject inner)
            {
                at[name] = inner = [];
            }

            at = inner;
        }

        at[names[^1]] = value;
    }
}
