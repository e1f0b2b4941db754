using System.Text.Json.Nodes;
using Mover.Conformance.Contract;
using Mover.Conformance.Suite.Rules.Around;

namespace Mover.Conformance.Suite.Rules.Jobs;

/// <summary>Job runs: what they keep and what they show. Source: recorded behaviour; the documents on the life of a job.</summary>
internal static class RunRules
{
    private static readonly Kind Definitions = Kind.Of("jobDefinitions");

    public static IReadOnlyList<Rule> All { get; } =
    [
        Of("JOB-RUN-020", "A run's copy of its definition names that run, and stays Queued.", Sources.Recorded,
            QueuedForEverAsync),
        Of("JOB-RUN-021", "A run's copies stay as they were at its start.", Sources.Documents, FrozenAsync),
        Of("JOB-RUN-022", "A run's copy of its source has all the endpoint's properties.", Sources.Recorded, WholeAsync),
        Of("JOB-RUN-023", "The definition's latest status follows the run's.", Sources.Recorded, FollowsAsync),
        Of("JOB-RUN-024", "A run has the time of its last status.", Sources.Recorded, StampAsync),
        Of("JOB-RUN-025", "A start changes the definition's ETag and modification time.", Sources.Recorded, MovesAsync),
        Of("JOB-RUN-026", "startJob accepts an empty body of any content type.", Sources.Definition, ContentTypeAsync),
        Of("JOB-RUN-027", "A change of agent takes effect with the next run: the active run keeps its agent.",
            Sources.Documents, KeepsAgentAsync),
        Of("JOB-RUN-028", "A run that has not ended has no end time and no error.", Sources.Recorded, NoEndAsync),
        Of("JOB-RUN-029", "A second run becomes the latest, and the first stays unchanged.", Sources.Documents, SecondAsync),
        Of("JOB-RUN-030", "A definition lists only its own runs.", Sources.Definition, ApartAsync),
        Of("JOB-RUN-031", "A run has the ids of source, target and agent.", Sources.Definition, IdsAsync),
        Of("JOB-RUN-032", "A run that is stopped before it starts shows no counters.", Sources.Recorded, StoppedAsync),
        Of("JOB-RUN-033", "A run's type and name match its id.", Sources.Rpc, TypeAsync),
        Of("JOB-RUN-034", "A definition's changeable properties can be changed during an active run.", Sources.Documents, ChangeAsync),
        Of("JOB-RUN-035", "A refused second start creates no run.", Sources.Documents, NoGhostAsync),
    ];

    private static Rule Of(string id, string title, string source, Func<Bench, Task> run) => Rule.OfVersion(id, title, run).From(source);

    // A run works for as long as a check needs it.
    private static async Task WithAsync(Bench bench, Func<string, string, Task> check)
    {
        var (path, _, run) = await JobRules.StartedAsync(bench);
        await check(path, run);
        await JobRules.EndAsync(bench, path);
    }

    private static async Task QueuedForEverAsync(Bench bench)
    {
        var (path, _, run) = await JobRules.StartedAsync(bench);
        await JobRules.EndAsync(bench, path);
        var get = (await bench.GetAsync(run)).Status(200);
        get.Same("Queued", get.Properties()["jobDefinitionProperties"]?["latestJobRunStatus"], "The status in the copy")
            .Same(run, get.Properties()["jobDefinitionProperties"]?["latestJobRunResourceId"], "The run in the copy");
    }

    private static async Task FrozenAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("NfsMount");
        var source = bench.Fresh(kind);
        (await bench.SendAsync("PUT", source, kind.Described(bench))).Status(200, 201);
        var path = bench.Fresh(Definitions);
        var body = Definitions.Described(bench);
        body["properties"]!["sourceName"] = source.Split('/')[^1];
        body["properties"]!["agentName"] = Bench.Agent;
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        var start = (await bench.SendAsync("POST", path + "/startJob")).Status(200);
        (await bench.SendAsync("PATCH", source, PatchRules.Body(bench, kind, ("description", "later")))).Status(200);
        (await bench.SendAsync("PATCH", path, PatchRules.Body(bench, Definitions, ("description", "later")))).Status(200);
        var get = (await bench.GetAsync((string?)start.Object()["jobRunResourceId"] ?? string.Empty)).Status(200);
        await JobRules.EndAsync(bench, path);
        get.Same("a text", get.Properties()["sourceProperties"]?["description"], "The source's description")
            .Same("a text", get.Properties()["jobDefinitionProperties"]?["description"], "The definition's description");
    }

    private static Task WholeAsync(Bench bench) => WithAsync(bench, async (_, run) =>
    {
        var get = (await bench.GetAsync(run)).Status(200);
        var source = (await bench.GetAsync($"{bench.Mover}/endpoints/{Bench.Source}")).Status(200);
        var target = (await bench.GetAsync($"{bench.Mover}/endpoints/{Bench.Target}")).Status(200);
        get.Same(source.Properties(), get.Properties()["sourceProperties"], "The copy of the source")
            .Same(target.Properties(), get.Properties()["targetProperties"], "The copy of the target");
    });

    private static async Task FollowsAsync(Bench bench)
    {
        var (path, _, run) = await JobRules.StartedAsync(bench);
        var status = (await bench.GetAsync(run)).Properties()["status"];
        var definition = (await bench.GetAsync(path)).Status(200);
        if ((string?)status == "Queued")
        {
            definition.Same(status, definition.Properties()["latestJobRunStatus"], "The latest status");
        }

        await JobRules.EndAsync(bench, path);
        definition = (await bench.GetAsync(path)).Status(200);
        definition.Holds((string?)definition.Properties()["latestJobRunStatus"] != "Queued", "The latest status is still Queued.");
    }

    private static Task StampAsync(Bench bench) => WithAsync(bench, async (definition, run) =>
    {
        var get = (await bench.GetAsync(run)).Status(200);
        get.Holds(run.StartsWith(definition, StringComparison.OrdinalIgnoreCase), "The run does not belong to the definition.")
            .Holds(DateTimeOffset.TryParse((string?)get.Properties()["lastStatusUpdate"], out _), "The time is missing.")
            .Same("Succeeded", get.Properties()["provisioningState"], "The provisioning state");
    });

    private static async Task MovesAsync(Bench bench)
    {
        var path = await JobRules.ReadyAsync(bench);
        var before = (await bench.GetAsync(path)).Status(200);
        (await bench.SendAsync("POST", path + "/startJob")).Status(200);
        var after = (await bench.GetAsync(path)).Status(200);
        await JobRules.EndAsync(bench, path);
        after.Holds(before.Header("ETag") != after.Header("ETag"), "The ETag did not change.")
            .Same(before.Object()["systemData"]?["createdAt"], after.Object()["systemData"]?["createdAt"], "The creation time")
            .Holds((string?)before.Object()["systemData"]?["lastModifiedAt"] != (string?)after.Object()["systemData"]?["lastModifiedAt"],
                "The modification time did not change.");
    }

    private static async Task ContentTypeAsync(Bench bench)
    {
        foreach (var type in new[] { "application/x-www-form-urlencoded", "text/plain" })
        {
            var path = await JobRules.ReadyAsync(bench);
            (await bench.SendAsync(new Call("POST", bench.Versioned(path + "/startJob"), string.Empty) { ContentType = type })).Status(200);
            await JobRules.EndAsync(bench, path);
        }
    }

    private static Task KeepsAgentAsync(Bench bench) => WithAsync(bench, async (path, run) =>
    {
        (await bench.SendAsync("PATCH", path, PatchRules.Body(bench, Definitions, ("agentName", Bench.OtherAgent)))).Status(200);
        var get = (await bench.GetAsync(run)).Status(200);
        get.Same(Bench.Agent, get.Properties()["agentName"], "The agent of the run");
    });

    private static Task NoEndAsync(Bench bench) => WithAsync(bench, async (_, run) =>
    {
        var get = (await bench.GetAsync(run)).Status(200);
        get.Holds(!get.Properties().ContainsKey("executionEndTime"), "The run has an end time.")
            .Holds(!get.Properties().ContainsKey("error"), "The run has an error.");
    });

    private static async Task SecondAsync(Bench bench)
    {
        var (path, _, first) = await JobRules.StartedAsync(bench);
        await JobRules.EndAsync(bench, path);
        var ended = (await bench.GetAsync(first)).Status(200);
        if ((string?)ended.Properties()["status"] != "Canceled")
        {
            throw new NotApplicableException("the run is still active: only an agent can end it");
        }

        var second = (string?)(await bench.SendAsync("POST", path + "/startJob")).Status(200).Object()["jobRunResourceId"];
        var definition = (await bench.GetAsync(path)).Status(200);
        var again = (await bench.GetAsync(first)).Status(200);
        await JobRules.EndAsync(bench, path);
        definition.Same(second, definition.Properties()["latestJobRunResourceId"], "The latest run");
        again.Same(ended.Properties(), again.Properties(), "The first run");
    }

    private static Task ApartAsync(Bench bench) => WithAsync(bench, async (path, run) =>
    {
        var other = await JobRules.ReadyAsync(bench);
        (await bench.GetAsync($"{other}/jobRuns/{run.Split('/')[^1]}")).Error(404);
        bench.Holds((await ListRules.IdsAsync(bench, other + "/jobRuns")).Count == 0, "The other definition lists a run.");
        bench.Holds((await ListRules.IdsAsync(bench, path + "/jobRuns")).Count == 1, "Its own definition does not list the run.");
    });

    private static Task IdsAsync(Bench bench) => WithAsync(bench, async (_, run) =>
    {
        var get = (await bench.GetAsync(run)).Status(200);
        get.Same($"{bench.Mover}/endpoints/{Bench.Source}", get.Properties()["sourceResourceId"], "The source's id")
            .Same($"{bench.Mover}/endpoints/{Bench.Target}", get.Properties()["targetResourceId"], "The target's id")
            .Same($"{bench.Mover}/agents/{Bench.Agent}", get.Properties()["agentResourceId"], "The agent's id");
    });

    private static async Task StoppedAsync(Bench bench)
    {
        var (path, _, run) = await JobRules.StartedAsync(bench);
        var queued = (string?)(await bench.GetAsync(run)).Properties()["status"] == "Queued";
        await JobRules.EndAsync(bench, path);
        var get = (await bench.GetAsync(run)).Status(200);
        if (!queued || get.Properties().ContainsKey("executionStartTime"))
        {
            throw new NotApplicableException("an agent has begun the run");
        }

        get.Holds(!get.Properties().ContainsKey("itemsScanned") && !get.Properties().ContainsKey("bytesTransferred"),
            "The run has counters.");
    }

    private static Task TypeAsync(Bench bench) => WithAsync(bench, async (_, run) =>
    {
        var get = (await bench.GetAsync(run)).Status(200);
        get.Same(run, get.Object()["id"], "The id").Same(run.Split('/')[^1], get.Object()["name"], "The name")
            .Holds((Definitions.Type + "/jobRuns").Equals((string?)get.Object()["type"], StringComparison.OrdinalIgnoreCase), "The type.");
    });

    private static Task ChangeAsync(Bench bench) => WithAsync(bench, async (path, run) =>
    {
        var patch = await bench.SendAsync("PATCH", path, PatchRules.Body(bench, Definitions, ("copyMode", "Mirror")));
        patch.Status(200).Same("Mirror", patch.Properties()["copyMode"], "The copy mode");
        var get = (await bench.GetAsync(run)).Status(200);
        get.Same("Additive", get.Properties()["jobDefinitionProperties"]?["copyMode"], "The copy mode of the run");
    });

    private static Task NoGhostAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        (await bench.SendAsync("POST", path + "/startJob")).Error(409);
        bench.Holds((await ListRules.IdsAsync(bench, path + "/jobRuns")).Count == 1, "A refused start left a run.");
    });
}
