using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>Verbs and routes that a version does not have, and callers that nobody knows.</summary>
internal static class VerbRules
{
    private static readonly string[] Verbs = ["GET", "PUT", "PATCH", "POST", "DELETE"];

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("ARM-VERB-001", "A verb that a path does not support returns 405 or 404 as an ARM error.", Undefined),
        Rule.OfVersion("ARM-VERB-002", "An unknown path returns 404 as an ARM error.", NowhereAsync),
        Rule.OfVersion("ARM-VERB-003", "An unknown verb is refused with an ARM error.", UnknownVerbAsync),
        new("ARM-AUTH-001", "A request without a token returns 401 as an ARM error.", Of((bench, o) => NoTokenAsync(bench, o,
            string.Empty))),
        new("ARM-AUTH-002", "A token that was never issued returns 401 as an ARM error.", Of((bench, o) => NoTokenAsync(bench, o, Forged))),
        Rule.OfVersion("ARM-AUTH-003", "A 401 names the required scheme and has the ids of every response.", ChallengeAsync),
        Rule.OfVersion("ARM-ERR-001", "A subscription that is not a GUID is refused: 400 or 404.", SubscriptionAsync),
        Rule.OfVersion("ARM-ERR-002", "Every one of several problems is reported, each with its target.", AllProblemsAsync),
        Rule.OfVersion("ARM-ERR-003", "A body that is too large is refused with 413 or 400.", TooLargeAsync),
        Rule.OfVersion("ARM-ERR-004", "A body that is nested absurdly deep is refused: 400.", TooDeepAsync),
        Rule.OfVersion("ARM-ERR-005", "A body with half a character never causes a 5xx.", HalfCharacterAsync),
    ];

    // Signed by nobody: {"alg":"none"} and an empty set of claims.
    private static string Forged => "eyJhbGciOiJub25lIn0.e30.";

    private static Func<ApiDefinition, IEnumerable<Case>> Of(Func<Bench, ApiOperation, Task> run) =>
        api => api.Operations.Select(o => new Case(o.Id, bench => run(bench, o)));

    private static IEnumerable<Case> Undefined(ApiDefinition api) =>
        from path in api.Operations.Select(o => o.Path).Distinct(StringComparer.Ordinal)
        from verb in Verbs
        where !api.Operations.Any(o => o.Path == path && o.Method == verb)
        let operation = api.Operations.First(o => o.Path == path)
        select new Case($"{operation.Id}.{verb}", bench => UndefinedAsync(bench, operation, verb));

    private static async Task UndefinedAsync(Bench bench, ApiOperation operation, string verb)
    {
        var body = verb is "PUT" or "PATCH" ? new JsonObject { ["properties"] = new JsonObject() } : null;
        (await bench.SendAsync(verb, bench.PathOf(operation), body)).Error(404, 405);
    }

    private static Exchange Error(this Exchange answer, int one,
        int other) => answer.Status == other ? answer.Error(other) : answer.Error(one);

    private static async Task NowhereAsync(Bench bench)
    {
        (await bench.GetAsync($"{bench.Mover}/nothings")).Error(404);
        (await bench.GetAsync($"{bench.Mover}/projects/{Bench.Project}/nothings/x")).Error(404);
    }

    private static async Task UnknownVerbAsync(Bench bench)
    {
        var answer = await bench.SendAsync("BREW", bench.Mover);
        answer.Holds(answer.Status is 400 or 404 or 405 or 501, $"The verb returned {answer.Status}.");
    }

    private static async Task NoTokenAsync(Bench bench, ApiOperation operation, string token)
    {
        var call = new Call(operation.Method, bench.Versioned(bench.PathOf(operation)), operation.BodySchema is null ? null : "{}");
        (await bench.SendAsync(call with { Token = token })).Error(401);
    }

    private static async Task ChallengeAsync(Bench bench)
    {
        var answer = (await bench.SendAsync(new Call("GET", bench.Versioned(bench.Mover)) { Token = string.Empty })).Error(401);
        answer.Holds(answer.Header("WWW-Authenticate").StartsWith("Bearer", StringComparison.OrdinalIgnoreCase),
            "The response does not ask for Bearer.");
        answer.Header("x-ms-request-id");
        answer.Header("x-ms-correlation-request-id");
    }

    private static async Task SubscriptionAsync(Bench bench)
    {
        var path = bench.Mover.Replace(bench.Subscription, "/subscriptions/mine", StringComparison.Ordinal);
        (await bench.GetAsync(path)).Error(400, 404);
    }

    private static async Task AllProblemsAsync(Bench bench)
    {
        var body = new JsonObject { ["properties"] = new JsonObject { ["description"] = new string('d', 2000) } };
        var answer = (await bench.SendAsync("PUT", bench.Fresh(Kind.Of("agents")), body)).Error(400);
        var details = answer.Json?["error"]?["details"] as JsonArray ?? [];
        var targets = details.Select(d => (string?)d?["target"]).ToHashSet(StringComparer.Ordinal);
        answer.Holds(
            targets.IsSupersetOf(["properties.arcResourceId", "properties.arcVmUuid", "properties.description"]),
            "The details do not list every problem.");
    }

    private static async Task TooLargeAsync(Bench bench)
    {
        var body = new JsonObject { ["properties"] = new JsonObject { ["padding"] = new string('p', 5 * 1024 * 1024) } }.ToJsonString();
        var call = new Call("PUT", bench.Versioned(bench.Fresh(Kind.Of("projects"))), body) { Headers = [("Expect", "100-continue")] };
        (await bench.SendAsync(call)).Error(413, 400);
    }

    private static async Task TooDeepAsync(Bench bench)
    {
        var body = string.Concat(Enumerable.Repeat("{\"properties\":", 2000)) + "{}" + new string('}', 2000);
        (await bench.SendAsync(new Call("PUT", bench.Versioned(bench.Fresh(Kind.Of("projects"))), body))).Error(400);
    }

    private static async Task HalfCharacterAsync(Bench bench)
    {
        var call = new Call("PUT", bench.Versioned(bench.Fresh(Kind.Of("projects"))), "{\"properties\":{\"description\":\"\\uD800\"}}")
        {
            BendsContract = true,
        };
        (await bench.SendAsync(call)).Status(200, 201, 400);
    }
}
