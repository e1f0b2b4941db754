using System.Text.Json.Nodes;

namespace Mover.Conformance.Contract;

/// <summary>The facts of one api-version. Immutable; safe for concurrent use.</summary>
public sealed class ApiDefinition
{
    private readonly JsonObject _facts;
    private readonly JsonObject _common;

    internal ApiDefinition(string version, JsonObject facts, JsonObject common)
    {
        Version = version;
        _facts = facts;
        _common = common;
        Operations = [.. new[] { facts, common }.SelectMany(OperationsOf)];
    }

    /// <summary>The api-version whose definition this is.</summary>
    public string Version { get; }

    /// <summary>Every operation, with the status of asynchronous operations, which all versions share.</summary>
    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>The schema of every error.</summary>
    internal JsonObject ErrorSchema { get; } = new() { ["$ref"] = "common#/definitions/ErrorResponse" };

    /// <summary>The operation that answers a verb and a path; null when the version has none.</summary>
    internal ApiOperation? Find(string method, string path) =>
        Operations.FirstOrDefault(o => o.Method.Equals(method, StringComparison.OrdinalIgnoreCase) && o.Match(path) is not null);

    /// <summary>An operation by its name; null when the version has none of that name.</summary>
    internal ApiOperation? Find(string operationId) => Operations.FirstOrDefault(o => o.Id == operationId);

    /// <summary>Follows a reference; what is said beside it stays said.</summary>
    internal JsonObject Resolve(JsonObject schema)
    {
        for (var steps = 0; (string?)schema["$ref"] is { } reference && steps < 32; steps++)
        {
            var target = Target(reference);
            if (schema.Count == 1)
            {
                schema = target;
                continue;
            }

            var merged = (JsonObject)target.DeepClone();
            foreach (var (name, value) in schema)
            {
                if (name != "$ref")
                {
                    merged[name] = value?.DeepClone();
                }
            }

            schema = merged;
        }

        return schema;
    }

    /// <summary>The definition that extends another one and carries this discriminator value; null when there is none.</summary>
    internal JsonObject? Subtype(JsonObject parent, string value) => Definitions(_facts)
        .Select(d => d.Value)
        .OfType<JsonObject>()
        .FirstOrDefault(d => (string?)d["x-ms-discriminator-value"] == value && Extends(d, parent));

    /// <summary>Every discriminator value of what extends a definition, in the order of the definition's names.</summary>
    internal IReadOnlyList<string> Subtypes(JsonObject parent) =>
        [.. Definitions(_facts).Select(d => d.Value).OfType<JsonObject>()
            .Where(d => d.ContainsKey("x-ms-discriminator-value") && Extends(d,
                parent)).Select(d => (string)d["x-ms-discriminator-value"]!)];

    /// <summary>A definition by name; null when the version has none of that name.</summary>
    internal JsonObject? Definition(string name) => Definitions(_facts)[name] as JsonObject;

    private static JsonObject Definitions(JsonObject facts) => facts["definitions"] as JsonObject ?? [];

    private static IEnumerable<ApiOperation> OperationsOf(JsonObject facts) =>
        from path in facts["paths"] as JsonObject ?? []
        from verb in path.Value as JsonObject ?? []
        where verb.Value is JsonObject
        select new ApiOperation(path.Key, verb.Key, (JsonObject)verb.Value!);

    private bool Extends(JsonObject schema, JsonObject parent) =>
        (schema["allOf"] as JsonArray ?? []).OfType<JsonObject>().Any(up =>
            (string?)up["$ref"] is { } reference && (JsonNode.DeepEquals(Target(reference), parent) || Extends(Target(reference), parent)));

    private JsonObject Target(string reference)
    {
        var at = reference.IndexOf('#', StringComparison.Ordinal);
        var node = (JsonNode?)(reference.StartsWith("common#", StringComparison.Ordinal) ? _common : _facts);
        foreach (var part in reference[(at + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (node as JsonObject)?[part];
        }

        return node as JsonObject ?? throw new InvalidOperationException($"The definition {Version} has no '{reference}'.");
    }
}
