using System.Text.Json.Nodes;

namespace Mover.Conformance.Contract;

/// <summary>One operation of a definition: a path with a verb.</summary>
public sealed class ApiOperation
{
    private readonly string[] _segments;

    internal ApiOperation(string path, string method, JsonObject facts)
    {
        Path = path;
        Method = method.ToUpperInvariant();
        Facts = facts;
        Id = (string?)facts["operationId"] ?? $"{Method} {path}";
        _segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Name of the operation, such as <c>Endpoints_CreateOrUpdate</c>.</summary>
    public string Id { get; }

    /// <summary>The path with its parameters in braces.</summary>
    public string Path { get; }

    /// <summary>The verb in capitals.</summary>
    public string Method { get; }

    /// <summary>The operation's facts: parameters and responses.</summary>
    internal JsonObject Facts { get; }

    /// <summary>The parameters, with references as they stand in the definition.</summary>
    internal IEnumerable<JsonObject> Parameters => (Facts["parameters"] as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>Statuses that mean success, in rising order.</summary>
    internal IEnumerable<int> Successes =>
        Responses.Select(r => r.Key).Where(k => int.TryParse(k, out _)).Select(int.Parse).Where(s => s < 400).Order();

    private JsonObject? Body => Parameters.FirstOrDefault(p => (string?)p["in"] == "body");

    private JsonObject Responses => Facts["responses"] as JsonObject ?? [];

    /// <summary>The response of a status; null when the definition does not name it.</summary>
    internal JsonObject? Response(int status) =>
        Responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] as JsonObject;

    /// <summary>The schema of the body that is asked for; null when there is none.</summary>
    internal JsonObject? BodySchema => Body?["schema"] as JsonObject;

    /// <summary>True when the body may hold what is not quite JSON, such as comments.</summary>
    internal bool IsLooseJson => (bool?)Body?["isLooseJson"] == true;

    /// <summary>The values of the path's parameters when the path is of this operation; null otherwise. Literal segments ignore
    /// case.</summary>
    internal IReadOnlyDictionary<string, string>? Match(string path)
    {
        var given = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (given.Length != _segments.Length)
        {
            return null;
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = 0; at < given.Length; at++)
        {
            if (_segments[at][0] == '{')
            {
                values[_segments[at][1..^1]] = Uri.UnescapeDataString(given[at]);
            }
            else if (!_segments[at].Equals(given[at], StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }
        }

        return values;
    }
}
