using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>PATCH is a JSON merge patch. Source: ARM RPC, "patch resource"; RFC 7396.</summary>
internal static class PatchRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        OfPatchable("ARM-PATCH-001", "A PATCH of a missing resource returns 404.", AbsentAsync),
        OfPatchable("ARM-PATCH-002", "An empty PATCH returns 200 and the whole resource, unchanged.", NothingAsync),
        OfPatchable("ARM-PATCH-003", "A PATCH changes what it names and keeps the rest.", MergeAsync),
        OfPatchable("ARM-PATCH-004", "A null in a PATCH removes a value.", NullAsync),
        OfPatchable("ARM-PATCH-005", "A PATCH whose body is not a JSON object is refused: 400.", MalformedAsync),
        OfPatchable("ARM-PATCH-006", "A PATCH with a property of the wrong type is refused: 400.", WrongTypeAsync),
        OfPatchable("ARM-PATCH-007", "A PATCH keeps the creation data, and its modification time does not go back.", TimesAsync),
        OfPatchable("ARM-PATCH-008", "A GET after a PATCH returns what the PATCH returned, with its ETag.", ReadBackAsync),
        new("ARM-PATCH-009", "A PATCH can change each property that the definition lets it change.", api =>
            from kind in Kind.In(api)
            from property in kind.PatchPropertiesOf(api).Properties.Keys.Order(StringComparer.Ordinal)
            where property != "endpointType"
            select new Case($"{kind.Name}.{property}", bench => PropertyAsync(bench, kind, property))),
        new("ARM-PATCH-010", "A PATCH cannot change a property that is set at creation.", api =>
            from kind in Kind.In(api)
            where kind.PatchOf(api) is not null
            from property in kind.CreateOnlyIn(api)
            where property is not ("endpointType" or "endpointKind") && !kind.PatchPropertiesOf(api).Properties.ContainsKey(property)
            select new Case($"{kind.Name}.{property}", bench => CreateOnlyAsync(bench, kind, property))),
        Rule.OfVersion("ARM-PATCH-011", "Tags are replaced as a whole.", TagsAsync),
        Rule.OfVersion("ARM-PATCH-012", "A PATCH without tags keeps them.", TagsStayAsync),
        Rule.OfVersion("ARM-PATCH-013", "Empty tags remove all tags.", NoTagsAsync),
        Rule.OfVersion("ARM-PATCH-014", "A tag's name of 512 characters and a value of 256 are accepted; longer ones are refused.",
            TagLimitsAsync),
        Rule.OfVersion("ARM-PATCH-015", "A type without PATCH returns 405.", NoPatchAsync, api => Kind.Of("connections").IsIn(api)),
    ];

    private static Rule OfPatchable(string id, string title, Func<Bench, Kind, Task> run) => new(id, title, api => Kind.In(api)
        .Where(kind => !kind.IsVariant && kind.PatchOf(api) is not null).Select(kind => new Case(kind.Name, bench => run(bench, kind))));

    /// <summary>A PATCH body with these properties, and with the discriminator where one is wanted.</summary>
    public static JsonObject Body(Bench bench, Kind kind, params (string Name, JsonNode? Value)[] properties)
    {
        var inner = new JsonObject();
        if (kind.EndpointType is { } type && kind.PatchPropertiesOf(bench.Api).Properties.ContainsKey("endpointType"))
        {
            inner["endpointType"] = type;
        }

        foreach (var (name, value) in properties)
        {
            inner[name] = value;
        }

        return new() { ["properties"] = inner };
    }

    private static async Task AbsentAsync(Bench bench, Kind kind) =>
        (await bench.SendAsync("PATCH", bench.Fresh(kind), Body(bench, kind))).Error(404, "ResourceNotFound");

    private static async Task NothingAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var put = await bench.SendAsync("PUT", path, kind.Full(bench));
        var patch = (await bench.SendAsync("PATCH", path, Body(bench, kind))).Status(200);
        patch.Same(put.Properties(), patch.Properties(), "What the PATCH returns")
            .Same(put.Object()["tags"], patch.Object()["tags"], "The tags");
    }

    private static async Task MergeAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var put = await bench.SendAsync("PUT", path, kind.Full(bench));
        var patch = (await bench.SendAsync("PATCH", path, Body(bench, kind, ("description", "patched")))).Status(200);
        var expected = put.Properties().DeepClone().AsObject();
        expected["description"] = "patched";
        patch.Same(expected, patch.Properties(), "What the PATCH returns");
    }

    private static async Task NullAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        (await bench.SendAsync("PUT", path, kind.Full(bench))).Status(200, 201);
        (await bench.SendAsync("PATCH", path, Body(bench, kind, ("description", null)))).Status(200);
        var get = await bench.GetAsync(path);
        get.Holds(!get.Properties().ContainsKey("description"), "The description is still set.");
    }

    private static async Task MalformedAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        foreach (var body in new[] { "{\"properties\":", "[]", "7", "" })
        {
            (await bench.SendAsync(new Call("PATCH", bench.Versioned(path), body))).Error(400);
        }
    }

    private static async Task WrongTypeAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        (await bench.SendAsync("PATCH", path, Body(bench, kind, ("description", new JsonArray(1))))).Error(400);
    }

    private static async Task TimesAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var put = (await bench.CreateAsync(kind, path)).Object()["systemData"];
        var patch = (await bench.SendAsync("PATCH", path, Body(bench, kind, ("description", "patched")))).Status(200);
        patch.Same(put?["createdAt"], patch.Object()["systemData"]?["createdAt"], "The creation time")
            .Same(put?["createdBy"], patch.Object()["systemData"]?["createdBy"], "The creator")
            .Holds(
                !JsonNode.DeepEquals(patch.Object()["systemData"]?["lastModifiedAt"], put?["lastModifiedAt"]),
                "The modification time did not change.");
    }

    private static async Task ReadBackAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        await bench.CreateAsync(kind, path);
        var patch = (await bench.SendAsync("PATCH", path, Body(bench, kind, ("description", "patched")))).Status(200);
        var get = await bench.GetAsync(path);
        get.Same("patched", get.Properties()["description"], "The description").Same(patch.Header("ETag"), get.Header("ETag"), "The ETag");
    }

    private static async Task PropertyAsync(Bench bench, Kind kind, string property)
    {
        if (Samples.Of(property, kind, bench, other: true) is not { } value)
        {
            throw new NotApplicableException($"the suite has no second value for '{property}'");
        }

        var path = bench.Fresh(kind);
        (await bench.SendAsync("PUT", path, kind.Full(bench))).Status(200, 201);
        var patch = (await bench.SendAsync("PATCH", path, Body(bench, kind, (property, value.DeepClone())))).Status(200);
        if (property is not "dataIntegrityValidation")
        {
            patch.Same(value, patch.Properties()[property], $"The property '{property}'");
        }
    }

    private static async Task CreateOnlyAsync(Bench bench, Kind kind, string property)
    {
        var path = bench.Fresh(kind);
        var body = kind.Full(bench);
        if (body["properties"]?[property] is null || Samples.Of(property, kind, bench, other: true) is not { } other)
        {
            throw new NotApplicableException($"the suite has no second value for '{property}'");
        }

        var put = (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        (await bench.SendAsync("PATCH", path, Body(bench, kind, (property, other)))).Status(200, 400);
        var get = await bench.GetAsync(path);
        get.Same(put.Properties()[property], get.Properties()[property], $"The property '{property}'");
    }

    private static async Task<string> TaggedAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("storageMovers"));
        (await bench.SendAsync("PUT", path, Kind.Of("storageMovers").Full(bench))).Status(200, 201);
        return path;
    }

    private static async Task TagsAsync(Bench bench)
    {
        var tags = new JsonObject { ["three"] = "3" };
        var patch = await bench.SendAsync("PATCH", await TaggedAsync(bench), new JsonObject { ["tags"] = tags.DeepClone() });
        patch.Status(200).Same(tags, patch.Object()["tags"], "The tags");
    }

    private static async Task TagsStayAsync(Bench bench)
    {
        var patch = await bench.SendAsync("PATCH", await TaggedAsync(bench), Body(bench, Kind.Of("storageMovers"), ("description", "x")));
        patch.Status(200).Same(new JsonObject { ["one"] = "1", ["two"] = "2" }, patch.Object()["tags"], "The tags");
    }

    private static async Task NoTagsAsync(Bench bench)
    {
        var patch = await bench.SendAsync("PATCH", await TaggedAsync(bench), new JsonObject { ["tags"] = new JsonObject() });
        patch.Status(200).Holds(patch.Object()["tags"] is null or JsonObject { Count: 0 }, "The tags are still set.");
    }

    private static async Task TagLimitsAsync(Bench bench)
    {
        var path = await TaggedAsync(bench);
        (await bench.SendAsync("PATCH", path, Tag(new('k', 512), new('v', 256)))).Status(200);
        (await bench.SendAsync("PATCH", path, Tag(new('k', 513), "v"))).Error(400);
        (await bench.SendAsync("PATCH", path, Tag("k", new('v', 257)))).Error(400);

        static JsonObject Tag(string key, string value) => new() { ["tags"] = new JsonObject { [key] = value } };
    }

    private static async Task NoPatchAsync(Bench bench) =>
        (await bench.SendAsync("PATCH", $"{bench.Mover}/connections/{Bench.Connection}", new JsonObject())).Error(405);
}
