using System.Reflection;
using System.Text.Json.Nodes;

namespace Mover.Conformance.Contract;

/// <summary>The API definitions that are part of the program. Safe for concurrent use.</summary>
public static class ApiDefinitions
{
    // Two previews were never published; each is held to the general release that followed it.
    private static readonly Dictionary<string, string> Nearest = new(StringComparer.OrdinalIgnoreCase)
    {
        ["2022-07-01-preview"] = "2023-03-01",
        ["2023-07-01-preview"] = "2023-10-01",
    };

    private static readonly string[] Published =
        ["2023-03-01", "2023-10-01", "2024-07-01", "2025-07-01", "2025-08-01", "2025-12-01", "2026-05-01"];

    private static readonly string[] TypesOfDeployments = ["deployments", "calculateTemplateHash"];

    private static readonly JsonObject CommonFacts = Read("common.json");

    private static readonly Dictionary<string, Lazy<ApiDefinition>> Loaded = Published.ToDictionary(
        version => version, version => new Lazy<ApiDefinition>(() => new(version, Read($"{version}.json"), CommonFacts)),
        StringComparer.OrdinalIgnoreCase);

    // Newer versions of deployments only add what may be left out: the client of this one still works with them.
    private static readonly Lazy<ApiDefinition> OfDeployments = new(() => new("2021-04-01", Read("deployments.json"), CommonFacts));

    /// <summary>Every api-version, oldest first.</summary>
    public static IReadOnlyList<string> Versions { get; } = [.. Published.Concat(Nearest.Keys).Order(StringComparer.Ordinal)];

    /// <summary>The newest api-version.</summary>
    public static string Newest => Published[^1];

    /// <summary>The definition that a version is held to; null for a version that nobody defined.</summary>
    public static ApiDefinition? Of(string version) =>
        Loaded.TryGetValue(Nearest.GetValueOrDefault(version, version), out var definition) ? definition.Value : null;

    /// <summary>The definition of deployments, for every api-version of theirs.</summary>
    public static ApiDefinition Deployments => OfDeployments.Value;

    /// <summary>The definition that an exchange is held to: that of deployments by its path, else Storage Mover's of its version; null for
    /// a version that nobody defined.</summary>
    public static ApiDefinition? Of(Exchange exchange) => IsOfDeployments(exchange.Path) ? Deployments : Of(exchange.ApiVersion);

    /// <summary>The name of Storage Mover's operation that an exchange asked for; null when its version has none at that path.</summary>
    public static string? OperationOf(Exchange exchange) => Of(exchange.ApiVersion)?.Find(exchange.Method, exchange.Path)?.Id;

    /// <summary>True for every path of deployments, and of the templates of groups.</summary>
    internal static bool IsOfDeployments(string path)
    {
        var at = path.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase);
        return at < 0
            ? Deployments.Operations.Any(o => o.Match(path) is not null)
            : path[at..].Split('/') is [_, _, var provider, var type, ..]
                && provider.Equals("Microsoft.Resources", StringComparison.OrdinalIgnoreCase)
                && TypesOfDeployments.Contains(type, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The requests and answers of the examples beside the newest definition.</summary>
    public static JsonArray Examples() => Read("examples.json")["examples"]?.AsArray() ?? [];

    private static JsonObject Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The definition '{name}' is not in the program.");
        var facts = JsonNode.Parse(stream)?.AsObject() ?? [];
        Materialize(facts);
        return facts;
    }

    // Nodes come to life when they are first looked at, which readers at the same time must not do.
    private static void Materialize(JsonNode? node)
    {
        foreach (var child in node switch
        {
            JsonObject members => members.Select(m => m.Value),
            JsonArray items => items,
            _ => [],
        })
        {
            Materialize(child);
        }
    }
}
