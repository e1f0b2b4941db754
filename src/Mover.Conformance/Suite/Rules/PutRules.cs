using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>PUT creates or replaces. Source: ARM RPC, "put resource", and the API definitions.</summary>
internal static class PutRules
{
    private const int DescriptionCharsMax = 1024;
    private const string Hard = "Zürich — 東京 \"quoted\" \\ / <tag> & 🙂 \t end";
    private static readonly string Longest = new('d', DescriptionCharsMax);

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfKinds("ARM-PUT-001", "A PUT of a new resource returns a status of the definition and the whole resource.", NewAsync, Any),
        Rule.OfKinds("ARM-PUT-002", "The same PUT again returns 200 and the same resource, with its first creation time.", AgainAsync),
        Rule.OfKinds("ARM-PUT-003", "A GET after a PUT returns what the PUT returned, with its ETag.", ReadBackAsync, Any),
        Rule.OfKinds("ARM-PUT-004", "A PUT with every property of the version returns all of them.", FullAsync, Any),
        Rule.OfKinds("ARM-PUT-005", "A PUT replaces: an omitted optional property is gone.", LeftOutAsync,
            kind => !kind.IsVariant && !kind.IsFixedByFirstPut),
        Rule.OfKinds("ARM-PUT-006", "A PUT accepts what a GET returns, read-only values included, and changes nothing.", EchoAsync,
            Any),
        new("ARM-PUT-007", "A property that is set at creation cannot be changed: 400.", api =>
            from kind in Kind.In(api)
            from property in kind.CreateOnlyIn(api)
            where !IsNotHeld(property)
            select new Case($"{kind.Name}.{property}", bench => CreateOnlyAsync(bench, kind, property))),
        new("ARM-PUT-008", "A body without a required property is refused: 400.", api =>
            from kind in Kind.In(api)
            from property in kind.RequiredIn(api)
            select new Case($"{kind.Name}.{property}", bench => RequiredAsync(bench, kind, property))),
        Rule.OfKinds("ARM-PUT-009", "A PUT below a missing parent returns 404.", NoParentAsync),
        Rule.OfKinds("ARM-PUT-010", "A PUT in a missing resource group returns 404 ResourceGroupNotFound.", NoGroupAsync),
        new("ARM-PUT-011", "A body that is not a JSON object is refused: 400.", api =>
            from kind in Kind.In(api).Where(k => !k.IsVariant)
            from body in new[] { ("broken", "{\"properties\":"), ("array", "[]"), ("text", "\"x\""), ("number", "7"), ("nothing", "") }
            select new Case($"{kind.Name}.{body.Item1}", bench => MalformedAsync(bench, kind, body.Item2))),
        Rule.OfKinds("ARM-PUT-012", "A property of the wrong type is refused: 400.", WrongTypeAsync),
        Rule.OfKinds("ARM-PUT-013", "A property that the version does not have is not returned.", UnknownAsync),
        Rule.OfKinds("ARM-PUT-014", "An empty description stays empty.", string.Empty, DescriptionAsync),
        Rule.OfKinds("ARM-PUT-015", "A description keeps every character.", Hard, DescriptionAsync),
        Rule.OfKinds("ARM-PUT-016", "A description of 1,024 characters is accepted.", Longest, DescriptionAsync),
        Rule.OfKinds("ARM-PUT-017", "A description of 1,025 characters is refused: 400.", LongDescriptionAsync),
        Rule.OfKinds("ARM-PUT-018", "Replacing a resource keeps its creation time, and its modification time does not go back.",
            TimesAsync),
        Rule.OfKinds("ARM-PUT-019", "A provisioning state in the body is ignored if it is the actual one, and refused otherwise.",
            StateAsync),
        Rule.OfVersion("ARM-PUT-020", "The location of a resource cannot be changed: 409.", LocationAsync),
        Rule.OfVersion("ARM-PUT-021", "A location is compared without case and spaces.", LocationCasingAsync),
        Rule.OfVersion("ARM-PUT-022", "A write to a child does not change the system data of its parent.", ParentTimesAsync),
        Rule.OfVersion("ARM-PUT-023", "A duplicate property is refused or read once; it never causes a 5xx.", TwiceAsync),
    ];

    private static bool Any(Kind kind) => true;

    // The type has a rule of its own, the kind hardly a second value; credentials are marked create-only in one body and changeable in
    // another.
    private static bool IsNotHeld(string property) => property is "endpointType" or "endpointKind" or "credentials";

    private static async Task NewAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var put = await bench.CreateAsync(kind, path);
        put.Same(path, put.Object()["id"], "The id")
            .Same(path.Split('/')[^1], put.Object()["name"], "The name")
            .Same("Succeeded", put.Properties()["provisioningState"], "The provisioning state");
    }

    private static async Task AgainAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var first = await bench.CreateAsync(kind, path);
        var second = (await bench.SendAsync("PUT", path, kind.Minimal(bench))).Status(200);
        second.Same(first.Properties(), second.Properties(), "What the second PUT returns")
            .Same(first.Object()["systemData"]?["createdAt"], second.Object()["systemData"]?["createdAt"], "The creation time");
    }

    private static async Task ReadBackAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var put = await bench.CreateAsync(kind, path);
        var get = (await bench.GetAsync(path)).Status(200);
        get.Same(Telling(put.Object()), Telling(get.Object()), "What the GET returns")
            .Same(put.Header("ETag"), get.Header("ETag"), "The ETag");
    }

    private static async Task FullAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var body = kind.Full(bench);
        var put = (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        foreach (var (name, value) in body["properties"]!.AsObject().Where(p => !IsHidden(p.Key)))
        {
            put.Same(value, put.Properties()[name], $"The property '{name}'");
        }

        put.Same(body["tags"], put.Object()["tags"], "The tags");
    }

    // The live service was recorded keeping these to itself, so both ways are right.
    private static bool IsHidden(string property) => property is "dataIntegrityValidation" or "preservePermissions";

    private static async Task LeftOutAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        body["properties"]!["description"] = "a text";
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        var put = (await bench.SendAsync("PUT", path, kind.Minimal(bench))).Status(200);
        put.Holds(!put.Properties().ContainsKey("description"), "The description is still set.");
    }

    private static async Task EchoAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        (await bench.SendAsync("PUT", path, kind.Full(bench))).Status(200, 201);
        var get = (await bench.GetAsync(path)).Status(200);
        var put = (await bench.SendAsync("PUT", path, get.Object())).Status(200);
        put.Same(Telling(get.Object())["properties"], Telling(put.Object())["properties"], "What the PUT of it returns")
            .Same(get.Object()["tags"], put.Object()["tags"], "The tags");
    }

    private static async Task CreateOnlyAsync(Bench bench, Kind kind, string property)
    {
        var path = bench.Fresh(kind);
        var body = kind.Full(bench);
        if (body["properties"]?[property] is null || Samples.Of(property, kind, bench, other: true) is not { } other)
        {
            throw new NotApplicableException($"the suite has no second value for '{property}'");
        }

        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        body["properties"]![property] = other;
        var put = (await bench.SendAsync("PUT", path, body)).Error(400);
        var get = await bench.GetAsync(path);
        put.Holds(!JsonNode.DeepEquals(get.Properties()[property], other), "The refused value was stored.");
    }

    private static async Task RequiredAsync(Bench bench, Kind kind, string property)
    {
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        body["properties"]!.AsObject().Remove(property);
        (await bench.SendAsync("PUT", path, body)).Error(400);
        (await bench.GetAsync(path)).Error(404);
    }

    private static async Task NoParentAsync(Bench bench, Kind kind)
    {
        if (kind.IsMover)
        {
            throw new NotApplicableException("the parent of a storage mover is its resource group");
        }

        var gone = kind.Collection == "jobDefinitions"
            ? $"{bench.Mover}/projects/none/jobDefinitions/x"
            : $"{bench.Movers}/none/{kind.Collection}/x";
        (await bench.SendAsync("PUT", gone, kind.Minimal(bench))).Error(404);
    }

    private static async Task NoGroupAsync(Bench bench, Kind kind)
    {
        var gone = bench.Fresh(kind).Replace("/resourceGroups/", "/resourceGroups/no-such-", StringComparison.Ordinal);
        (await bench.SendAsync("PUT", gone, kind.Minimal(bench))).Error(404, "ResourceGroupNotFound");
    }

    private static async Task MalformedAsync(Bench bench, Kind kind, string body)
    {
        var path = bench.Fresh(kind);
        (await bench.SendAsync(new Call("PUT", bench.Versioned(path), body))).Error(400);
        (await bench.GetAsync(path)).Error(404);
    }

    private static async Task WrongTypeAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        body["properties"]!["description"] = new JsonObject { ["text"] = 7 };
        (await bench.SendAsync("PUT", path, body)).Error(400);
        (await bench.GetAsync(path)).Error(404);
    }

    private static async Task UnknownAsync(Bench bench, Kind kind)
    {
        var body = kind.Minimal(bench);
        body["properties"]!["notYetInvented"] = "value";
        var put = await bench.SendAsync("PUT", bench.Fresh(kind), body);
        put.Status(200, 201, 400);
        put.Holds(!put.Body.Contains("\"notYetInvented\":", StringComparison.Ordinal), "The unknown property was returned.");
    }

    private static async Task DescriptionAsync(Bench bench, Kind kind, string description)
    {
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        body["properties"]!["description"] = description;
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        var get = await bench.GetAsync(path);
        get.Same(description, get.Properties()["description"], "The description");
    }

    private static async Task LongDescriptionAsync(Bench bench, Kind kind)
    {
        var body = kind.Minimal(bench);
        body["properties"]!["description"] = new string('d', DescriptionCharsMax + 1);
        (await bench.SendAsync("PUT", bench.Fresh(kind), body)).Error(400);
    }

    private static async Task TimesAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var first = (await bench.CreateAsync(kind, path)).Object()["systemData"];
        var put = (await bench.SendAsync("PUT", path, kind.Described(bench))).Status(200);
        var second = put.Object()["systemData"];
        put.Same(first?["createdAt"], second?["createdAt"], "The creation time")
            .Same(first?["createdBy"], second?["createdBy"], "The creator")
            .Holds(Time(second?["lastModifiedAt"]) >= Time(first?["lastModifiedAt"]), "The modification time went back.");
    }

    private static async Task StateAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        body["properties"]!["provisioningState"] = "Succeeded";
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        (await bench.SendAsync("PUT", path, body)).Status(200);
        body["properties"]!["provisioningState"] = "Failed";
        (await bench.SendAsync("PUT", path, body)).Error(400);
    }

    private static async Task LocationAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("storageMovers"));
        var body = Kind.Of("storageMovers").Minimal(bench);
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        body["location"] = bench.Location == "westus2" ? "westeurope" : "westus2";
        (await bench.SendAsync("PUT", path, body)).Error(409, "InvalidResourceLocation");
    }

    private static async Task LocationCasingAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("storageMovers"));
        var body = Kind.Of("storageMovers").Minimal(bench);
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        body["location"] = $"{bench.Location[..2].ToUpperInvariant()} {bench.Location[2..]}";
        var put = (await bench.SendAsync("PUT", path, body)).Status(200);
        put.Same(bench.Location, put.Object()["location"], "The location");
    }

    private static async Task ParentTimesAsync(Bench bench)
    {
        var before = await bench.GetAsync(bench.Mover);
        await bench.CreateAsync(Kind.Of("projects"), bench.Fresh(Kind.Of("projects")));
        var after = await bench.GetAsync(bench.Mover);
        after.Same(before.Object()["systemData"], after.Object()["systemData"], "The system data");
    }

    private static async Task TwiceAsync(Bench bench)
    {
        const string Body = """{"properties":{"description":"a","description":"b"}}""";
        var call = new Call("PUT", bench.Versioned(bench.Fresh(Kind.Of("projects"))), Body) { BendsContract = true };
        (await bench.SendAsync(call)).Status(200, 201, 400);
    }

    private static DateTimeOffset Time(JsonNode? time) => DateTimeOffset.TryParse(
        (string?)time, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : DateTimeOffset.MinValue;

    // An agent's telemetry is the agent's own and moves by itself.
    private static JsonObject Telling(JsonObject resource)
    {
        var telling = resource.DeepClone().AsObject();
        telling["properties"]?.AsObject().Remove("agentStatus");
        telling["properties"]?.AsObject().Remove("lastStatusUpdate");
        return telling;
    }
}
