using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary><c>Microsoft.Resources/tags/default</c>. Source: ARM REST reference, "Tags".</summary>
internal static class TagOperationRules
{
    private const string Default = "/providers/Microsoft.Resources/tags/default";

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ARM-TAGS-001", "A resource's tags can be read as the resource default of type Microsoft.Resources/tags.",
            Sources.Arm, GetAsync),
        Rule.Once("ARM-TAGS-002", "Merge adds tags, replaces those of the same name, and keeps the rest.", Sources.Arm, MergeAsync),
        Rule.Once("ARM-TAGS-003", "Replace keeps only the tags that it names.", Sources.Arm, ReplaceAsync),
        Rule.Once("ARM-TAGS-004", "Delete removes the tags that match by name and value.", Sources.Arm, RemoveAsync),
        Rule.Once("ARM-TAGS-005", "A PUT of the tags also replaces them in the resource.", Sources.Arm, PutAsync),
        Rule.Once("ARM-TAGS-006", "A DELETE of the tags removes all of them and keeps the resource.", Sources.Arm, DeleteAsync),
        Rule.Once("ARM-TAGS-007", "Changing the tags changes nothing else in the resource but its ETag and time.", Sources.Arm,
            NothingElseAsync),
        Rule.Once("ARM-TAGS-008", "An operation other than these three is refused: 400.", Sources.Arm, UnknownAsync),
        Rule.Once("ARM-TAGS-009", "The tags of a missing resource return 404.", Sources.Arm, AbsentAsync),
        Rule.Once("ARM-TAGS-010", "The tags of a resource group are the group's own.", Sources.Arm, OfGroupAsync),
        Rule.Once("ARM-TAGS-011", "The tags of a subscription can be read.", Sources.Arm, OfSubscriptionAsync),
        Rule.Once("ARM-TAGS-012", "Merge matches tag names without regard to case.", Sources.Arm, CasingAsync),
        Rule.Once("ARM-TAGS-013", "Merging beyond 50 tags is refused, and the tags stay unchanged.", Sources.Arm, LimitAsync),
        Rule.Once("ARM-TAGS-014", "Setting tags on a resource that is not tracked is refused: 400.", Sources.Mover, ProxyAsync),
        Rule.Once("ARM-TAGS-015", "The tags resource is always named default: any other name returns 404.", Sources.Mover, OtherNameAsync),
    ];

    private static Task<string> MadeAsync(Bench bench) => ResourceListRules.TaggedAsync(bench, new() { ["one"] = "1", ["two"] = "2" });

    private static JsonObject Body(string? operation, JsonObject tags)
    {
        var body = new JsonObject { ["properties"] = new JsonObject { ["tags"] = tags } };
        if (operation is not null)
        {
            body["operation"] = operation;
        }

        return body;
    }

    private static Task<Exchange> PatchAsync(Bench bench, string path, string operation, JsonObject tags) =>
        bench.ArmAsync("PATCH", path + Default, Body(operation, tags));

    private static async Task IsAsync(Bench bench, string path, Exchange answer, JsonObject expected)
    {
        answer.Status(200).Same(expected, answer.Properties()["tags"], "The returned tags");
        var get = (await bench.GetAsync(path)).Status(200);
        get.Same(expected, get.Object()["tags"] ?? new JsonObject(), "The resource's tags");
    }

    private static async Task GetAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var get = (await bench.ArmAsync("GET", path + Default)).Status(200);
        get.Same("default", get.Object()["name"], "The name").Same("Microsoft.Resources/tags", get.Object()["type"], "The type")
            .Holds((path + Default).Equals((string?)get.Object()["id"], StringComparison.OrdinalIgnoreCase), "The id is wrong.");
        await IsAsync(bench, path, get, new() { ["one"] = "1", ["two"] = "2" });
    }

    private static async Task MergeAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var patch = await PatchAsync(bench, path, "Merge", new() { ["two"] = "zwei", ["three"] = "3" });
        await IsAsync(bench, path, patch, new() { ["one"] = "1", ["two"] = "zwei", ["three"] = "3" });
    }

    private static async Task ReplaceAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        await IsAsync(bench, path, await PatchAsync(bench, path, "Replace", new() { ["three"] = "3" }), new() { ["three"] = "3" });
    }

    private static async Task RemoveAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        await IsAsync(bench, path, await PatchAsync(bench, path, "Delete", new() { ["one"] = "1" }), new() { ["two"] = "2" });
    }

    private static async Task PutAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var put = await bench.ArmAsync("PUT", path + Default, Body(null, new() { ["three"] = "3" }));
        await IsAsync(bench, path, put, new() { ["three"] = "3" });
    }

    private static async Task DeleteAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        (await bench.ArmAsync("DELETE", path + Default)).Status(200);
        await IsAsync(bench, path, await bench.ArmAsync("GET", path + Default), []);
    }

    private static async Task NothingElseAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var before = (await bench.GetAsync(path)).Status(200);
        (await PatchAsync(bench, path, "Merge", new() { ["three"] = "3" })).Status(200);
        var after = (await bench.GetAsync(path)).Status(200);
        after.Same(before.Properties(), after.Properties(), "The properties")
            .Same(before.Object()["location"], after.Object()["location"], "The location")
            .Same(before.Object()["systemData"]?["createdAt"], after.Object()["systemData"]?["createdAt"], "The creation time")
            .Holds(before.Header("ETag") != after.Header("ETag"), "The ETag did not change.");
    }

    private static async Task UnknownAsync(Bench bench) =>
        (await PatchAsync(bench, await MadeAsync(bench), "Shuffle", new() { ["three"] = "3" })).Error(400);

    private static async Task AbsentAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("storageMovers"));
        (await bench.ArmAsync("GET", path + Default)).Error(404);
        (await PatchAsync(bench, path, "Merge", new() { ["three"] = "3" })).Error(404);
    }

    private static Task OfGroupAsync(Bench bench) => bench.InGroupAsync(
        async group =>
        {
            var patch = (await PatchAsync(bench, group, "Merge", new() { ["two"] = "2" })).Status(200);
            var get = (await bench.ArmAsync("GET", group)).Status(200);
            patch.Same(get.Object()["tags"], patch.Properties()["tags"], "The tags");
        },
        tags: new() { ["one"] = "1" });

    private static async Task OfSubscriptionAsync(Bench bench)
    {
        var get = (await bench.ArmAsync("GET", bench.Subscription + Default)).Status(200);
        get.Same("Microsoft.Resources/tags", get.Object()["type"], "The type")
            .Holds(get.Properties()["tags"] is JsonObject, "The response has no tags object.");
    }

    private static async Task CasingAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var patch = (await PatchAsync(bench, path, "Merge", new() { ["ONE"] = "eins" })).Status(200);
        var tags = patch.Properties()["tags"]?.AsObject() ?? [];
        patch.Holds(tags.Count == 2, $"There are {tags.Count} tags instead of 2.")
            .Same("eins", tags.First(t => t.Key.Equals("one", StringComparison.OrdinalIgnoreCase)).Value, "The value");
    }

    private static async Task LimitAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var many = Enumerable.Range(0, 49).Select(n => KeyValuePair.Create($"tag{n}", (JsonNode?)JsonValue.Create("v")));
        (await PatchAsync(bench, path, "Merge", new(many))).Error(400);
        await IsAsync(bench, path, await bench.ArmAsync("GET", path + Default), new() { ["one"] = "1", ["two"] = "2" });
    }

    private static async Task ProxyAsync(Bench bench) => (await PatchAsync(
        bench, $"{bench.Mover}/projects/{Bench.Project}", "Merge", new() { ["one"] = "1" })).Error(400);

    private static async Task OtherNameAsync(Bench bench) =>
        (await bench.ArmAsync("GET", bench.Mover + "/providers/Microsoft.Resources/tags/other")).Error(404);
}
