using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mover.Recovery.Rules;

/// <summary>
/// A file of rules:
/// <c>{"rules":[{"name","why","match":{"type","name","group","tags","properties"},"remove":true | "patch":[…] | "merge":{…}}]}</c>.
/// Unknown members are refused, so that a misspelt condition never means "all".
/// </summary>
public static class RuleFile
{
    /// <summary>The largest file, in bytes.</summary>
    public const long FileBytesMax = 1024 * 1024;

    /// <summary>Rules in one file.</summary>
    public const int RulesMax = 500;

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly string[] RuleMembers = ["name", "why", "match", "remove", "patch", "merge"];
    private static readonly string[] MatchMembers = ["type", "name", "group", "tags", "properties"];
    private static readonly string[] OperationMembers = ["op", "path", "from", "value"];
    private static readonly string[] Operations = ["add", "remove", "replace", "move", "copy", "test"];

    /// <summary>The rules that come with the program, as text.</summary>
    public static string BuiltInText { get; } = ReadBuiltIn();

    /// <summary>The rules that come with the program.</summary>
    public static IReadOnlyList<RecoveryRule> BuiltIn { get; } = Parse(BuiltInText, "the built-in rules", isBuiltIn: true);

    /// <summary>Reads a file of a person's rules.</summary>
    /// <exception cref="RecoveryException">It cannot be read or is malformed; the message says where.</exception>
    public static IReadOnlyList<RecoveryRule> Read(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            return length <= FileBytesMax
                ? Parse(File.ReadAllText(file), file, isBuiltIn: false)
                : throw Wrong(file, $"it has {length} bytes; the maximum is {FileBytesMax}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException("RulesNotFound", $"Cannot read the rule file {file}: {fault.Message}", "Specify a rule file.",
                fault);
        }
    }

    /// <summary>Parses rules; <paramref name="file"/> stands in errors.</summary>
    public static IReadOnlyList<RecoveryRule> Parse(string text, string file, bool isBuiltIn)
    {
        JsonNode? parsed;
        try
        {
            parsed = JsonNode.Parse(text, documentOptions: Lenient);
        }
        catch (JsonException fault)
        {
            throw Wrong(file, fault.Message, fault);
        }

        var root = Object(parsed, file, "the file");
        Only(root, ["rules"], file, "the file");
        if (root["rules"] is not JsonArray { Count: <= RulesMax } listed)
        {
            throw Wrong(file, $"'rules' must be an array of at most {RulesMax} rules");
        }

        var rules = listed.Select((rule, at) => Rule(rule, file, $"rules[{at}]", isBuiltIn)).ToList();
        return rules.GroupBy(rule => rule.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw Wrong(file, $"two rules are named '{twice.Key}'")
            : rules;
    }

    private static RecoveryRule Rule(JsonNode? node, string file, string at, bool isBuiltIn)
    {
        var rule = Object(node, file, at);
        Only(rule, RuleMembers, file, at);
        var name = Text(rule["name"], file, $"{at}.name");
        var removes = rule["remove"] switch
        {
            null => false,
            JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
            _ => throw Wrong(file, $"{at}.remove must be true or false"),
        };
        var merge = rule.TryGetPropertyValue("merge", out var wanted) ? Object(wanted, file, $"{at}.merge") : null;
        var patch = rule.TryGetPropertyValue("patch", out var operations) ? Patch(operations, file, $"{at}.patch") : [];
        if ((removes ? 1 : 0) + (merge is null ? 0 : 1) + (patch.Count > 0 ? 1 : 0) != 1)
        {
            throw Wrong(file, $"{at} must have exactly one of \"remove\": true, a \"patch\" with operations, and a \"merge\"");
        }

        return new(
            name, rule["why"] is { } why ? Text(why, file, $"{at}.why") : string.Empty, Match(rule["match"], file, $"{at}.match"), removes,
            patch, merge, isBuiltIn);
    }

    private static RuleMatch Match(JsonNode? node, string file, string at)
    {
        var match = Object(node, file, at);
        Only(match, MatchMembers, file, at);
        if (match.Count == 0)
        {
            throw Wrong(file, $"{at} is empty and would match every resource; use \"type\": \"*\" if that is intended");
        }

        var tags = match["tags"] is { } wanted ? Object(wanted, file, $"{at}.tags") : [];
        var properties = match["properties"] is { } places ? Object(places, file, $"{at}.properties") : [];
        return new(
            Optional(match, "type", file, at), Optional(match, "name", file, at), Optional(match, "group", file, at),
            tags.ToDictionary(tag => tag.Key, tag => Text(tag.Value, file, $"{at}.tags.{tag.Key}"), StringComparer.OrdinalIgnoreCase),
            [.. properties.Select(place => (Pointer(place.Key, file, $"{at}.properties"), place.Value?.DeepClone()))]);
    }

    private static List<PatchOperation> Patch(JsonNode? node, string file, string at)
    {
        if (node is not JsonArray listed)
        {
            throw Wrong(file, $"{at} must be an array of operations");
        }

        return [.. listed.Select((operation, index) => Operation(operation, file, $"{at}[{index}]"))];
    }

    private static PatchOperation Operation(JsonNode? node, string file, string at)
    {
        var operation = Object(node, file, at);
        Only(operation, OperationMembers, file, at);
        var op = Text(operation["op"], file, $"{at}.op");
        if (!Operations.Contains(op, StringComparer.Ordinal))
        {
            throw Wrong(file, $"{at}.op is '{op}'; it must be one of {string.Join(", ", Operations)}");
        }

        var hasValue = operation.TryGetPropertyValue("value", out var value);
        if (hasValue != op is "add" or "replace" or "test" || operation.ContainsKey("from") != op is "move" or "copy")
        {
            throw Wrong(file, $"{at}: add, replace and test need a \"value\", move and copy need a \"from\", remove needs neither");
        }

        return new(
            op, Pointer(Text(operation["path"], file, $"{at}.path", mayBeEmpty: true), file, $"{at}.path"),
            operation["from"] is { } from ? Pointer(Text(from, file, $"{at}.from", mayBeEmpty: true), file, $"{at}.from") : null,
            value?.DeepClone());
    }

    private static JsonPointer Pointer(string text, string file, string at) => JsonPointer.TryParse(text, out var pointer)
        ? pointer
        : throw Wrong(file, $"{at}: '{text}' is not a JSON pointer of at most {JsonPointer.StepsMax} steps, such as "
            + $"/properties/description");

    private static string? Optional(JsonObject holder, string name, string file, string at) =>
        holder[name] is { } value ? Text(value, file, $"{at}.{name}") : null;

    private static string Text(JsonNode? node, string file, string at, bool mayBeEmpty = false) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && (mayBeEmpty || text.Length > 0)
            ? text
            : throw Wrong(file, $"{at} must be a string");

    private static JsonObject Object(JsonNode? node, string file, string at)
    {
        if (node is not JsonObject one)
        {
            throw Wrong(file, $"{at} must be an object");
        }

        try
        {
            _ = one.Count;
            return one;
        }
        catch (ArgumentException fault)
        {
            throw Wrong(file, $"{at} has a duplicate member", fault);
        }
    }

    private static void Only(JsonObject one, string[] known, string file, string at)
    {
        if (one.Select(member => member.Key).FirstOrDefault(name => !known.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            throw Wrong(file, $"{at} has the unknown member '{unknown}'; known members are {string.Join(", ", known)}");
        }
    }

    private static RecoveryException Wrong(string file, string what, Exception? cause = null) =>
        new("RulesInvalid", $"Cannot use the rules in {file}: {what}.",
            "For an example, run `mover recovery rules`, which prints the built-in rules.", cause);

    private static string ReadBuiltIn()
    {
        using var stream = typeof(RuleFile).Assembly.GetManifestResourceStream("built-in-rules.json")
            ?? throw new InvalidOperationException("built-in-rules.json is not part of the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
