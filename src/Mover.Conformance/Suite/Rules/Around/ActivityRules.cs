using System.Globalization;
using System.Text.Json.Nodes;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>
/// The activity log. Source: Azure activity log REST reference, 2015-04-01. At Azure an event shows after minutes; here it is there when
/// the write is answered, and what needs that is Mover's decision.
/// </summary>
internal static class ActivityRules
{
    /// <summary>The api-version of the activity log.</summary>
    public const string Version = "2015-04-01";

    /// <summary>The log of what is above all subscriptions.</summary>
    public const string Everywhere = "/providers/Microsoft.Insights/eventtypes/management/values";

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ACT-001", "A write appears in the log at once, with operation, resource, caller and status.", Sources.Mover, WriteAsync),
        Rule.Once("ACT-002", "An event has the correlation id of its request.", Sources.Mover, CorrelationAsync),
        Rule.Once("ACT-003", "A delete appears in the log as the delete of its resource.", Sources.Mover, DeleteAsync),
        Rule.Once("ACT-004", "A read does not appear in the log.", Sources.Mover, ReadAsync),
        Rule.Once("ACT-005", "The newest event comes first.", Sources.Monitor, OrderAsync),
        Rule.Once("ACT-006", "A filter on the group returns only events of the group.", Sources.Monitor, GroupAsync),
        Rule.Once("ACT-007", "A filter on time returns only events within it.", Sources.Monitor, TimeAsync),
        Rule.Once("ACT-008", "An invalid filter on the log is refused: 400.", Sources.Monitor, WrongAsync),
        Rule.Once("ACT-009", "The log does not show a refused write as succeeded.", Sources.Mover, RefusedAsync),
        Rule.Once("ACT-010", "Clients cannot write or delete the log.", Sources.Monitor, ReadOnlyAsync),
    ];

    private static string LogOf(Bench bench) => bench.Subscription + Everywhere;

    private static string Since(Bench bench) =>
        $"eventTimestamp ge '{bench.Now.AddHours(-1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}'";

    private static Task<List<JsonObject>> FindAsync(Bench bench, string filter) =>
        bench.AllAsync(Version, LogOf(bench) + Around.Filter($"{Since(bench)} and {filter}"));

    private static Task<List<JsonObject>> OfResourceAsync(Bench bench, string path) => FindAsync(bench, $"resourceUri eq '{path}'");

    private static async Task<string> MadeAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("projects"));
        await bench.CreateAsync(Kind.Of("projects"), path);
        return path;
    }

    private static async Task WriteAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var found = await OfResourceAsync(bench, path);
        bench.Holds(found.Count == 1, $"One write has {found.Count} events.");
        var one = found[0];
        bench.Last?.Same("Microsoft.StorageMover/storageMovers/projects/write", one["operationName"]?["value"], "The operation")
            .Same("Succeeded", one["status"]?["value"], "The status")
            .Holds(path.Equals((string?)one["resourceId"], StringComparison.OrdinalIgnoreCase), "The event is of another resource.")
            .Holds(!string.IsNullOrEmpty((string?)one["caller"]), "The event has no caller.");
    }

    private static async Task CorrelationAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("projects"));
        var given = Guid.NewGuid().ToString();
        (await bench.SendAsync("PUT", path, new JsonObject(), ("x-ms-correlation-request-id", given))).Status(200, 201);
        var found = await FindAsync(bench, $"correlationId eq '{given}'");
        bench.Holds(found.Count == 1, $"{found.Count} events have the id.");
        bench.Last?.Same(given, found[0]["correlationId"], "The correlation id");
    }

    private static async Task DeleteAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("endpoints"));
        await bench.CreateAsync(Kind.Of("endpoints"), path);
        await bench.DeleteAsync(path);
        var found = await OfResourceAsync(bench, path);
        bench.Holds(
            found.Exists(e => (string?)e["operationName"]?["value"] == "Microsoft.StorageMover/storageMovers/endpoints/delete"),
            "The delete has no event.");
    }

    private static async Task ReadAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        (await bench.GetAsync(path)).Status(200);
        var found = await OfResourceAsync(bench, path);
        bench.Holds(!found.Exists(e => ((string?)e["operationName"]?["value"] ?? string.Empty).EndsWith("/read", StringComparison.Ordinal)),
            "The log contains the read.");
    }

    private static async Task OrderAsync(Bench bench)
    {
        await MadeAsync(bench);
        await MadeAsync(bench);
        var times = (await bench.AskAsync(Version, "GET", LogOf(bench) + Around.Filter(Since(bench)))).Items()
            .ConvertAll(e => DateTimeOffset.Parse((string?)e["eventTimestamp"] ?? string.Empty, CultureInfo.InvariantCulture));
        bench.Holds(times.SequenceEqual(times.OrderDescending()), "An older event comes before a newer one.");
    }

    private static async Task GroupAsync(Bench bench)
    {
        await MadeAsync(bench);
        var name = bench.Group.Split('/')[^1];
        var page = await bench.AskAsync(
            Version, "GET", LogOf(bench) + Around.Filter($"{Since(bench)} and resourceGroupName eq '{name}'"));
        page.Holds(page.Items().TrueForAll(e => name.Equals((string?)e["resourceGroupName"], StringComparison.OrdinalIgnoreCase)),
            "The log returns an event of another group.");
    }

    private static async Task TimeAsync(Bench bench)
    {
        await MadeAsync(bench);
        const string Long = "eventTimestamp ge '2020-01-01T00:00:00Z' and eventTimestamp le '2020-01-02T00:00:00Z'";
        var page = await bench.AskAsync(Version, "GET", LogOf(bench) + Around.Filter(Long));
        if (page.Status == 400)
        {
            throw new NotApplicableException("the log does not go back that far");
        }

        page.Holds(page.Items().Count == 0, "The log returns an event from outside the time.");
    }

    private static async Task WrongAsync(Bench bench)
    {
        foreach (var wrong in new[] { "nonsense", "colour eq 'red'", "eventTimestamp ge 'yesterday'" })
        {
            (await bench.AskAsync(Version, "GET", LogOf(bench) + Around.Filter(wrong))).Error(400);
        }
    }

    private static async Task RefusedAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("projects"));
        var body = new JsonObject { ["properties"] = new JsonObject { ["description"] = new string('d', 2000) } };
        (await bench.SendAsync("PUT", path, body)).Error(400);
        var found = await OfResourceAsync(bench, path);
        bench.Holds(!found.Exists(e => (string?)e["status"]?["value"] == "Succeeded"), "The log shows the write as succeeded.");
    }

    private static async Task ReadOnlyAsync(Bench bench)
    {
        foreach (var verb in new[] { "PUT", "PATCH", "DELETE" })
        {
            var answer = await bench.AskAsync(Version, verb, LogOf(bench), verb == "DELETE" ? null : new JsonObject());
            answer.Holds(answer.Status is 404 or 405, $"{verb} returned {answer.Status}.");
        }
    }
}
