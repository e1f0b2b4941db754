using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>The examples beside the newest definition. Their names are mapped to the suite's, their dates into the days to come.</summary>
internal static class ExampleRules
{
    private static readonly Example[] Examples = [.. ApiDefinitions.Examples().OfType<JsonObject>().Select(e => new Example(e))];

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("EX-001", "The example's request is accepted, and the response has the same content.",
            api => api.Version == ApiDefinitions.Newest
            ? Examples.Where(e => e.Verb is "CreateOrUpdate" or "Update" or "Get").Select(e => new Case(
                e.Name, bench => RunAsync(bench, e)))
            : []),
        new("EX-002", "The example's response matches the definition, except for its known errors.", api =>
            api.Version == ApiDefinitions.Newest
                ? Examples.Where(e => e.Body is not null).Select(e => new Case(e.Name, bench => AnswerAsync(bench, e)))
                : []),
    ];

    private static async Task RunAsync(Bench bench, Example example)
    {
        if (example.Verb == "Get" && example.Collection == "jobRuns")
        {
            throw new NotApplicableException("a client cannot bring a run to the state of the example");
        }

        var place = new ExamplePlace(bench);
        var path = await place.MakeAsync(example);
        if (example.Verb == "Get")
        {
            (await bench.GetAsync(path)).Status(200);
            return;
        }

        var body = place.Mapped(example.Request ?? []);
        var answer = (await bench.SendAsync(example.Verb == "Update" ? "PATCH" : "PUT", path, body)).Status(200, 201);
        foreach (var (name, value) in body["properties"] as JsonObject ?? [])
        {
            var answered = answer.Properties()[name];
            answer.Holds(ExamplePlace.IsAnswered(name, value, answered), $"'{name}' is {answered?.ToJsonString() ?? "absent"}.");
        }

        answer.Same(body["tags"], answer.Object()["tags"], "The tags");
    }

    private static Task AnswerAsync(Bench bench, Example example)
    {
        var operation = bench.Api.Find(example.Operation);
        if (operation?.Response(200)?["schema"] is not JsonObject schema)
        {
            throw new NotApplicableException("the operation returns no body");
        }

        var wrong = SchemaCheck.Run(bench.Api, schema, example.Body, SchemaUse.Answer).Where(p => !IsKnown(p)).ToList();
        return wrong.Count == 0
            ? Task.CompletedTask
            : throw new RuleBrokenException(string.Join("; ", wrong.Select(p => $"{p.Pointer} {p.Problem}")), null);
    }

    // Examples write null for what is not set, which the service was recorded leaving out, and elide snapshots.
    private static bool IsKnown(SchemaProblem problem) => problem.Problem.StartsWith("is null", StringComparison.Ordinal);
}

/// <summary>One example.</summary>
internal sealed class Example(JsonObject facts)
{
    public string Name { get; } = (string?)facts["name"] ?? string.Empty;

    public string Operation { get; } = (string?)facts["operationId"] ?? string.Empty;

    /// <summary>What the operation does: <c>CreateOrUpdate</c>, <c>Update</c>, <c>Get</c> …</summary>
    public string Verb => Operation.Split('_')[^1];

    /// <summary>The segment of the resource's collection.</summary>
    public string Collection => char.ToLowerInvariant(Operation[0]) + Operation.Split('_')[0][1..];

    /// <summary>The body that is sent; null when there is none.</summary>
    public JsonObject? Request => (facts["parameters"] as JsonObject ?? []).Select(p => p.Value).OfType<JsonObject>().FirstOrDefault();

    /// <summary>The body of the 200; null when there is none.</summary>
    public JsonNode? Body => facts["responses"]?["200"]?["body"];
}
