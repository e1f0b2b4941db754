using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Mover.Core.Jobs;
using Mover.Core.Regions;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Tests.Snapshots;
using Mover.Server.Tests;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.Recovery.Tests.Deploy;

/// <summary>
/// How long a large estate takes from its snapshot to its first running job, step by step. <c>MOVER_RESOURCES</c> says how large; a drill of
/// 1,000 is to take at most 120 s on two cores.
/// </summary>
public sealed class LargeEstateTests(ITestOutputHelper output)
{
    private const int ResourcesUsual = 100;
    private const int PutsAtOnce = 8;
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(120);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly List<(string Step, TimeSpan Took)> _steps = [];

    [Fact]
    public async Task From_the_snapshot_to_the_first_running_job_takes_no_longer_than_promised()
    {
        await using var scene = await RecoveryScene.StartAsync(jobs: 1);
        var made = await GrowAsync(scene, Setting.Number("MOVER_RESOURCES", ResourcesUsual));

        var snapshot = await StepAsync("snapshot", () => EstateScene.TakeAsync(scene.East));
        var whole = Stopwatch.StartNew();
        var plan = await StepAsync("plan", () => PlanAsync(scene, snapshot));
        var deployed = await StepAsync("deploy", () => new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, None));
        using var agent = await StepAsync("agent online", () => OnlineAsync(scene));
        var estate = await ReadAsync(scene);
        await StepAsync("assign", () => new Assignments(scene.WestClient).ApplyAsync(
            Assignments.Decide(estate, estate.Jobs, AssignmentWish.Spread, plan.FormerAgents), None));
        estate = await ReadAsync(scene);
        var given = await StepAsync("grant", () => new Grants(scene.WestClient, scene.WestGroup).GiveAsync(estate, estate.Jobs, None));
        var running = StepAsync("first job running", () => RunningAsync(scene, estate.Jobs[0], whole));
        var started = await StepAsync("start", () => StartAsync(scene, estate, given));
        var first = await running;

        foreach (var (step, took) in _steps)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step}: {took.TotalSeconds:F1} s"));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{made} resources, {deployed.Made} deployed, {estate.Jobs.Count} jobs, {given.Count} roles: first job running after "
                + $"{first.TotalSeconds:F1} s"));
        await agent.StopAsync();
        Assert.All(started, job => Assert.Equal(StartOutcome.Started, job.Outcome));
        Assert.True(first <= Promised, $"It took {first}.");
    }

    private async Task<T> StepAsync<T>(string name, Func<Task<T>> step)
    {
        var watch = Stopwatch.StartNew();
        var result = await step();
        _steps.Add((name, watch.Elapsed));
        return result;
    }

    // A third each of sources, targets with a container of their own, and jobs, over ten projects.
    private static async Task<int> GrowAsync(RecoveryScene scene, int resources)
    {
        var east = scene.East;
        var sets = Math.Max(1, (resources - 20) / 3);
        for (var project = 0; project < 10; project++)
        {
            await east.CreateAsync($"{east.Mover()}/projects/wave-{project}", "{}");
        }

        await Parallel.ForAsync(0, sets, new ParallelOptions { MaxDegreeOfParallelism = PutsAtOnce }, async (at, _) =>
        {
            await east.CreateAsync($"{east.Mover()}/endpoints/src-{at}", Some.NfsBody);
            await east.CreateAsync(
                $"{east.Mover()}/endpoints/dst-{at}",
                Targeting(east.BlobBody().Replace("/g1/", "/data/", StringComparison.Ordinal), $"target-{at}"));
            await east.CreateAsync(
                $"{east.Mover()}/projects/wave-{at % 10}/jobDefinitions/job-{at}",
                $$"""{"properties":{"copyMode":"Additive","sourceName":"src-{{at}}","targetName":"dst-{{at}}","agentName":"a1"} }""");
        });
        var estate = await JobEstate.ReadAsync(scene.EastClient, Core.Arm.ResourceId.OfGroup(east.Subscription, "g1"), null, None);
        return 1 + 11 + estate.Endpoints.Count + estate.Jobs.Count + estate.Agents.Count;
    }

    private static string Targeting(string body, string container)
    {
        var target = JsonNode.Parse(body)!;
        target["properties"]!["blobContainerName"] = container;
        return target.ToJsonString();
    }

    private static Task<RecoveryPlan> PlanAsync(RecoveryScene scene, Snapshot snapshot) =>
        new PlanMaker(scene.WestClient, RegionCatalogue.Azure, TimeProvider.System)
            .MakeAsync(snapshot, scene.Options, None);

    private static async Task<IHost> OnlineAsync(RecoveryScene scene)
    {
        var agent = await scene.StartAgentAsync("w1");
        await agent.StartAsync();
        await scene.OnlineAsync(1);
        return agent;
    }

    private static async Task<List<StartedJob>> StartAsync(RecoveryScene scene, JobEstate estate, IReadOnlyList<Grant> rights) =>
        await new Starts(scene.WestClient).RunAsync(estate, estate.Jobs, rights, again: false, onlyChecks: false, None).ToListAsync();

    private static async Task<TimeSpan> RunningAsync(RecoveryScene scene, EstateJob job, Stopwatch whole)
    {
        while ((await scene.WestClient.GetAsync(job.Id, None))["properties"]?["latestJobRunStatus"]?.ToString()
            is null or JobRunStatuses.Queued or JobRunStatuses.Started)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        return whole.Elapsed;
    }

    private static Task<JobEstate> ReadAsync(RecoveryScene scene) => JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None);
}
