using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>GET, the envelope of resources, and the headers of every answer. Source: ARM RPC, "common API details".</summary>
internal static class GetRules
{
    private static readonly string[] Envelope =
        ["id", "name", "type", "kind", "sku", "location", "tags", "systemData", "identity", "properties"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfKinds("ARM-GET-001", "A GET of a missing resource returns 404 ResourceNotFound and names it.", AbsentAsync),
        Rule.OfKinds("ARM-GET-002", "A GET in a missing resource group returns 404 ResourceGroupNotFound.", NoGroupAsync),
        Rule.OfKinds("ARM-GET-003", "A GET changes nothing: two in a row return the same.", TwiceAsync),
        Rule.OfKinds("ARM-ENV-001", "A resource has ARM's envelope and nothing else.", EnvelopeAsync),
        Rule.OfKinds("ARM-ENV-002", "The type matches the path; its case does not matter.", TypeAsync),
        Rule.OfKinds("ARM-ENV-003", "The system data has all six fields; times are UTC with at most seven digits.", SystemDataAsync),
        Rule.OfKinds("ARM-ENV-004", "Unset properties are omitted: no value is null.", NullsAsync),
        Rule.OfKinds("ARM-ENV-005", "The id has its segments in the documented casing.", CasingAsync),
        Rule.OfKinds("ARM-HEAD-001", "Every response has its own request id.", RequestIdAsync),
        Rule.OfKinds("ARM-HEAD-002", "Every response has a correlation id; a given one is kept.", CorrelationAsync),
        Rule.OfKinds("ARM-HEAD-003", "A client's request id is echoed only on request.", ClientIdAsync),
        Rule.OfKinds("ARM-HEAD-004", "A response forbids caching and content sniffing, and demands TLS.", SafetyAsync),
        Rule.OfKinds("ARM-HEAD-005", "An error has the same headers as a success.", ErrorHeadersAsync),
        Rule.OfVersion("ARM-HEAD-006", "An invalid request id does not break a request and is not echoed as it is.",
            WildIdAsync),
    ];

    private static async Task AbsentAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var get = (await bench.GetAsync(path)).Error(404, "ResourceNotFound");
        var message = (string?)get.Json?["error"]?["message"] ?? string.Empty;
        get.Holds(message.Contains(path.Split('/')[^1], StringComparison.OrdinalIgnoreCase), "The message does not name the resource.");
    }

    private static async Task NoGroupAsync(Bench bench, Kind kind)
    {
        var gone = bench.Fresh(kind).Replace("/resourceGroups/", "/resourceGroups/no-such-", StringComparison.Ordinal);
        (await bench.GetAsync(gone)).Error(404, "ResourceGroupNotFound");
    }

    private static async Task TwiceAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        var first = await bench.GetAsync(path);
        var second = await bench.GetAsync(path);
        second.Same(first.Object(), second.Object(), "The second answer").Same(first.Header("ETag"), second.Header("ETag"), "The ETag");
    }

    private static async Task EnvelopeAsync(Bench bench, Kind kind)
    {
        var put = await bench.SendAsync("PUT", bench.Fresh(kind), kind.Full(bench));
        var strange = put.Object().Select(p => p.Key).FirstOrDefault(name => !Envelope.Contains(name, StringComparer.Ordinal));
        put.Holds(strange is null, $"'{strange}' does not belong in the envelope.")
            .Holds(kind.IsMover == put.Object().ContainsKey("location"), "Tracked resources have a location; others do not.")
            .Holds(kind.IsMover || !put.Object().ContainsKey("tags"), "A resource that is not tracked has tags.");
    }

    private static async Task TypeAsync(Bench bench, Kind kind)
    {
        var put = await bench.CreateAsync(kind, bench.Fresh(kind));
        var type = (string?)put.Object()["type"];
        put.Holds(kind.Type.Equals(type, StringComparison.OrdinalIgnoreCase), $"The type is '{type}'.");
    }

    private static async Task SystemDataAsync(Bench bench, Kind kind)
    {
        var put = await bench.CreateAsync(kind, bench.Fresh(kind));
        var data = put.Object()["systemData"] as JsonObject ?? [];
        foreach (var name in new[] { "createdBy", "createdByType", "createdAt", "lastModifiedBy", "lastModifiedByType", "lastModifiedAt" })
        {
            put.Holds(!string.IsNullOrEmpty((string?)data[name]), $"The system data has no '{name}'.");
        }

        foreach (var name in new[] { "createdAt", "lastModifiedAt" })
        {
            put.Holds(((string)data[name]!).EndsWith('Z'), $"'{name}' is not in UTC.");
        }

        put.Same(data["createdAt"], data["lastModifiedAt"], "The modification time of a new resource");
    }

    private static async Task NullsAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        foreach (var answer in new[] { await bench.GetAsync(path), await bench.GetAsync(bench.ListOf(kind)) })
        {
            answer.Holds(!HasNull(answer.Object()), "A value is null.");
        }
    }

    private static async Task CasingAsync(Bench bench, Kind kind)
    {
        var put = await bench.CreateAsync(kind, bench.Fresh(kind));
        var id = (string?)put.Object()["id"] ?? string.Empty;
        var literals = id.Split('/', StringSplitOptions.RemoveEmptyEntries).Where((_, at) => at % 2 == 0).ToList();
        var documented = new[]
        {
            "subscriptions", "resourceGroups", "providers", "storageMovers", "agents", "endpoints", "connections", "projects",
                "jobDefinitions",
        };
        put.Holds(literals.TrueForAll(segment => documented.Contains(segment, StringComparer.Ordinal)), $"The id is '{id}'.")
            .Holds(id.Contains("/Microsoft.StorageMover/", StringComparison.Ordinal), $"The id is '{id}'.");
    }

    private static async Task RequestIdAsync(Bench bench, Kind kind)
    {
        var first = await bench.GetAsync(bench.ListOf(kind));
        var second = await bench.GetAsync(bench.ListOf(kind));
        second.Holds(Guid.TryParse(second.Header("x-ms-request-id"), out _), "The request id is not a GUID.")
            .Holds(first.Header("x-ms-request-id") != second.Header("x-ms-request-id"), "Two responses have the same request id.");
    }

    private static async Task CorrelationAsync(Bench bench, Kind kind)
    {
        var given = Guid.NewGuid().ToString();
        var kept = await bench.SendAsync("GET", bench.ListOf(kind), null, ("x-ms-correlation-request-id", given));
        kept.Same(given, kept.Header("x-ms-correlation-request-id"), "The correlation id");
        var made = await bench.GetAsync(bench.ListOf(kind));
        made.Holds(made.Header("x-ms-correlation-request-id").Length > 0, "The correlation id is empty.");
    }

    private static async Task ClientIdAsync(Bench bench, Kind kind)
    {
        var given = Guid.NewGuid().ToString();
        var echoed = await bench.SendAsync(
            "GET", bench.ListOf(kind), null, ("x-ms-client-request-id", given), ("x-ms-return-client-request-id", "true"));
        echoed.Same(given, echoed.Header("x-ms-client-request-id"), "The client's request id");
        var silent = await bench.SendAsync("GET", bench.ListOf(kind), null, ("x-ms-client-request-id", given));
        silent.Holds(!silent.Headers.ContainsKey("x-ms-client-request-id"), "The client's request id is echoed unrequested.");
    }

    private static async Task SafetyAsync(Bench bench, Kind kind) => Safe(await bench.GetAsync(bench.ListOf(kind)));

    private static async Task ErrorHeadersAsync(Bench bench, Kind kind)
    {
        var answer = (await bench.GetAsync(bench.Fresh(kind))).Error(404);
        Safe(answer);
        answer.Holds(Guid.TryParse(answer.Header("x-ms-request-id"), out _), "The request id is not a GUID.")
            .Holds(answer.Header("x-ms-correlation-request-id").Length > 0, "The correlation id is empty.");
    }

    private static async Task WildIdAsync(Bench bench)
    {
        var wild = new string('x', 4000);
        var answer = await bench.SendAsync("GET", bench.Mover, null, ("x-ms-correlation-request-id", wild));
        answer.Status(200, 400).Holds(answer.Headers.GetValueOrDefault("x-ms-correlation-request-id") != wild,
            "The invalid request id was echoed.");
    }

    private static void Safe(Exchange answer) => answer
        .Holds(answer.Header("Cache-Control").Contains("no-cache", StringComparison.OrdinalIgnoreCase), "The response may be cached.")
        .Holds(answer.Header("X-Content-Type-Options") == "nosniff", "The response allows content sniffing.")
        .Holds(answer.Header("Strict-Transport-Security").Contains("max-age=", StringComparison.Ordinal),
            "The response does not demand TLS.");

    private static bool HasNull(JsonNode? node) => node switch
    {
        null => true,
        JsonObject members => members.Any(m => HasNull(m.Value)),
        JsonArray items => items.Any(HasNull),
        _ => false,
    };
}
