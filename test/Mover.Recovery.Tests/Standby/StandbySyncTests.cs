using Mover.Client.Arm;
using Mover.Recovery.Deploy;
using Mover.Recovery.Standby;
using Mover.Recovery.Tests.Deploy;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Standby;

/// <summary>A standby is deployed in advance, and follows the snapshots without touching what is not its own.</summary>
public sealed class StandbySyncTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_standby_is_deployed_once_with_its_schedules_off_and_marked()
    {
        await using var scene = await StandbyScene.StartAsync();

        var first = await scene.CheckAsync();
        var made = await scene.SyncAsync();
        var group = await scene.FindAsync(scene.Scene.WestGroup);
        var mover = await scene.FindAsync(scene.WestMover);
        var job = await scene.FindAsync(scene.WestJob("j1"));

        Assert.True(first.IsNew);
        Assert.All(first.Drift.Items, item => Assert.Equal("Create", item.Change));
        Assert.Equal(first.Drift.Items.Count, made.Written);
        Assert.All([group, mover], one => Assert.Equal("kept-in-step", one!["tags"]!["mover-recovery-standby"]!.ToString()));
        Assert.All([group, mover], one => Assert.Equal(scene.Plan!.Id, one!["tags"]!["mover-recovery"]!.ToString()));
        Assert.False(job!["properties"]!["schedule"]!["isActive"]!.GetValue<bool>());
        Assert.Equal(["m1/p1/j1"], scene.Plan!.SchedulesOff);
    }

    [Fact]
    public async Task A_standby_that_is_in_step_is_not_written_to()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        using var counted = scene.Count();

        var check = await scene.CheckAsync(counted.Client);
        var repair = await scene.SyncAsync(client: counted.Client);

        Assert.True(check.Drift.IsInStep);
        Assert.Equal((0, 0, 0), (repair.Written, repair.Deleted.Count, counted.Writes));
    }

    [Fact]
    public async Task Drift_is_shown_with_its_properties_and_repaired()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        await scene.PatchEastAsync("j2", """{"description":"for the archive"}""");
        await scene.Scene.East.CreateAsync(scene.Scene.East.Definition("j3"), Some.DefinitionBody);
        await scene.DeleteEastAsync(scene.Scene.East.Definition("j1"));
        await scene.Scene.West.PatchAsync(scene.WestMover.Text, """{"properties":{"description":"changed at the standby"}}""");

        var check = await scene.CheckAsync();
        await scene.SyncAsync();
        var after = await scene.CheckAsync();

        Assert.Equal(
            [("m1", "Modify", "properties.description"), ("j1", "Delete", ""), ("j2", "Modify", "properties.description"), ("j3", "Create", "")],
            check.Drift.Items.Select(item => (item.Id.Split('/')[^1], item.Change, string.Join(',', item.Properties.Select(one => one.Path)))));
        Assert.True(after.Drift.IsInStep);
        Assert.Null(await scene.FindAsync(scene.WestJob("j1")));
        Assert.Equal("for the archive", (await scene.FindAsync(scene.WestJob("j2")))!["properties"]!["description"]!.ToString());
        Assert.Null((await scene.FindAsync(scene.WestMover))!["properties"]!["description"]);
    }

    [Fact]
    public async Task What_was_made_again_with_another_source_is_replaced_and_keeps_its_agent()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        var (east, west) = (scene.Scene.East, scene.Scene.West);
        await west.CreateAsync($"{scene.WestMover}/agents/w1", west.AgentBody().Replace("/g1/", "/g1-west/", StringComparison.Ordinal));
        await west.PatchAsync(scene.WestJob("j2").Text, """{"properties":{"agentName":"w1"}}""");
        await scene.DeleteEastAsync(east.Definition("j2"));
        await scene.DeleteEastAsync($"{east.Mover()}/endpoints/src");
        await east.CreateAsync($"{east.Mover()}/endpoints/src", Some.NfsBody.Replace("/data", "/other", StringComparison.Ordinal));
        await east.CreateAsync(
            east.Definition("j2"), Some.DefinitionBody.Replace("\"sourceName\"", "\"sourceSubpath\":\"/a\",\"sourceName\"", StringComparison.Ordinal));

        var check = await scene.CheckAsync();
        await scene.SyncAsync();
        var job = (await scene.FindAsync(scene.WestJob("j2")))!["properties"]!;

        Assert.Equal(
            [("src", "Replace", "properties.export"), ("j2", "Replace", "properties.sourceSubpath")],
            check.Drift.Items.Select(item => (item.Id.Split('/')[^1], item.Change, string.Join(',', item.Properties.Select(one => one.Path)))));
        Assert.Equal("/other", (await scene.FindAsync(scene.WestMover.Child("endpoints", "src")))!["properties"]!["export"]!.ToString());
        Assert.Equal(("/a", "w1"), (job["sourceSubpath"]!.ToString(), job["agentName"]!.ToString()));
        Assert.True((await scene.CheckAsync()).Drift.IsInStep);
    }

    [Fact]
    public async Task What_a_person_added_to_the_standbys_group_stays()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        var west = scene.Scene.West;
        await west.CreateAsync(west.Mover("own", "g1-west"), """{"location":"westus"}""");
        await west.CreateAsync($"{scene.WestMover}/projects/own", "{}");
        await west.CreateAsync($"{scene.WestMover}/agents/w1", west.AgentBody().Replace("/g1/", "/g1-west/", StringComparison.Ordinal));
        await west.PatchAsync(scene.WestJob("j2").Text, """{"properties":{"agentName":"w1"}}""");
        await scene.PatchEastAsync("j2", """{"description":"new"}""");

        var check = await scene.CheckAsync();
        await scene.SyncAsync();
        var after = await scene.CheckAsync();

        Assert.Equal("j2", Assert.Single(check.Drift.Items).Id.Split('/')[^1]);
        Assert.Equal("properties.description", Assert.Single(check.Drift.Items[0].Properties).Path);
        Assert.True(after.Drift.IsInStep);
        Assert.Equal("w1", (await scene.FindAsync(scene.WestJob("j2")))!["properties"]!["agentName"]!.ToString());
        Assert.NotNull(await scene.FindAsync(scene.WestMover.Child("projects", "own")));
        Assert.NotNull(await scene.FindAsync(scene.WestMover.Child("agents", "w1")));
        Assert.NotNull(await scene.FindAsync(scene.Scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "own")));
    }

    [Fact]
    public async Task What_the_snapshot_lost_stays_while_a_person_has_something_in_it_or_uses_it()
    {
        await using var scene = await StandbyScene.StartAsync();
        var (east, west) = (scene.Scene.East, scene.Scene.West);
        await east.CreateAsync($"{east.Mover()}/projects/p2", "{}");
        await east.CreateAsync($"{east.Mover()}/endpoints/src2", Some.NfsBody);
        await scene.SyncAsync();
        await west.CreateAsync($"{scene.WestMover}/projects/p2/jobDefinitions/own",
            """{"properties":{"copyMode":"Additive","sourceName":"src2","targetName":"dst"}}""");
        await scene.DeleteEastAsync($"{east.Mover()}/projects/p2");
        await scene.DeleteEastAsync($"{east.Mover()}/endpoints/src2");

        var repair = await scene.SyncAsync();
        await scene.DeleteWestAsync(scene.WestMover.Child("projects", "p2").Child("jobDefinitions", "own"));
        var later = await scene.SyncAsync();

        Assert.Empty(repair.Deleted);
        Assert.Equal(["p2", "src2"], repair.Kept.Select(one => one.Id.Split('/')[^1]).Order(StringComparer.Ordinal));
        Assert.Contains(repair.Kept, one => one.Reason.Contains("jobDefinitions 'm1/p2/own'", StringComparison.Ordinal));
        Assert.Equal(2, later.Deleted.Count);
        Assert.Null(await scene.FindAsync(scene.WestMover.Child("projects", "p2")));
    }

    [Fact]
    public async Task Without_the_last_plan_nothing_but_what_is_tagged_is_deleted()
    {
        await using var scene = await StandbyScene.StartAsync();
        var east = scene.Scene.East;
        await east.CreateAsync(east.Mover("m2"), """{"location":"eastus"}""");
        await scene.SyncAsync();
        scene.Plan = null;
        await scene.DeleteEastAsync(east.Definition("j2"));
        await scene.DeleteEastAsync(east.Mover("m2"));

        var repair = await scene.SyncAsync();

        Assert.EndsWith("/storageMovers/m2", Assert.Single(repair.Deleted), StringComparison.Ordinal);
        Assert.NotNull(await scene.FindAsync(scene.WestJob("j2")));
    }

    [Fact]
    public async Task A_snapshot_that_lost_most_of_the_estate_does_not_empty_the_standby()
    {
        await using var scene = await StandbyScene.StartAsync();
        var east = scene.Scene.East;
        for (var at = 3; at <= 14; at++)
        {
            await east.CreateAsync(east.Definition($"j{at}"), Some.DefinitionBody);
        }

        await scene.SyncAsync();
        await scene.DeleteEastAsync($"{east.Mover()}/projects/p1");

        using var counted = scene.Count();
        var refused = await Assert.ThrowsAsync<RecoveryException>(() => scene.SyncAsync(client: counted.Client));
        var said = await scene.SyncAsync(allowsDeletions: true);

        Assert.Equal(("TooManyDeletions", 0), (refused.Code, counted.Writes));
        Assert.EndsWith("/projects/p1", Assert.Single(said.Deleted), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repair_that_was_killed_between_any_two_writes_is_finished_by_the_next()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        await scene.Scene.East.CreateAsync(scene.Scene.East.Definition("j3"), Some.DefinitionBody);
        await scene.DeleteEastAsync(scene.Scene.East.Definition("j1"));
        for (var writes = 0; writes < 2; writes++)
        {
            using var dying = scene.Count(writes);
            await StandbyScene.AssertKilledAsync(() => scene.SyncAsync(client: dying.Client));
        }

        await scene.SyncAsync();

        Assert.True((await scene.CheckAsync()).Drift.IsInStep);
        Assert.Null(await scene.FindAsync(scene.WestJob("j1")));
        Assert.NotNull(await scene.FindAsync(scene.WestJob("j3")));
    }

    [Fact]
    public async Task What_a_killed_repair_made_is_known_as_the_standbys_own()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        await scene.Scene.East.CreateAsync(scene.Scene.East.Definition("j3"), Some.DefinitionBody);
        await scene.SyncAndDieAsync();
        await scene.DeleteEastAsync(scene.Scene.East.Definition("j3"));

        var repair = await scene.SyncAsync();

        Assert.EndsWith("/j3", Assert.Single(repair.Deleted), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plan_of_something_else_and_a_group_of_someone_else_are_refused()
    {
        await using var scene = await StandbyScene.StartAsync();
        scene.Plan = await scene.Scene.PlanAsync();
        var notOfStandby = await Assert.ThrowsAsync<RecoveryException>(() => scene.CheckAsync());
        scene.Plan = scene.Plan with { Standby = new(null, []), To = scene.Scene.To with { ResourceGroup = "other" } };
        var elsewhere = await Assert.ThrowsAsync<RecoveryException>(() => scene.CheckAsync());
        scene.Plan = null;
        await scene.Scene.West.CreateGroupAsync("g1-west");

        var foreign = await scene.CheckAsync();

        Assert.Equal(("PlanNotOfStandby", "StandbyElsewhere"), (notOfStandby.Code, elsewhere.Code));
        Assert.False(foreign.Plan.IsReady());
        await Assert.ThrowsAsync<RecoveryException>(() => new PlanDeployment(scene.Scene.WestClient, TimeProvider.System).RunAsync(foreign.Plan, None));
    }
}
