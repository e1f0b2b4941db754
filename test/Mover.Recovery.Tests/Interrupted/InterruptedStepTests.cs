using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Recovery.Agents;

namespace Mover.Recovery.Tests.Interrupted;

/// <summary>Assigning, granting, revoking and starting are interrupted at each of their requests, and go on with the same command.</summary>
public sealed class InterruptedStepTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Dictionary<string, string> NoMap = [];

    [Theory]
    [MemberData(nameof(Told.Troubles), MemberType = typeof(Told))]
    public async Task An_assignment_that_is_interrupted_anywhere_is_finished_by_the_same_command(Trouble trouble)
    {
        await using var scene = await AgentScene.StartAsync(jobs: 3, "w1", "w2");
        await AssignAsync(scene, scene.Scene.WestClient, "w1");
        var hit = true;
        for (var at = 1; hit; at++)
        {
            using var troubled = new TroubledClient(scene.Scene.West, trouble, at);
            var (applied, fault) = await TryAsync(() => AssignAsync(scene, troubled.Client, "w2"));
            hit = troubled.WasHit;
            var there = (await scene.ReadAsync()).Jobs.Where(job => job.Properties.AgentName == "w2").Select(job => job.Name).ToList();
            if (applied is not null)
            {
                Assert.Equal(there, applied.Where(one => one.Refused is null).Select(one => one.Job.Name));
                Assert.True(there.Count == 3 || trouble == Trouble.RightsGo);
            }
            else
            {
                Told.Check(trouble, at, fault);
                Assert.True(fault is KilledException || fault!.Message.Contains($"{there.Count} of 3 jobs", StringComparison.Ordinal)
                    || fault.Message.StartsWith("Reading", StringComparison.Ordinal), fault?.Message);
            }

            await AssignAsync(scene, scene.Scene.WestClient, "w2");

            Assert.All((await scene.ReadAsync()).Jobs, job => Assert.Equal("w2", job.Properties.AgentName));
            await AssignAsync(scene, scene.Scene.WestClient, "w1");
        }
    }

    [Theory]
    [MemberData(nameof(Told.Troubles), MemberType = typeof(Told))]
    public async Task A_grant_that_is_interrupted_anywhere_is_finished_by_the_same_command_and_taken_back_whole(Trouble trouble)
    {
        await using var scene = await StartSpreadAsync();
        var before = await RolesAsync(scene);
        var hit = true;
        for (var at = 1; hit; at++)
        {
            using var troubled = new TroubledClient(scene.Scene.West, trouble, at);
            var (given, fault) = await TryAsync(() => GrantAsync(scene, troubled.Client));
            hit = troubled.WasHit;
            var there = await RolesAsync(scene) - before;
            if (given is not null)
            {
                Assert.Equal(there, given.Count(one => one.Outcome is GrantOutcome.Given or GrantOutcome.Present));
                Assert.True(there == 2 || trouble == Trouble.RightsGo);
            }
            else
            {
                Told.Check(trouble, at, fault);
                Assert.True(fault is KilledException || fault!.Message.Contains($"{there} of 2 roles are assigned", StringComparison.Ordinal)
                    || fault.Message.StartsWith("Reading", StringComparison.Ordinal), fault?.Message);
            }

            await GrantAsync(scene, scene.Scene.WestClient);

            Assert.Equal(2, await RolesAsync(scene) - before);
            Assert.All((await new Grants(scene.Scene.WestClient, scene.Scene.WestGroup).RevokeAsync(None)), one => Assert.Null(one.Reason));
            Assert.Equal(before, await RolesAsync(scene));
        }
    }

    [Theory]
    [MemberData(nameof(Told.Troubles), MemberType = typeof(Told))]
    public async Task A_revocation_that_is_interrupted_anywhere_is_finished_by_the_same_command(Trouble trouble)
    {
        await using var scene = await StartSpreadAsync();
        var before = await RolesAsync(scene);
        var hit = true;
        for (var at = 1; hit; at++)
        {
            await GrantAsync(scene, scene.Scene.WestClient);
            using var troubled = new TroubledClient(scene.Scene.West, trouble, at);
            var (revoked, fault) = await TryAsync(() => new Grants(troubled.Client, scene.Scene.WestGroup).RevokeAsync(None));
            hit = troubled.WasHit;
            var left = await RolesAsync(scene) - before;
            if (revoked is not null)
            {
                Assert.Equal(left, revoked.Count(one => one.Reason is not null));
                Assert.True(left == 0 || trouble == Trouble.RightsGo);
            }
            else
            {
                Told.Check(trouble, at, fault);
                Assert.True(fault is KilledException || fault!.Message.Contains($"{2 - left} roles were removed", StringComparison.Ordinal), fault?.Message);
            }

            await new Grants(scene.Scene.WestClient, scene.Scene.WestGroup).RevokeAsync(None);

            Assert.Equal(before, await RolesAsync(scene));
        }
    }

    [Theory]
    [MemberData(nameof(Told.Troubles), MemberType = typeof(Told))]
    public async Task A_start_that_is_interrupted_anywhere_is_finished_by_the_same_command_and_starts_no_job_twice(Trouble trouble)
    {
        await using var scene = await AgentScene.StartAsync(jobs: 1, "w1");
        await AssignAsync(scene, scene.Scene.WestClient, "w1");
        await GrantAsync(scene, scene.Scene.WestClient);
        var hit = true;
        for (var at = 1; hit; at++)
        {
            var jobs = await MakeJobsAsync(scene, at);
            using var troubled = new TroubledClient(scene.Scene.West, trouble, at);
            var (told, fault) = await StartAsync(scene, troubled.Client, jobs);
            hit = troubled.WasHit;
            var there = await RunsAsync(scene, jobs);
            Assert.All(told.Where(one => one.Outcome == StartOutcome.Started), one => Assert.Equal(1, there[one.Job]));
            if (fault is not null)
            {
                Told.Check(trouble, at, fault);
                Assert.True(fault is KilledException || there.Values.Sum() == 0
                    || fault.Message.Contains($"and started {there.Values.Sum()} of them", StringComparison.Ordinal), fault.Message);
            }

            var (again, unexpected) = await StartAsync(scene, scene.Scene.WestClient, jobs);

            Assert.Null(unexpected);
            Assert.All(again, one => Assert.True(one.Outcome != StartOutcome.Blocked, string.Join(' ', one.Reasons)));
            Assert.All(await RunsAsync(scene, jobs), job => Assert.True(job.Value == 1, $"{job.Key} has {job.Value} runs after {trouble} at {at}."));
        }
    }

    private static async Task<AgentScene> StartSpreadAsync()
    {
        var scene = await AgentScene.StartAsync(jobs: 2, "w1", "w2");
        var estate = await scene.ReadAsync();
        await new Assignments(scene.Scene.WestClient).ApplyAsync(
            Assignments.Decide(estate, estate.Jobs, AssignmentWish.Spread, NoMap), None);
        return scene;
    }

    private static async Task<(T? Result, Exception? Fault)> TryAsync<T>(Func<Task<T>> step)
        where T : class
    {
        try
        {
            return (await step(), null);
        }
        catch (Exception fault) when (fault is RecoveryException or KilledException)
        {
            return (null, fault);
        }
    }

    private static async Task<IReadOnlyList<Assignment>> AssignAsync(AgentScene scene, MoverClient client, string agent)
    {
        var estate = await JobEstate.ReadAsync(client, scene.Scene.WestGroup, null, None);
        return await new Assignments(client).ApplyAsync(
            Assignments.Decide(estate, estate.Jobs, new(agent, NoMap, Spreads: false, Reassigns: true), NoMap), None);
    }

    private static async Task<IReadOnlyList<Grant>> GrantAsync(AgentScene scene, MoverClient client)
    {
        var estate = await JobEstate.ReadAsync(client, scene.Scene.WestGroup, null, None);
        return await new Grants(client, scene.Scene.WestGroup).GiveAsync(estate, estate.Jobs, None);
    }

    private static async Task<(List<StartedJob> Told, Exception? Fault)> StartAsync(AgentScene scene, MoverClient client, IReadOnlyList<string> jobs)
    {
        var told = new List<StartedJob>();
        var (_, fault) = await TryAsync(async () =>
        {
            var estate = await JobEstate.ReadAsync(client, scene.Scene.WestGroup, null, None);
            var chosen = estate.Choose([], jobs);
            var rights = await new Grants(client, scene.Scene.WestGroup).FindAsync(estate, chosen, None);
            await foreach (var one in new Starts(client).RunAsync(estate, chosen, rights, again: false, onlyChecks: false, None))
            {
                told.Add(one);
            }

            return told;
        });
        return (told, fault);
    }

    private static async Task<IReadOnlyList<string>> MakeJobsAsync(AgentScene scene, int round)
    {
        var jobs = new List<string>();
        foreach (var name in new[] { $"r{round}-a", $"r{round}-b" })
        {
            var body = (await scene.Scene.WestClient.GetAsync(JobOf(scene, "j1"), None))["properties"]!.DeepClone().AsObject();
            await scene.Scene.WestClient.PutAsync(
                JobOf(scene, name),
                new()
                {
                    ["properties"] = new JsonObject
                    {
                        ["copyMode"] = "Additive", ["sourceName"] = body["sourceName"]!.ToString(),
                        ["targetName"] = body["targetName"]!.ToString(), ["agentName"] = "w1",
                    },
                },
                None);
            jobs.Add($"m1/p1/{name}");
        }

        return jobs;
    }

    private static async Task<Dictionary<string, int>> RunsAsync(AgentScene scene, IReadOnlyList<string> jobs)
    {
        var runs = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var job in jobs)
        {
            runs[job] = await scene.Scene.WestClient.ListAsync($"{JobOf(scene, job.Split('/')[2])}/jobRuns", None).CountAsync();
        }

        return runs;
    }

    private static Core.Arm.ResourceId JobOf(AgentScene scene, string name) => scene.Mover.Child("projects", "p1").Child("jobDefinitions", name);

    private static async Task<int> RolesAsync(AgentScene scene) =>
        await scene.Scene.WestClient.ListRolesAsync($"/subscriptions/{scene.Scene.West.Subscription}", None).CountAsync();
}
