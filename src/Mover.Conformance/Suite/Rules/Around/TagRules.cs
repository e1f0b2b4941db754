using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Tags: their limits, and the names that are in use. Source: ARM REST reference; Azure documentation, "tag resources".</summary>
internal static class TagRules
{
    private const int TagsMax = 50;

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-TAG-001", "A resource can have 50 tags.", Sources.Arm, FiftyAsync),
        Rule.Once("ARM-TAG-002", "A resource with 51 tags is refused: 400.", Sources.Arm, FiftyOneAsync),
        Rule.Once("ARM-TAG-003", "A tag's name that contains < > % & \\ ? or / is refused: 400.", Sources.Arm, NamesAsync),
        Rule.Once("ARM-TAG-004", "Two tags whose names differ only in case are refused: 400.", Sources.Arm, DoubledAsync),
        Rule.Once("ARM-TAG-005", "The casing of a tag's name and value is kept.", Sources.Arm, CasingAsync),
        Rule.Once("ARM-TAG-006", "A tag's value may be empty.", Sources.Arm, EmptyAsync),
        Rule.Once("ARM-TAG-007", "A tag's value that is not a string is refused: 400.", Sources.Arm, NoTextAsync),
        Rule.Once("ARM-TAG-008", "A resource group has the same tag limits as a resource.", Sources.Arm, OfGroupAsync),
        Rule.Once("ARM-TAG-009", "Resources do not inherit their group's tags.", Sources.Arm, NotInheritedAsync),
        Rule.Once("ARM-TAGNAMES-001", "Tag names in use are listed with id, count and values.", Sources.Arm, ShapeAsync),
        Rule.Once("ARM-TAGNAMES-002", "A tag counts from when it is written until it is removed.", Sources.Mover, CountAsync),
    ];

    private static JsonObject Tags(int count) =>
        new(Enumerable.Range(0, count).Select(n => KeyValuePair.Create($"tag{n}", (JsonNode?)JsonValue.Create("v"))));

    private static Task<Exchange> PutAsync(Bench bench, JsonObject tags) => bench.SendAsync(
        "PUT", bench.Fresh(Kind.Of("storageMovers")), new JsonObject { ["location"] = bench.Location, ["tags"] = tags });

    private static async Task FiftyAsync(Bench bench)
    {
        var put = (await PutAsync(bench, Tags(TagsMax))).Status(200, 201);
        put.Same(Tags(TagsMax), put.Object()["tags"], "The tags");
    }

    private static async Task FiftyOneAsync(Bench bench) => (await PutAsync(bench, Tags(TagsMax + 1))).Error(400);

    private static async Task NamesAsync(Bench bench)
    {
        foreach (var mark in "<>%&\\?/")
        {
            (await PutAsync(bench, new() { [$"a{mark}b"] = "v" })).Error(400);
        }

        (await PutAsync(bench, new() { ["cost center: (1) +*'\"#é"] = "v" })).Status(200, 201);
    }

    private static async Task DoubledAsync(Bench bench) => (await PutAsync(bench, new() { ["Owner"] = "a", ["owner"] = "b" })).Error(400);

    private static async Task CasingAsync(Bench bench)
    {
        var tags = new JsonObject { ["CostCenter"] = "AbC" };
        var put = (await PutAsync(bench, tags.DeepClone().AsObject())).Status(200, 201);
        put.Same(tags, put.Object()["tags"], "The tags");
    }

    private static async Task EmptyAsync(Bench bench)
    {
        var put = (await PutAsync(bench, new() { ["empty"] = string.Empty })).Status(200, 201);
        put.Same(new JsonObject { ["empty"] = string.Empty }, put.Object()["tags"], "The tags");
    }

    private static async Task NoTextAsync(Bench bench)
    {
        foreach (var value in new JsonNode[] { 1, true, new JsonObject(), new JsonArray() })
        {
            (await PutAsync(bench, new() { ["one"] = value })).Error(400);
        }
    }

    private static async Task OfGroupAsync(Bench bench)
    {
        var group = $"{bench.Subscription}/resourceGroups/{Around.FreshGroupName()}";
        var body = new JsonObject { ["location"] = bench.Location, ["tags"] = Tags(TagsMax + 1) };
        (await bench.ArmAsync("PUT", group, body)).Allowed().Error(400);
        await bench.InGroupAsync(
            async made => (await bench.ArmAsync("GET", made)).Status(200), tags: Tags(TagsMax));
    }

    private static Task NotInheritedAsync(Bench bench) => bench.InGroupAsync(
        async group =>
        {
            var path = $"{group}/providers/Microsoft.StorageMover/storageMovers/m";
            var put = (await bench.SendAsync("PUT", path, new JsonObject { ["location"] = bench.Location })).Status(200, 201);
            put.Holds(!put.Object().ContainsKey("tags"), "The resource has inherited the group's tags.");
        },
        tags: new() { ["one"] = "1" });

    private static async Task ShapeAsync(Bench bench)
    {
        var names = await bench.AllAsync(Around.Arm, bench.Subscription + "/tagNames");
        foreach (var name in names)
        {
            bench.Holds(!string.IsNullOrEmpty((string?)name["tagName"]), "A tag has no name.");
            bench.Holds($"{bench.Subscription}/tagNames/{name["tagName"]}".Equals((string?)name["id"], StringComparison.OrdinalIgnoreCase),
                $"The id is '{name["id"]}'.");
            bench.Holds(name["count"]?["type"] is not null && name["values"] is JsonArray, $"'{name["tagName"]}' has no count or values.");
        }
    }

    private static async Task CountAsync(Bench bench)
    {
        var name = "n" + Guid.NewGuid().ToString("N");
        var path = await ResourceListRules.TaggedAsync(bench, new() { [name] = "v" });
        var found = (await bench.AllAsync(Around.Arm, bench.Subscription + "/tagNames")).Find(n => (string?)n["tagName"] == name);
        bench.Holds((string?)found?["values"]?[0]?["tagValue"] == "v", "The tag is not listed with its value.");
        bench.Holds(found?["count"]?["value"]?.ToString() == "1", $"The tag's count is {found?["count"]?["value"]}.");
        await bench.DeleteAsync(path);
        found = (await bench.AllAsync(Around.Arm, bench.Subscription + "/tagNames")).Find(n => (string?)n["tagName"] == name);
        bench.Holds(found is null, "The tag of a deleted resource is listed.");
    }
}
