using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>Conditional requests. Source: ARM RPC, the tables of If-Match and If-None-Match; RFC 9110.</summary>
internal static class ETagRules
{
    private const string Stale = "\"00000000-0000-0000-0000-000000000000\"";

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfKinds("ARM-ETAG-001", "GET and PUT return a strong ETag in quotes, and no ETag in the body.", ShapeAsync),
        Rule.OfKinds("ARM-ETAG-002", "A write changes the ETag; a read does not.", MovesAsync),
        Rule.OfKinds("ARM-ETAG-003", "A list has no ETag.", ListAsync),
        .. Table(
            "PUT",
            new(4, "PUT with If-Match: * on a missing resource returns 412.", Exists: false, "If-Match", "*", [412]),
            new(5, "PUT with If-Match: * on an existing resource succeeds.", Exists: true, "If-Match", "*", [200]),
            new(6, "PUT with the current ETag in If-Match succeeds.", Exists: true, "If-Match", null, [200]),
            new(7, "PUT with a different ETag in If-Match returns 412.", Exists: true, "If-Match", Stale, [412]),
            new(8, "PUT with If-None-Match: * on a missing resource creates it.", Exists: false, "If-None-Match", "*", [200, 201]),
            new(9, "PUT with If-None-Match: * on an existing resource returns 412.", Exists: true, "If-None-Match", "*", [412])),
        .. Table(
            "PATCH",
            new(10, "PATCH with If-Match: * on a missing resource returns 404.", Exists: false, "If-Match", "*", [404]),
            new(11, "PATCH with the current ETag in If-Match succeeds.", Exists: true, "If-Match", null, [200]),
            new(12, "PATCH with a different ETag in If-Match returns 412.", Exists: true, "If-Match", Stale, [412])),
        .. Table(
            "DELETE",
            new(13, "DELETE with If-Match: * on a missing resource returns 204.", Exists: false, "If-Match", "*", [204]),
            new(14, "DELETE with the current ETag in If-Match succeeds.", Exists: true, "If-Match", null, [200, 202, 204]),
            new(15, "DELETE with a different ETag in If-Match returns 412.", Exists: true, "If-Match", Stale, [412])),
        Rule.OfKinds("ARM-ETAG-016", "A write that fails its condition changes nothing.", RefusedAsync),
        Rule.OfVersion("ARM-ETAG-017", "Of concurrent writers with the same ETag, one wins.", RaceAsync),
    ];

    private static IEnumerable<Rule> Table(string verb, params Row[] rows) => rows.Select(row => new Rule(
        $"ARM-ETAG-{row.Number:D3}", row.Title, api => Kind.In(api)
            .Where(kind => !kind.IsVariant && (verb != "PATCH" || kind.PatchOf(api) is not null))
            .Select(kind => new Case(kind.Name, bench => RowAsync(bench, kind, verb, row)))));

    private static async Task RowAsync(Bench bench, Kind kind, string verb, Row row)
    {
        var path = bench.Fresh(kind);
        var tag = row.Exists ? (await bench.CreateAsync(kind, path)).Header("ETag") : string.Empty;
        var body = verb switch
        {
            "PUT" => kind.Minimal(bench),
            "PATCH" => PatchRules.Body(bench, kind, ("description", "patched")),
            _ => null,
        };
        var answer = await bench.SendAsync(verb, path, body, (row.Header, row.Value ?? tag));
        answer.Status(row.Statuses);
        if (answer.Status == 412)
        {
            answer.Error(412, "PreconditionFailed");
        }

        await bench.FollowAsync(answer);
    }

    private static async Task ShapeAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var put = await bench.CreateAsync(kind, path);
        var tag = put.Header("ETag");
        put.Holds(tag.Length > 2 && tag[0] == '"' && tag[^1] == '"', $"The ETag {tag} is not a strong ETag in quotes.")
            .Holds(!put.Object().ContainsKey("etag"), "The body has an etag.");
    }

    private static async Task MovesAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var first = (await bench.CreateAsync(kind, path)).Header("ETag");
        var read = await bench.GetAsync(path);
        read.Same(first, read.Header("ETag"), "The ETag after a read");
        var second = (await bench.SendAsync("PUT", path, kind.Described(bench))).Status(200);
        second.Holds(second.Header("ETag") != first, "The write did not change the ETag.");
    }

    private static async Task ListAsync(Bench bench, Kind kind)
    {
        var list = (await bench.GetAsync(bench.ListOf(kind))).Status(200);
        list.Holds(!list.Headers.ContainsKey("ETag"), "The list has an ETag.");
    }

    private static async Task RefusedAsync(Bench bench, Kind kind)
    {
        var path = bench.Fresh(kind);
        var before = await bench.CreateAsync(kind, path);
        var body = kind.Minimal(bench);
        body["properties"]!["description"] = "refused";
        (await bench.SendAsync("PUT", path, body, ("If-Match", Stale))).Error(412);
        var after = await bench.GetAsync(path);
        after.Same(before.Object()["systemData"], after.Object()["systemData"], "The system data")
            .Same(before.Header("ETag"), after.Header("ETag"), "The ETag");
    }

    private static async Task RaceAsync(Bench bench)
    {
        var kind = Kind.Of("projects");
        var path = bench.Fresh(kind);
        var tag = (await bench.CreateAsync(kind, path)).Header("ETag");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(at => bench.SendAsync(
            "PUT", path, new JsonObject { ["properties"] = new JsonObject { ["description"] = $"writer {at}" } }, ("If-Match", tag))));
        answers[0].Holds(answers.Count(a => a.Status == 200) == 1, $"{answers.Count(a => a.Status == 200)} of eight writers won.")
            .Holds(answers.All(a => a.Status is 200 or 412 or 409), "A losing writer got a status other than 412 or 409.");
    }

    private sealed record Row(int Number, string Title, bool Exists, string Header, string? Value, int[] Statuses);
}
