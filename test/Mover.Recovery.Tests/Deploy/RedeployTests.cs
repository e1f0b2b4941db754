using Microsoft.Extensions.Hosting;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
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
        await scene.OnlineAsync(2);

        var wish = AssignmentWish.Spread;
        var estate = await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None);
        var assigned = Assignments.Decide(estate, estate.Jobs, wish, new Dictionary<string, string>());
        await new Assignments(scene.WestClient).ApplyAsync(assigned, None);

        estate = await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None);
        var blocked = await StartAsync(scene, estate, onlyChecks: false);
        var grants = new Grants(scene.WestClient, scene.WestGroup);
        var given = await grants.GiveAsync(estate, estate.Jobs, None);

        var mirrors = HeldMirrors.Of(await scene.PlanAsync() with { FinishedMirrors = [estate.Jobs[0].Name.ToUpperInvariant()] });
        var held = await new Starts(scene.WestClient, mirrors)
            .RunAsync(estate, estate.Jobs, given, again: false, onlyChecks: true, None).ToListAsync();
        var forced = await new Starts(scene.WestClient, mirrors)
            .RunAsync(estate, estate.Jobs, given, again: true, onlyChecks: true, None).ToListAsync();
        var started = await StartAsync(scene, estate, onlyChecks: false);
        var later = await StartAsync(scene, await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None), onlyChecks: false);
        var revoked = await grants.RevokeAsync(None);

        Assert.Equal([2, 2], assigned.GroupBy(assignment => assignment.After).Select(agent => agent.Count()));
        Assert.All(Assignments.Decide(estate, estate.Jobs, wish, new Dictionary<string, string>()), assignment => Assert.False(assignment.Changes));
        Assert.All(blocked, job => Assert.Equal(StartOutcome.Blocked, job.Outcome));
        Assert.Contains("does not have the role", blocked[0].Reasons[0], StringComparison.Ordinal);
        Assert.Equal([GrantOutcome.Given, GrantOutcome.Given], given.Select(grant => grant.Outcome));
        Assert.Equal(
            [StartOutcome.Held, StartOutcome.Started, StartOutcome.Started, StartOutcome.Started], held.Select(job => job.Outcome));
        Assert.Contains($"--resource-group g1-west --job {estate.Jobs[0].Name} --again", held[0].Reasons[^1], StringComparison.Ordinal);
        Assert.All(forced, job => Assert.Equal(StartOutcome.Started, job.Outcome));
        Assert.All(started, job => Assert.Equal(StartOutcome.Started, job.Outcome));
        Assert.All(later, job => Assert.Contains(job.Outcome, new[] { StartOutcome.Running, StartOutcome.HasRun }));
        Assert.Equal([null, null], revoked.Select(one => one.Reason));
        Assert.Empty(await grants.RevokeAsync(None));
        await one.StopAsync();
        await two.StopAsync();
    }

    [Fact]
    public async Task Without_the_plan_no_mirror_of_a_recovered_group_starts_unasked()
    {
        await using var scene = await RecoveryScene.StartAsync();
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(await scene.PlanAsync(), None);
        var group = scene.WestGroup;
        var job = (await JobEstate.ReadAsync(scene.WestClient, group, null, None)).Jobs[0];
        var mirror = job with { Properties = job.Properties with { CopyMode = CopyModes.Mirror, Schedule = null } };
        var scheduled = job with { Properties = mirror.Properties with { Schedule = new() { Frequency = "Daily" } } };
        var additive = job with { Properties = mirror.Properties with { CopyMode = CopyModes.Additive } };
        await scene.West.CreateGroupAsync("plain");

        var recovered = await HeldMirrors.OfGroupAsync(scene.WestClient, group, None);
        var plain = await HeldMirrors.OfGroupAsync(scene.WestClient, ResourceId.OfGroup(scene.West.Subscription, "plain"), None);

        Assert.Contains("Use --plan FILE.", recovered.WhyBlocked(mirror), StringComparison.Ordinal);
        Assert.All([recovered.WhyBlocked(scheduled), recovered.WhyBlocked(additive), plain.WhyBlocked(mirror)], Assert.Null);
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

    [Fact]
    public async Task A_reader_of_the_destination_is_refused_before_anything_is_written()
    {
        await using var scene = await RecoveryScene.StartAsync();
        using var reader = await scene.ClientOfAsync(BuiltInRoles.Reader.Name);

        var plan = await scene.PlanAsync(client: reader);

        var problem = Assert.Single(plan.Problems, problem => problem.IsBlocking);
        Assert.Equal("RightsMissing", problem.Code);
        Assert.Contains("Microsoft.Resources/deployments/whatIf/action", problem.Message, StringComparison.Ordinal);
        Assert.Null(await scene.WestClient.FindAsync(scene.WestGroup, None));
    }

    [Fact]
    public async Task Without_the_right_to_grant_the_missing_roles_are_named()
    {
        await using var scene = await RecoveryScene.StartAsync();
        await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(await scene.PlanAsync(), None);
        using var agent = await scene.StartAgentAsync("w1");
        await agent.StartAsync();
        await scene.OnlineAsync(1);
        var estate = await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None);
        await new Assignments(scene.WestClient).ApplyAsync(
            Assignments.Decide(estate, estate.Jobs, AssignmentWish.Spread, new Dictionary<string, string>()), None);
        estate = await JobEstate.ReadAsync(scene.WestClient, scene.WestGroup, null, None);
        using var contributor = await scene.ClientOfAsync(BuiltInRoles.Contributor.Name);

        var refused = Assert.Single(await new Grants(contributor, scene.WestGroup).GiveAsync(estate, estate.Jobs, None));

        Assert.Equal(GrantOutcome.Refused, refused.Outcome);
        Assert.Contains("Microsoft.Authorization/roleAssignments/write", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(["m1/p1/j1", "m1/p1/j2"], refused.Jobs);
        await agent.StopAsync();
    }

    [Fact]
    public async Task A_template_that_the_destination_refuses_blocks_the_plan_with_its_reason()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var rules = RuleFile.Parse(
            """{"rules":[{"name":"long","match":{"name":"m1/p1"},"merge":{"properties":{"description":17}}}]}""", "my.json", isBuiltIn: false);

        var plan = await scene.PlanAsync(options => options with { Rules = rules });

        var problem = Assert.Single(plan.Problems, problem => problem.IsBlocking);
        Assert.Equal("DestinationRefuses", problem.Code);
        Assert.Contains("description", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deployment_that_its_command_did_not_see_the_end_of_is_finished_by_the_same_command()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var plan = await scene.PlanAsync();
        using var cut = RecoveryScene.Client(scene.West, over: inner => new CutAfterDeployment { InnerHandler = inner });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new PlanDeployment(cut, TimeProvider.System).RunAsync(plan, new CancellationTokenSource(TimeSpan.FromSeconds(5)).Token));
        var again = await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, None);

        Assert.Equal(plan.Effects.Count, again.Made + again.Left);
    }

    [Fact]
    public async Task A_plan_that_was_edited_is_not_deployed()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var file = scene.Folder.At("plan.json");
        PlanFile.Write(file, await scene.PlanAsync());
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"filer\"", "\"other\"", StringComparison.Ordinal));

        var refused = Assert.Throws<RecoveryException>(() => PlanFile.Read(file));

        Assert.Equal("PlanEdited", refused.Code);
        Assert.Equal("PlanNotFound", Assert.Throws<RecoveryException>(() => PlanFile.Read(file + "x")).Code);
    }

    // Answers nothing any more once a deployment was accepted, as a control plane that goes away.
    private sealed class CutAfterDeployment : DelegatingHandler
    {
        private bool _isCut;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (_isCut)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            _isCut = request.Method == HttpMethod.Put;
            return await base.SendAsync(request, cancellationToken);
        }
    }

    private static async Task<List<StartedJob>> StartAsync(RecoveryScene scene, JobEstate estate, bool onlyChecks)
    {
        var rights = await new Grants(scene.WestClient, scene.WestGroup).FindAsync(estate, estate.Jobs, None);
        return await new Starts(scene.WestClient).RunAsync(estate, estate.Jobs, rights, again: false, onlyChecks, None).ToListAsync();
    }

    private static string Problems(RecoveryPlan plan) => string.Join('\n', plan.Problems.Select(problem => problem.Code + ": " + problem.Message));
}
