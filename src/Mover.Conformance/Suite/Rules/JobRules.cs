using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>Jobs: what a definition derives, and the protocol of startJob and stopJob. Source: the definitions and recorded
/// behaviour.</summary>
internal static class JobRules
{
    private static readonly Kind Definition = Kind.Of("jobDefinitions");

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfVersion("JOB-DEF-001", "The ids of source, target and agent follow from their names.", DerivedAsync),
        Rule.OfVersion("JOB-DEF-002", "A definition has no latest run before its first start.", NoRunAsync),
        Rule.OfVersion("JOB-DEF-003", "A change of agent takes effect with the next run, and the agent's id follows.", AgentAsync),
        Rule.OfVersion("JOB-DEF-004", "A definition with a missing source is refused.", NoSourceAsync),
        Rule.OfVersion("JOB-DEF-005", "A definition with the same source and target is refused.", SameEndsAsync),
        Rule.OfVersion("JOB-DEF-006", "A subpath that leaves its endpoint is refused: 400.", EscapeAsync),
        Rule.OfVersion("JOB-DEF-007", "A job without a type is OnPremToCloud.", TypeAsync, api => Has(api, "jobType")),
        Rule.OfVersion("JOB-DEF-008", "A connection of another storage mover is refused: 400.", ConnectionAsync,
            api => Has(api, "connections")),
        Rule.OfVersion("JOB-RUN-001", "startJob returns 200 with the id of a queued run, at once.", StartAsync),
        Rule.OfVersion("JOB-RUN-002", "A second startJob is refused with 409 while the run is active.", SecondAsync),
        Rule.OfVersion("JOB-RUN-003", "Of many concurrent startJob calls, one creates a run.", RaceAsync),
        Rule.OfVersion("JOB-RUN-004", "stopJob names the run that startJob created.", StopAsync),
        Rule.OfVersion("JOB-RUN-005", "stopJob without an active run is refused with 409.", NothingToStopAsync),
        Rule.OfVersion("JOB-RUN-006", "The definition names its latest run and the run's status.", LatestAsync),
        Rule.OfVersion("JOB-RUN-007", "A run is listed, and the list shows what a GET returns.", ListedAsync),
        Rule.OfVersion("JOB-RUN-008", "A run keeps a complete copy of what it ran with.", SnapshotAsync),
        Rule.OfVersion("JOB-RUN-009", "A run cannot be written or deleted by a client: 405.", ReadOnlyAsync),
        Rule.OfVersion("JOB-RUN-010", "A run shows no counters before its scan.", CountersAsync),
        Rule.OfVersion("JOB-RUN-011", "startJob and stopJob of a missing definition return 404.", AbsentAsync),
        Rule.OfVersion("JOB-RUN-012", "A resource that an active run uses cannot be deleted: 409.", InUseAsync),
        Rule.OfVersion("JOB-RUN-013", "A job without an agent cannot be started.", NoAgentAsync),
        Rule.OfVersion("JOB-RUN-014", "After a stop the definition can be started again, with a new run.", AgainAsync),
        Rule.OfVersion("JOB-RUN-015", "startJob accepts an empty body and an empty object.", BodyAsync),
        Rule.OfVersion("JOB-RUN-016", "A manually started run has the trigger type Manual.", TriggerAsync,
            api => api.Definition("JobRunProperties")?["properties"]?["triggerType"] is not null),
        Rule.OfVersion("JOB-RUN-017", "A missing run returns 404.", NoSuchRunAsync),
        Rule.OfVersion("JOB-RUN-018", "Deleting a definition deletes its runs.", GoneAsync),
        Rule.OfVersion("JOB-RUN-019", "reconcileJob without an active run is refused with 409 or 400.", ReconcileAsync,
            api => api.Find("JobDefinitions_ReconcileJob") is not null),
    ];

    private static bool Has(ApiDefinition api, string property) => Definition.PropertiesOf(api).Properties.ContainsKey(property);

    /// <summary>A definition that can be started.</summary>
    public static async Task<string> ReadyAsync(Bench bench)
    {
        var path = bench.Fresh(Definition);
        var body = Definition.Minimal(bench);
        body["properties"]!["agentName"] = Bench.Agent;
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        return path;
    }

    /// <summary>A run of a definition that nothing else uses.</summary>
    public static async Task<(string Path, Exchange Start, string Run)> StartedAsync(Bench bench)
    {
        var path = await ReadyAsync(bench);
        var start = (await bench.SendAsync("POST", path + "/startJob")).Status(200);
        return (path, start, (string?)start.Object()["jobRunResourceId"] ?? string.Empty);
    }

    /// <summary>Stops the run of a definition.</summary>
    public static async Task EndAsync(Bench bench, string path) => (await bench.SendAsync("POST", path + "/stopJob")).Status(200);

    private static async Task DerivedAsync(Bench bench)
    {
        var get = await bench.GetAsync(await ReadyAsync(bench));
        get.Same($"{bench.Mover}/endpoints/{Bench.Source}", get.Properties()["sourceResourceId"], "The source's id")
            .Same($"{bench.Mover}/endpoints/{Bench.Target}", get.Properties()["targetResourceId"], "The target's id")
            .Same($"{bench.Mover}/agents/{Bench.Agent}", get.Properties()["agentResourceId"], "The agent's id");
    }

    private static async Task NoRunAsync(Bench bench)
    {
        var get = await bench.GetAsync(await ReadyAsync(bench));
        get.Holds(!get.Properties().Any(p => p.Key.StartsWith("latestJobRun", StringComparison.Ordinal)),
            "The definition already has a latest run.");
        var runs = (await bench.GetAsync(get.Path + "/jobRuns")).Status(200);
        runs.Same(new JsonArray(), runs.Object()["value"], "The list of runs");
    }

    private static async Task AgentAsync(Bench bench)
    {
        var patch = await bench.SendAsync("PATCH", await ReadyAsync(bench), PatchRules.Body(
            bench, Definition, ("agentName", Bench.OtherAgent)));
        patch.Status(200).Same($"{bench.Mover}/agents/{Bench.OtherAgent}", patch.Properties()["agentResourceId"], "The agent's id");
    }

    private static async Task NoSourceAsync(Bench bench) =>
        (await PutWithAsync(bench, "sourceName", "no-such-endpoint")).Status(400, 404);

    private static async Task SameEndsAsync(Bench bench) => (await PutWithAsync(bench, "targetName", Bench.Source)).Error(400);

    private static async Task EscapeAsync(Bench bench)
    {
        foreach (var subpath in new[] { "../up", "/a/../../b", "..", "/.." })
        {
            (await PutWithAsync(bench, "sourceSubpath", subpath)).Error(400);
            (await PutWithAsync(bench, "targetSubpath", subpath)).Error(400);
        }
    }

    private static async Task TypeAsync(Bench bench)
    {
        var put = await bench.CreateAsync(Definition, bench.Fresh(Definition));
        put.Same("OnPremToCloud", put.Properties()["jobType"], "The type");
    }

    private static async Task ConnectionAsync(Bench bench) => (await PutWithAsync(
        bench, "connections", new JsonArray($"{bench.Movers}/another/connections/{Bench.Connection}"))).Error(400);

    private static Task<Exchange> PutWithAsync(Bench bench, string property, JsonNode value)
    {
        var body = Definition.Minimal(bench);
        body["properties"]![property] = value;
        return bench.SendAsync("PUT", bench.Fresh(Definition), body);
    }

    private static async Task StartAsync(Bench bench)
    {
        var (path, start, run) = await StartedAsync(bench);
        start.Holds(run.StartsWith(path + "/jobRuns/", StringComparison.OrdinalIgnoreCase), $"The run is '{run}'.")
            .Holds(Guid.TryParse(run.Split('/')[^1], out _), "The run's name is not a GUID.");
        var get = (await bench.GetAsync(run)).Status(200);
        get.Holds((string?)get.Properties()["status"] is "Queued" or "Started" or "Running", "The run is not queued or running.");
        await EndAsync(bench, path);
    }

    private static async Task SecondAsync(Bench bench)
    {
        var (path, _, _) = await StartedAsync(bench);
        (await bench.SendAsync("POST", path + "/startJob")).Error(409);
        await EndAsync(bench, path);
    }

    private static async Task RaceAsync(Bench bench)
    {
        var path = await ReadyAsync(bench);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bench.SendAsync("POST", path + "/startJob")));
        answers[0].Holds(answers.Count(a => a.Status == 200) == 1, $"{answers.Count(a => a.Status == 200)} of eight starts created a run.")
            .Holds(answers.All(a => a.Status is 200 or 409), "A start returned a status other than 200 or 409.");
        await EndAsync(bench, path);
    }

    private static async Task StopAsync(Bench bench)
    {
        var (path, _, run) = await StartedAsync(bench);
        var stop = (await bench.SendAsync("POST", path + "/stopJob")).Status(200);
        stop.Same(run, stop.Object()["jobRunResourceId"], "The run");
        var get = await bench.GetAsync(run);
        get.Holds((string?)get.Properties()["status"] is "CancelRequested" or "Canceling" or "Canceled", "The run is not being stopped.");
    }

    private static async Task NothingToStopAsync(Bench bench) =>
        (await bench.SendAsync("POST", await ReadyAsync(bench) + "/stopJob")).Error(409);

    private static async Task LatestAsync(Bench bench)
    {
        var (path, _, run) = await StartedAsync(bench);
        var get = await bench.GetAsync(path);
        get.Same(run, get.Properties()["latestJobRunResourceId"], "The latest run's id")
            .Same(run.Split('/')[^1], get.Properties()["latestJobRunName"], "The latest run's name")
            .Holds(get.Properties().ContainsKey("latestJobRunStatus"), "The status is missing.");
        await EndAsync(bench, path);
    }

    private static async Task ListedAsync(Bench bench)
    {
        var (path, _, run) = await StartedAsync(bench);
        await EndAsync(bench, path);
        var list = (await bench.GetAsync(path + "/jobRuns")).Status(200);
        var get = await bench.GetAsync(run);
        var listed = list.Object()["value"]!.AsArray();
        list.Holds(listed.Count == 1, $"{listed.Count} runs are listed.").Same(get.Object(), listed[0], "The listed run");
    }

    private static async Task SnapshotAsync(Bench bench)
    {
        var (path, _, run) = await StartedAsync(bench);
        var get = await bench.GetAsync(run);
        var source = await bench.GetAsync($"{bench.Mover}/endpoints/{Bench.Source}");
        get.Same(Bench.Source, get.Properties()["sourceName"], "The source's name")
            .Same(source.Properties()["host"], get.Properties()["sourceProperties"]?["host"], "The source's host")
            .Same(Bench.Target, get.Properties()["targetName"], "The target's name")
            .Same("Additive", get.Properties()["jobDefinitionProperties"]?["copyMode"], "The copy mode")
            .Same(Bench.Agent, get.Properties()["agentName"], "The agent's name");
        await EndAsync(bench, path);
    }

    private static async Task ReadOnlyAsync(Bench bench)
    {
        var (path, _, run) = await StartedAsync(bench);
        foreach (var verb in new[] { "PUT", "PATCH", "DELETE" })
        {
            (await bench.SendAsync(verb, run, verb == "DELETE" ? null : new JsonObject())).Error(405);
        }

        await EndAsync(bench, path);
    }

    private static async Task CountersAsync(Bench bench)
    {
        var (path, _, run) = await StartedAsync(bench);
        var get = await bench.GetAsync(run);
        if ((string?)get.Properties()["status"] == "Queued")
        {
            get.Holds(!get.Properties().Any(p => p.Key.StartsWith("items", StringComparison.Ordinal)), "A queued run has counters.")
                .Holds(!get.Properties().ContainsKey("executionStartTime"), "A queued run has started.");
        }

        await EndAsync(bench, path);
    }

    private static async Task AbsentAsync(Bench bench)
    {
        (await bench.SendAsync("POST", bench.Fresh(Definition) + "/startJob")).Error(404);
        (await bench.SendAsync("POST", bench.Fresh(Definition) + "/stopJob")).Error(404);
    }

    private static async Task InUseAsync(Bench bench)
    {
        var (path, _, _) = await StartedAsync(bench);
        foreach (var used in new[] { path, $"{bench.Mover}/endpoints/{Bench.Source}", $"{bench.Mover}/agents/{Bench.Agent}" })
        {
            (await bench.SendAsync("DELETE", used)).Error(409);
        }

        await EndAsync(bench, path);
    }

    private static async Task NoAgentAsync(Bench bench)
    {
        var path = bench.Fresh(Definition);
        await bench.CreateAsync(Definition, path);
        var answer = await bench.SendAsync("POST", path + "/startJob");
        answer.Holds(answer.Status is 400 or 409, $"The start returned {answer.Status}.");
    }

    private static async Task AgainAsync(Bench bench)
    {
        var (path, _, first) = await StartedAsync(bench);
        await EndAsync(bench, path);
        var status = (string?)(await bench.GetAsync(first)).Properties()["status"];
        if (status != "Canceled")
        {
            throw new NotApplicableException($"the run is still {status}: only an agent can end it");
        }

        var again = (await bench.SendAsync("POST", path + "/startJob")).Status(200);
        again.Holds((string?)again.Object()["jobRunResourceId"] != first, "The second start returned the same run.");
        await EndAsync(bench, path);
    }

    private static async Task BodyAsync(Bench bench)
    {
        foreach (var body in new[] { null, string.Empty, "{}" })
        {
            var path = await ReadyAsync(bench);
            (await bench.SendAsync(new Call("POST", bench.Versioned(path + "/startJob"), body))).Status(200);
            await EndAsync(bench, path);
        }
    }

    private static async Task TriggerAsync(Bench bench)
    {
        var (path, _, run) = await StartedAsync(bench);
        var get = await bench.GetAsync(run);
        get.Same("Manual", get.Properties()["triggerType"], "The trigger type");
        await EndAsync(bench, path);
    }

    private static async Task NoSuchRunAsync(Bench bench) =>
        (await bench.GetAsync(await ReadyAsync(bench) + "/jobRuns/00000000-0000-0000-0000-000000000000")).Error(404, "ResourceNotFound");

    private static async Task GoneAsync(Bench bench)
    {
        var (path, _, run) = await StartedAsync(bench);
        await EndAsync(bench, path);
        if ((string?)(await bench.GetAsync(run)).Properties()["status"] != "Canceled")
        {
            throw new NotApplicableException("the run is still active: only an agent can end it");
        }

        await bench.DeleteAsync(path);
        (await bench.GetAsync(run)).Error(404);
    }

    private static async Task ReconcileAsync(Bench bench)
    {
        var answer = await bench.SendAsync("POST", await ReadyAsync(bench) + "/reconcileJob");
        answer.Holds(answer.Status is 409 or 400, $"reconcileJob returned {answer.Status}.");
    }
}
