using Microsoft.Extensions.Hosting;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Deploy;

/// <summary>An estate of one region is planned for, deployed to and taken back from another.</summary>
public sealed class RedeployTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_plan_is_deployed_exactly_and_deploying_again_touches_nothing()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var plan = await scene.PlanAsync();
        Assert.True(plan.IsReady(), Problems(plan));
        var deployment = new PlanDeployment(scene.WestClient, TimeProvider.System);

        var first = await deployment.RunAsync(plan, None);
        var mover = await scene.WestClient.GetAsync(scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1"), None);
        var again = await deployment.RunAsync(plan, None);

        Assert.Equal(plan.Effects.Count, first.Made);
        Assert.Equal((0, plan.Effects.Count), (again.Made, again.Left));
        Assert.Equal("westus", mover["location"]!.ToString());
        Assert.Equal(
            mover["systemData"]!.ToJsonString(),
            (await scene.WestClient.GetAsync(scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1"), None))["systemData"]!.ToJsonString());
        var endpoint = await scene.WestClient.GetAsync(
            scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1").Child("endpoints", "dst"), None);
        Assert.Equal(scene.WestAccount, endpoint["properties"]!["storageAccountResourceId"]!.ToString());
    }

    [Fact]
    public async Task A_plan_that_the_destination_has_outrun_is_refused()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var plan = await scene.PlanAsync();
        await scene.West.CreateGroupAsync("g1-west");

        var refused = await Assert.ThrowsAsync<RecoveryException>(
            () => new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, None));

        Assert.Contains(refused.Code, new[] { "PlanStale", "DestinationRefuses" });
    }

    [Fact]
    public async Task What_stands_in_the_way_is_told_before_anything_is_written()
    {
        await using var scene = await RecoveryScene.StartAsync();
        await scene.West.CreateGroupAsync("g1-west");

        var plan = await scene.PlanAsync(options => options with { Maps = [], To = options.To with { Location = "westeurope" } });

        Assert.Contains(plan.Problems, problem => problem is { Code: "AccountMissing", IsBlocking: true });
        Assert.Contains(plan.Problems, problem => problem is { Code: "OtherGeography", IsBlocking: true });
        Assert.Contains(plan.Problems, problem => problem is { Code: "GroupElsewhere", IsBlocking: true });
        var refused = await Assert.ThrowsAsync<RecoveryException>(
            () => new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, None));
        Assert.Equal("PlanNotReady", refused.Code);
    }

    [Fact]
    public async Task A_target_in_the_lost_region_is_not_ready()
    {
        await using var scene = await RecoveryScene.StartAsync();

        var lost = await scene.PlanAsync(options => options with { LostRegion = "westus" });
        var spared = await scene.PlanAsync();

        Assert.Contains(lost.Problems, problem => problem is { Code: "TargetInLostRegion", IsBlocking: true });
        Assert.True(spared.IsReady(), Problems(spared));
    }

    [Fact]
    public async Task Undo_takes_back_what_the_plan_made_and_nothing_else()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var plan = await scene.PlanAsync();
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, None);
        await scene.West.CreateAsync(scene.West.Mover("own", "g1-west"), """{"location":"westus"}""");

        var undone = await new PlanUndo(scene.WestClient).RunAsync(scene.WestGroup, plan.Id, None);
        var kept = await scene.WestClient.FindAsync(scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "own"), None);
        await scene.WestClient.DeleteAsync(scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "own"), None);
        var whole = await new PlanUndo(scene.WestClient).RunAsync(scene.WestGroup, plan.Id, None);

        Assert.EndsWith("/storageMovers/m1", Assert.Single(undone.Deleted), StringComparison.Ordinal);
        Assert.EndsWith("/storageMovers/own", Assert.Single(undone.Kept), StringComparison.Ordinal);
        Assert.NotNull(kept);
        Assert.Equal([scene.WestGroup.Text], whole.Deleted);
        Assert.Null(await scene.WestClient.FindAsync(scene.WestGroup, None));
    }

    [Fact]
    public async Task Jobs_get_agents_rights_and_runs_and_each_step_repeats_without_effect()
    {
        await using var scene = await RecoveryScene.StartAsync(jobs: 4);
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(await scene.PlanAsync(), None);
        using var one = await scene.StartAgentAsync("w1");
        using var two = await scene.StartAgentAsync("w2");
        await one.StartAsync();
        await two.StartAsync();
        await OnlineAsync(scene, 2);

        var wish = new AssignmentWish(null, new Dictionary<string, string>(), Spreads: true, Reassigns: false);
        var estate = await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None);
        var assigned = Assignments.Decide(estate, estate.Jobs, wish, new Dictionary<string, string>());
        foreach (var assignment in assigned)
        {
            await new Assignments(scene.WestClient).ApplyAsync(assignment, None);
        }

        estate = await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None);
        var blocked = await StartAsync(scene, estate, onlyChecks: false);
        var grants = new Grants(scene.WestClient, scene.WestGroup);
        var given = new List<Grant>();
        foreach (var grant in await grants.FindAsync(estate, estate.Jobs, None))
        {
            given.Add(await grants.GiveAsync(grant, None));
        }

        var started = await StartAsync(scene, estate, onlyChecks: false);
        var later = await StartAsync(scene, await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None), onlyChecks: false);
        var revoked = await grants.RevokeAsync(None);

        Assert.Equal([2, 2], assigned.GroupBy(assignment => assignment.After).Select(agent => agent.Count()));
        Assert.All(Assignments.Decide(estate, estate.Jobs, wish, new Dictionary<string, string>()), assignment => Assert.False(assignment.Changes));
        Assert.All(blocked, job => Assert.Equal(StartOutcome.Blocked, job.Outcome));
        Assert.Contains("lacks the role", blocked[0].Reasons[0], StringComparison.Ordinal);
        Assert.Equal([GrantOutcome.Given, GrantOutcome.Given], given.Select(grant => grant.Outcome));
        Assert.All(started, job => Assert.Equal(StartOutcome.Started, job.Outcome));
        Assert.All(later, job => Assert.Contains(job.Outcome, new[] { StartOutcome.Running, StartOutcome.HasRun }));
        Assert.Equal(2, revoked.Count);
        Assert.Empty(await grants.RevokeAsync(None));
        await one.StopAsync();
        await two.StopAsync();
    }

    [Fact]
    public async Task An_agent_that_is_offline_gets_no_job()
    {
        await using var scene = await RecoveryScene.StartAsync();
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(await scene.PlanAsync(), None);
        using var agent = await scene.StartAgentAsync("w1");
        var estate = await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None);

        var refused = Assert.Throws<RecoveryException>(() => Assignments.Decide(
            estate, estate.Jobs, new("w1", new Dictionary<string, string>(), false, false), new Dictionary<string, string>()));
        var missing = Assert.Throws<RecoveryException>(() => Assignments.Decide(
            estate, estate.Jobs, new("w9", new Dictionary<string, string>(), false, false), new Dictionary<string, string>()));
        var unmapped = Assert.Throws<RecoveryException>(() => Assignments.Decide(
            estate, estate.Jobs, new(null, new Dictionary<string, string> { ["a2"] = "w1" }, false, false),
            new Dictionary<string, string> { ["m1/p1/j1"] = "a1" }));

        Assert.Equal(("AgentOffline", "AgentMissing", "NoAgentForJob"), (refused.Code, missing.Code, unmapped.Code));
        Assert.Contains("m1/p1/j1 (had a1)", unmapped.Message, StringComparison.Ordinal);
    }

    private static async Task<List<StartedJob>> StartAsync(RecoveryScene scene, JobEstate estate, bool onlyChecks)
    {
        var rights = await new Grants(scene.WestClient, scene.WestGroup).FindAsync(estate, estate.Jobs, None);
        var starts = new List<StartedJob>();
        await foreach (var start in new Starts(scene.WestClient).RunAsync(estate, estate.Jobs, rights, again: false, onlyChecks, None))
        {
            starts.Add(start);
        }

        return starts;
    }

    private static async Task OnlineAsync(RecoveryScene scene, int agents)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, limit.Token)).Agents.Count(agent => agent.IsOnline) < agents)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
        }
    }

    private static string Problems(RecoveryPlan plan) => string.Join('\n', plan.Problems.Select(problem => problem.Code + ": " + problem.Message));
}
