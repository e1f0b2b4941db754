using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>What the rules about the surroundings of Storage Mover share: the api-versions that they ask for, and groups of their
/// own.</summary>
internal static class Around
{
    public const string Arm = "2021-04-01";
    public const string Roles = "2022-04-01";

    /// <summary>Sends a request with an api-version of the surroundings.</summary>
    public static Task<Exchange> AskAsync(this Bench bench, string version, string method, string path, JsonNode? body = null) =>
        bench.SendAsync(new Call(method, bench.Versioned(path, version), body?.ToJsonString()));

    /// <summary>Sends a request of ARM itself.</summary>
    public static Task<Exchange> ArmAsync(this Bench bench, string method, string path, JsonNode? body = null) =>
        bench.AskAsync(Arm, method, path, body);

    /// <summary>Works in a resource group that is made for this, and deletes it with all that is in it.</summary>
    public static async Task InGroupAsync(this Bench bench, Func<string, Task> run, string? name = null, JsonObject? tags = null)
    {
        var group = $"{bench.Subscription}/resourceGroups/{name ?? FreshGroupName()}";
        var body = new JsonObject { ["location"] = bench.Location };
        if (tags is not null)
        {
            body["tags"] = tags;
        }

        (await bench.ArmAsync("PUT", group, body)).Allowed().Status(200, 201);
        try
        {
            await run(group);
        }
        finally
        {
            await bench.EraseAsync(group, Arm);
        }
    }

    /// <summary>A name that no other run has: groups of one subscription stand beside each other.</summary>
    public static string FreshGroupName() => $"conformance-{Guid.NewGuid():N}"[..24];

    /// <summary>Deletes something and waits for it; what the answer says is not looked at.</summary>
    public static async Task EraseAsync(this Bench bench, string path, string version)
    {
        var answer = await bench.AskAsync(version, "DELETE", path);
        if (answer.Status == 202)
        {
            await bench.FollowAsync(answer);
        }
    }

    /// <summary>The token may not do everything: what it may not do cannot be tried.</summary>
    public static Exchange Allowed(this Exchange exchange) => exchange.Status != 403
        ? exchange
        : throw new NotApplicableException("the token does not have the right to do this");

    /// <summary>The items of a list's page.</summary>
    public static List<JsonObject> Items(this Exchange exchange) =>
        [.. (exchange.Status(200).Object()["value"] as JsonArray ?? []).OfType<JsonObject>()];

    /// <summary>The items of all pages of a list.</summary>
    public static async Task<List<JsonObject>> AllAsync(this Bench bench, string version, string path)
    {
        var items = new List<JsonObject>();
        var next = (string?)bench.Versioned(path, version);
        for (var pages = 0; next is not null; pages++)
        {
            var page = await bench.SendAsync(new Call("GET", next));
            page.Holds(pages < 10_000, "The list does not end.");
            items.AddRange(page.Items());
            next = (string?)page.Object()["nextLink"];
        }

        return items;
    }

    /// <summary>The item with an id, whatever its casing; null when there is none.</summary>
    public static JsonObject? With(this IEnumerable<JsonObject> items, string id) =>
        items.FirstOrDefault(item => id.Equals((string?)item["id"], StringComparison.OrdinalIgnoreCase));

    /// <summary>Fails unless it holds, showing the exchange before.</summary>
    public static void Holds(this Bench bench, bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new RuleBrokenException(otherwise, bench.Last);
        }
    }

    /// <summary>A filter as it stands in a query.</summary>
    public static string Filter(string text) => "?$filter=" + Uri.EscapeDataString(text);
}
