using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Resource groups. Source: ARM REST reference, "Resource Groups"; ARM RPC, names.</summary>
internal static class GroupRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-GROUP-007", "A PUT of a group returns 201 when it creates the group, 200 when the group exists.",
            Sources.Arm, StatusesAsync),
        Rule.Once("ARM-GROUP-008", "A group has id, name, type, location and a provisioning state.", Sources.Arm, EnvelopeAsync),
        Rule.Once("ARM-GROUP-009", "A group's name is not case-sensitive.", Sources.Rpc, CasingAsync),
        Rule.Once("ARM-GROUP-010", "A group without a location is refused: 400.", Sources.Arm, NoLocationAsync),
        Rule.Once("ARM-GROUP-011", "A PUT of a group replaces all its tags.", Sources.Arm, TagsAsync),
        Rule.Once("ARM-GROUP-012", "A group's name may have 90 characters.", Sources.Rpc, LongNameAsync),
        Rule.Once("ARM-GROUP-013", "A group's name may have letters, digits, periods, underscores, hyphens and parentheses.", Sources.Rpc,
            WideNameAsync),
        Rule.Once("ARM-GROUP-014", "A group's name that ends in a period is refused: 400.", Sources.Rpc, PeriodAsync),
        Rule.Once("ARM-GROUP-015", "A group's name with another character is refused: 400.", Sources.Rpc, WildNameAsync),
        Rule.Once("ARM-GROUP-016", "Deleting a group is an asynchronous operation with a Location; when it ends, the group is gone.",
            Sources.Arm,
            GoneAsync),
        Rule.Once("ARM-GROUP-017", "Deleting a group deletes everything in it.", Sources.Arm, CascadeAsync),
        Rule.Once("ARM-GROUP-018", "The name of a deleted group can be reused, and the new group is empty.", Sources.Arm, AgainAsync),
        Rule.Once("ARM-GROUP-019", "$top splits the list of groups into pages, and nextLink leads through them.", Sources.Arm, TopAsync),
        Rule.Once("ARM-GROUP-020", "$filter finds groups by tag name and value.", Sources.Arm, FilterAsync),
        Rule.Once("ARM-GROUP-021", "A PATCH of a missing group returns 404 ResourceGroupNotFound.", Sources.Arm, NoPatchAsync),
        Rule.Once("ARM-GROUP-022", "A PATCH without tags keeps the tags.", Sources.Arm, EmptyPatchAsync),
        Rule.Once("ARM-GROUP-023", "A group's location is compared without case and spaces.", Sources.Rpc, LocationAsync),
        Rule.Once("ARM-GROUP-024", "A group body that is not a JSON object is refused: 400.", Sources.Rpc, NoObjectAsync),
        Rule.Once("ARM-GROUP-025", "A second PUT keeps the resources in the group.", Sources.Arm, KeepsAsync),
    ];

    private static JsonObject Body(Bench bench, JsonObject? tags = null) => tags is null
        ? new() { ["location"] = bench.Location }
        : new() { ["location"] = bench.Location, ["tags"] = tags };

    private static string Mover(string group) => $"{group}/providers/Microsoft.StorageMover/storageMovers/m";

    private static async Task MoverAsync(Bench bench, string group) =>
        (await bench.SendAsync("PUT", Mover(group), Body(bench))).Status(200, 201);

    private static async Task StatusesAsync(Bench bench)
    {
        var group = $"{bench.Subscription}/resourceGroups/{Around.FreshGroupName()}";
        try
        {
            (await bench.ArmAsync("PUT", group, Body(bench))).Allowed().Status(201);
            (await bench.ArmAsync("PUT", group, Body(bench))).Status(200);
        }
        finally
        {
            await bench.EraseAsync(group, Around.Arm);
        }
    }

    private static Task EnvelopeAsync(Bench bench) => bench.InGroupAsync(async group =>
    {
        var get = (await bench.ArmAsync("GET", group)).Status(200);
        get.Same(group, get.Object()["id"], "The id").Same(group.Split('/')[^1], get.Object()["name"], "The name")
            .Same("Microsoft.Resources/resourceGroups", get.Object()["type"], "The type")
            .Same("Succeeded", get.Properties()["provisioningState"], "The provisioning state")
            .Holds(get.Object()["location"] is not null, "The location is missing.");
    });

    private static Task CasingAsync(Bench bench) => bench.InGroupAsync(async group =>
    {
        var name = group.Split('/')[^1];
        var get = (await bench.ArmAsync("GET", $"{bench.Subscription}/RESOURCEGROUPS/{name.ToUpperInvariant()}")).Status(200);
        get.Holds(name.Equals((string?)get.Object()["name"], StringComparison.OrdinalIgnoreCase), "The response is for another group.");
    });

    private static async Task NoLocationAsync(Bench bench)
    {
        var group = $"{bench.Subscription}/resourceGroups/{Around.FreshGroupName()}";
        (await bench.ArmAsync("PUT", group, new JsonObject())).Allowed().Error(400);
        (await bench.ArmAsync("GET", group)).Error(404);
    }

    private static Task TagsAsync(Bench bench) => bench.InGroupAsync(
        async group =>
        {
            var put = await bench.ArmAsync("PUT", group, Body(bench, new() { ["two"] = "2" }));
            put.Status(200).Same(new JsonObject { ["two"] = "2" }, put.Object()["tags"], "The tags");
        },
        tags: new() { ["one"] = "1" });

    private static Task LongNameAsync(Bench bench)
    {
        var name = Around.FreshGroupName();
        return bench.InGroupAsync(
            async group => (await bench.ArmAsync("GET", group)).Status(200), name + new string('g', 90 - name.Length));
    }

    private static Task WideNameAsync(Bench bench) => bench.InGroupAsync(
        async group => (await bench.ArmAsync("GET", group)).Status(200), Around.FreshGroupName() + "_A.b-(1)");

    private static async Task PeriodAsync(Bench bench) => (await bench.ArmAsync(
        "PUT", $"{bench.Subscription}/resourceGroups/{Around.FreshGroupName()}.", Body(bench))).Error(400);

    private static async Task WildNameAsync(Bench bench)
    {
        foreach (var wild in new[] { "%20x", "*", "%3Cb%3E", "%26", "!", "%25" })
        {
            var path = $"{bench.Subscription}/resourceGroups/{Around.FreshGroupName()}{wild}";
            (await bench.ArmAsync("PUT", path, Body(bench))).Error(400);
        }
    }

    private static Task GoneAsync(Bench bench) => bench.InGroupAsync(async group =>
    {
        var delete = (await bench.ArmAsync("DELETE", group)).Status(202);
        delete.Holds(TextRules.IsAddress(delete.Header("Location")), "The Location is not absolute.");
        (await bench.FollowAsync(delete)).Status(200, 204);
        (await bench.ArmAsync("HEAD", group)).Status(404);
    });

    private static Task CascadeAsync(Bench bench) => bench.InGroupAsync(async group =>
    {
        await MoverAsync(bench, group);
        (await bench.SendAsync("PUT", Mover(group) + "/projects/p", new JsonObject())).Status(200, 201);
        await bench.FollowAsync((await bench.ArmAsync("DELETE", group)).Status(202));
        (await bench.GetAsync(Mover(group))).Error(404, "ResourceGroupNotFound");
        var movers = await ListRules.IdsAsync(bench, $"{bench.Subscription}/providers/Microsoft.StorageMover/storageMovers");
        bench.Holds(!movers.Contains(Mover(group), StringComparer.OrdinalIgnoreCase), "The storage mover is listed.");
    });

    private static Task AgainAsync(Bench bench) => bench.InGroupAsync(async group =>
    {
        await MoverAsync(bench, group);
        await bench.FollowAsync((await bench.ArmAsync("DELETE", group)).Status(202));
        (await bench.ArmAsync("PUT", group, Body(bench))).Status(201);
        bench.Holds((await bench.AllAsync(Around.Arm, group + "/resources")).Count == 0, "The new group is not empty.");
        (await bench.GetAsync(Mover(group))).Error(404, "ResourceNotFound");
    });

    private static Task TopAsync(Bench bench) => bench.InGroupAsync(_ => bench.InGroupAsync(async group =>
    {
        var page = await bench.ArmAsync("GET", bench.Subscription + "/resourceGroups?$top=1");
        page.Holds(page.Items().Count == 1, $"A page of one has {page.Items().Count} groups.")
            .Holds(page.Object()["nextLink"] is not null, "There are more groups, but there is no nextLink.");
        var all = await bench.AllAsync(Around.Arm, bench.Subscription + "/resourceGroups?$top=2");
        bench.Holds(all.With(group) is not null, "The group is missing from all pages.");
        bench.Holds(all.Select(g => (string?)g["id"]).Distinct(StringComparer.OrdinalIgnoreCase).Count() == all.Count,
            "A group is on two pages.");
    }));

    private static Task FilterAsync(Bench bench)
    {
        var value = Guid.NewGuid().ToString("N");
        return bench.InGroupAsync(
            async group =>
            {
                var filter = Around.Filter($"tagName eq 'conformance' and tagValue eq '{value}'");
                var found = await bench.AllAsync(Around.Arm, bench.Subscription + "/resourceGroups" + filter);
                bench.Holds(found.Count == 1 && found.With(group) is not null, $"{found.Count} groups have the tag.");
            },
            tags: new() { ["conformance"] = value });
    }

    private static async Task NoPatchAsync(Bench bench) => (await bench.ArmAsync(
        "PATCH", $"{bench.Subscription}/resourceGroups/{Around.FreshGroupName()}", new JsonObject { ["tags"] = new JsonObject() }))
        .Error(404, "ResourceGroupNotFound");

    private static Task EmptyPatchAsync(Bench bench) => bench.InGroupAsync(
        async group =>
        {
            var patch = await bench.ArmAsync("PATCH", group, new JsonObject());
            patch.Status(200).Same(new JsonObject { ["one"] = "1" }, patch.Object()["tags"], "The tags");
        },
        tags: new() { ["one"] = "1" });

    private static Task LocationAsync(Bench bench) => bench.InGroupAsync(async group =>
    {
        var spaced = bench.Location.ToUpperInvariant().Insert(1, " ");
        var put = await bench.ArmAsync("PUT", group, new JsonObject { ["location"] = spaced });
        put.Status(200).Same(bench.Location, put.Object()["location"], "The location");
    });

    private static async Task NoObjectAsync(Bench bench)
    {
        var path = bench.Versioned($"{bench.Subscription}/resourceGroups/{Around.FreshGroupName()}", Around.Arm);
        foreach (var body in new[] { "[]", "\"text\"", "{", "null" })
        {
            (await bench.SendAsync(new Call("PUT", path, body))).Error(400);
        }
    }

    private static Task KeepsAsync(Bench bench) => bench.InGroupAsync(async group =>
    {
        await MoverAsync(bench, group);
        (await bench.ArmAsync("PUT", group, Body(bench))).Status(200);
        (await bench.GetAsync(Mover(group))).Status(200);
    });
}
