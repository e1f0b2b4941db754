using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Resources;

/// <summary>Connections. Source: the definitions and recorded behaviour.</summary>
internal static class ConnectionRules
{
    private static readonly Kind Connections = Kind.Of("connections");
    private static readonly Kind Definitions = Kind.Of("jobDefinitions");

    public static IReadOnlyList<Rule> All { get; } =
    [
        Of("CONN-002", "A second PUT does not change the description.", Sources.Recorded, DescriptionAsync),
        Of("CONN-003", "The private endpoint's name is the connection's, with a GUID.", Sources.Recorded, EndpointNameAsync),
        Of("CONN-004", "The private endpoint's id is a Microsoft.Network id and ends in its name.", Sources.Definition, EndpointIdAsync),
        Of("CONN-005", "A job can name a pending connection.", Sources.Recorded, PendingAsync),
        Of("CONN-006", "The status in a request is ignored: clients cannot set it.", Sources.Definition, StatusAsync),
        Of("CONN-007", "Deleting a connection that an active run uses returns 409.", Sources.Definition, InUseAsync),
        Of("CONN-008", "A job names connections by id; a name alone is refused: 400.", Sources.Definition, NameAsync),
        Of("CONN-009", "Two connections have different private endpoints.", Sources.Recorded, OwnEndpointAsync),
        Of("CONN-010", "A name of 22 characters is accepted or refused; it never causes a 5xx.", Sources.Documents, LongNameAsync),
    ];

    private static Rule Of(string id, string title, string source, Func<Bench, Task> run) =>
        Rule.OfVersion(id, title, run, Connections.IsIn).From(source);

    private static async Task DescriptionAsync(Bench bench)
    {
        var path = bench.Fresh(Connections);
        var first = (await bench.SendAsync("PUT", path, Connections.Described(bench))).Status(200, 201);
        var body = Connections.Described(bench);
        body["properties"]!["description"] = "another text";
        var second = (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        second.Same(first.Properties()["description"], second.Properties()["description"], "The description");
    }

    private static async Task EndpointNameAsync(Bench bench)
    {
        var path = bench.Fresh(Connections);
        var put = await bench.CreateAsync(Connections, path);
        var name = (string?)put.Properties()["privateEndpointName"] ?? string.Empty;
        var prefix = path.Split('/')[^1] + "-";
        put.Holds(name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && Guid.TryParse(name[prefix.Length..], out _),
            $"The private endpoint's name is '{name}'.");
    }

    private static async Task EndpointIdAsync(Bench bench)
    {
        var put = await bench.CreateAsync(Connections, bench.Fresh(Connections));
        var id = (string?)put.Properties()["privateEndpointResourceId"] ?? string.Empty;
        put.Holds("Microsoft.Network/privateEndpoints".Equals(TextRules.ArmIdType(id), StringComparison.OrdinalIgnoreCase),
            $"The private endpoint's id is '{id}'.")
            .Holds(id.EndsWith("/" + (string?)put.Properties()["privateEndpointName"], StringComparison.OrdinalIgnoreCase),
                $"The private endpoint's id is '{id}'.");
    }

    private static JsonObject Job(Bench bench, string connection)
    {
        var body = Definitions.Minimal(bench);
        body["properties"]!["agentName"] = Bench.Agent;
        body["properties"]!["connections"] = new JsonArray(connection);
        return body;
    }

    private static async Task PendingAsync(Bench bench)
    {
        var path = bench.Fresh(Connections);
        await bench.CreateAsync(Connections, path);
        var put = (await bench.SendAsync("PUT", bench.Fresh(Definitions), Job(bench, path))).Status(200, 201);
        put.Same(new JsonArray(path), put.Properties()["connections"], "The connections");
    }

    private static async Task StatusAsync(Bench bench)
    {
        var body = Connections.Minimal(bench);
        body["properties"]!["connectionStatus"] = "Stale";
        var put = (await bench.SendAsync("PUT", bench.Fresh(Connections), body)).Status(200, 201);
        put.Holds((string?)put.Properties()["connectionStatus"] != "Stale", "The status in the request was accepted.");
    }

    private static async Task InUseAsync(Bench bench)
    {
        var (path, job) = (bench.Fresh(Connections), bench.Fresh(Definitions));
        await bench.CreateAsync(Connections, path);
        (await bench.SendAsync("PUT", job, Job(bench, path))).Status(200, 201);
        (await bench.SendAsync("POST", job + "/startJob")).Status(200);
        (await bench.SendAsync("DELETE", path)).Error(409);
        (await bench.SendAsync("POST", job + "/stopJob")).Status(200);
    }

    private static async Task NameAsync(Bench bench) =>
        (await bench.SendAsync("PUT", bench.Fresh(Definitions), Job(bench, Bench.Connection))).Error(400);

    private static async Task OwnEndpointAsync(Bench bench)
    {
        var one = await bench.CreateAsync(Connections, bench.Fresh(Connections));
        var other = await bench.CreateAsync(Connections, bench.Fresh(Connections));
        other.Holds((string?)one.Properties()["privateEndpointResourceId"] != (string?)other.Properties()["privateEndpointResourceId"],
            "Two connections have the same private endpoint.");
    }

    private static async Task LongNameAsync(Bench bench)
    {
        var name = $"{bench.Mover}/connections/{bench.FreshName()}".PadRight($"{bench.Mover}/connections/".Length + 22, 'x');
        (await bench.SendAsync("PUT", name, Connections.Minimal(bench))).Status(200, 201, 400);
    }
}
