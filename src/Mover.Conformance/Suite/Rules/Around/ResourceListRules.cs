using System.Text.Json.Nodes;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Lists of resources of every type. Source: ARM REST reference, "Resources".</summary>
internal static class ResourceListRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-RES-001", "The resources of a group include its storage movers, with type, location and tags.", Sources.Arm,
            OfGroupAsync),
        Rule.Once("ARM-RES-002", "Only tracked resources are listed; the children of a storage mover are not.", Sources.Arm, TrackedAsync),
        Rule.Once("ARM-RES-003", "The resources of a subscription include those of its groups.", Sources.Arm, OfSubscriptionAsync),
        Rule.Once("ARM-RES-004", "The resources of a missing group return 404 ResourceGroupNotFound.", Sources.Arm,
            NoGroupAsync),
        Rule.Once("ARM-RES-005",
            "$top splits the list into pages; together they contain every resource once, and nextLink keeps the filter.", Sources.Arm,
            TopAsync),
        Rule.Once("ARM-RES-006", "A $top that is not a whole number above 0 is refused: 400.", Sources.Arm, WrongTopAsync),
        Rule.Once("ARM-RES-007", "$expand adds creation and change times, and the provisioning state.", Sources.Arm, ExpandAsync),
        Rule.Once("ARM-RES-008", "Without $expand the list has no times.", Sources.Arm, PlainAsync),
        Rule.Once("ARM-RES-009", "HEAD returns 204 for an existing resource and 404 for a missing one.", Sources.Arm, HeadAsync),
        Rule.Once("ARM-RES-010", "A deleted resource is not in any list of resources.", Sources.Arm, DeletedAsync),
        Rule.Once("ARM-RES-011", "A continuation token that no list of resources returned is refused: 400.", Sources.Rpc, TokenAsync),
    ];

    /// <summary>A storage mover with tags, in the group of the suite.</summary>
    public static async Task<string> TaggedAsync(Bench bench, JsonObject tags, string? name = null)
    {
        var path = $"{bench.Movers}/{name ?? bench.FreshName()}";
        var body = new JsonObject { ["location"] = bench.Location, ["tags"] = tags };
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        return path;
    }

    private static async Task OfGroupAsync(Bench bench)
    {
        var path = await TaggedAsync(bench, new() { ["one"] = "1" });
        var found = (await bench.AllAsync(Around.Arm, bench.Group + "/resources")).With(path);
        bench.Holds(found is not null, "The storage mover is not listed.");
        bench.Last?.Same(path.Split('/')[^1], found?["name"], "The name").Same(bench.Location, found?["location"], "The location")
            .Same(new JsonObject { ["one"] = "1" }, found?["tags"], "The tags")
            .Holds(Kind.Of("storageMovers").Type.Equals((string?)found?["type"], StringComparison.OrdinalIgnoreCase),
                "The type is wrong.");
    }

    private static async Task TrackedAsync(Bench bench)
    {
        var found = await bench.AllAsync(Around.Arm, bench.Group + "/resources");
        var below = found.Find(r => ((string?)r["type"] ?? string.Empty).Count(c => c == '/') > 1
            && ((string?)r["type"] ?? string.Empty).StartsWith("microsoft.storagemover", StringComparison.OrdinalIgnoreCase));
        bench.Holds(below is null, $"'{below?["id"]}' is listed.");
    }

    private static async Task OfSubscriptionAsync(Bench bench)
    {
        var found = await bench.AllAsync(
            Around.Arm, bench.Subscription + "/resources" + Around.Filter("resourceType eq 'Microsoft.StorageMover/storageMovers'"));
        bench.Holds(found.With(bench.Mover) is not null, "The storage mover is not listed.");
    }

    private static async Task NoGroupAsync(Bench bench) =>
        (await bench.ArmAsync("GET", bench.Group + "-no-such/resources")).Error(404, "ResourceGroupNotFound");

    private static async Task TopAsync(Bench bench)
    {
        var value = Guid.NewGuid().ToString("N");
        for (var made = 0; made < 3; made++)
        {
            await TaggedAsync(bench, new() { ["page"] = value });
        }

        var query = Around.Filter($"tagName eq 'page' and tagValue eq '{value}'") + "&$top=2";
        var first = await bench.ArmAsync("GET", bench.Group + "/resources" + query);
        first.Holds(first.Items().Count <= 2, $"A page of two has {first.Items().Count} resources.")
            .Holds(first.Object()["nextLink"] is not null, "There are more resources, but there is no nextLink.");
        var all = await bench.AllAsync(Around.Arm, bench.Group + "/resources" + query);
        first.Holds(all.Count == 3 && all.Select(r => (string?)r["id"]).Distinct(StringComparer.OrdinalIgnoreCase).Count() == 3,
            $"The pages contain {all.Count} of 3 resources.");
    }

    private static async Task WrongTopAsync(Bench bench)
    {
        foreach (var top in new[] { "0", "-1", "many", "1.5" })
        {
            (await bench.ArmAsync("GET", $"{bench.Group}/resources?$top={top}")).Error(400);
        }
    }

    private static async Task ExpandAsync(Bench bench)
    {
        var path = await TaggedAsync(bench, new() { ["one"] = "1" });
        var found = (await bench.AllAsync(
            Around.Arm, bench.Group + "/resources?$expand=createdTime,changedTime,provisioningState")).With(path);
        foreach (var name in new[] { "createdTime", "changedTime" })
        {
            bench.Holds(DateTimeOffset.TryParse((string?)found?[name], out _), $"'{name}' is missing.");
        }

        bench.Holds((string?)found?["provisioningState"] == "Succeeded", "The provisioning state is missing.");
    }

    private static async Task PlainAsync(Bench bench)
    {
        var listed = await bench.AllAsync(Around.Arm, bench.Group + "/resources");
        bench.Holds(listed.Count > 0 && listed.TrueForAll(r => !r.ContainsKey("createdTime")), "The list has a time without $expand.");
    }

    private static async Task HeadAsync(Bench bench)
    {
        (await bench.SendAsync(new Call("HEAD", bench.Versioned(bench.Mover)))).Status(204);
        (await bench.SendAsync(new Call("HEAD", bench.Versioned(bench.Mover + "-none")))).Status(404);
    }

    private static async Task DeletedAsync(Bench bench)
    {
        var path = await TaggedAsync(bench, new() { ["one"] = "1" });
        await bench.DeleteAsync(path);
        bench.Holds((await bench.AllAsync(Around.Arm, bench.Group + "/resources")).With(path) is null, "The deleted resource is listed.");
    }

    private static async Task TokenAsync(Bench bench) =>
        (await bench.ArmAsync("GET", bench.Group + "/resources?$skiptoken=not-one-of-yours!")).Error(400);
}
