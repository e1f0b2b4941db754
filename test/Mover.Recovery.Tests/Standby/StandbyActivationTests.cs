using Mover.Client.Arm;
using Mover.Recovery.Deploy;
using Mover.Recovery.Status;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Standby;

/// <summary>A standby becomes the one in use, once and for all.</summary>
public sealed class StandbyActivationTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Activation_switches_on_what_was_on_and_removes_the_mark_and_repeats_without_effect()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        using var counted = scene.Count();

        var activated = await scene.ActivateAsync();
        var again = await scene.ActivateAsync(counted.Client);
        var group = await scene.FindAsync(scene.Scene.WestGroup);
        var mover = await scene.FindAsync(scene.WestMover);
        var job = await scene.FindAsync(scene.WestJob("j1"));

        Assert.Equal(["m1/p1/j1"], activated.SchedulesOn);
        Assert.Empty(activated.NotOn);
        Assert.True(job!["properties"]!["schedule"]!["isActive"]!.GetValue<bool>());
        Assert.All([group, mover], one => Assert.Null(one!["tags"]!["mover-recovery-standby"]));
        Assert.All([group, mover], one => Assert.Equal(scene.Plan!.Id, one!["tags"]!["mover-recovery"]!.ToString()));
        Assert.Equal((true, 0), (again.WasActive, counted.Writes));
    }

    [Fact]
    public async Task What_is_in_use_is_not_repaired_and_not_deployed_again()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        await scene.ActivateAsync();
        using var counted = scene.Count();

        var repair = await Assert.ThrowsAsync<RecoveryException>(() => scene.SyncAsync(client: counted.Client));
        var deploy = await Assert.ThrowsAsync<RecoveryException>(
            () => new PlanDeployment(counted.Client, TimeProvider.System).RunAsync(scene.Plan!, None));

        Assert.Equal(("StandbyActive", "StandbyActive", 0), (repair.Code, deploy.Code, counted.Writes));
        Assert.Contains("no longer a standby", repair.Message, StringComparison.Ordinal);
        Assert.True((await scene.FindAsync(scene.WestJob("j1")))!["properties"]!["schedule"]!["isActive"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_plan_that_was_made_before_the_activation_is_not_carried_out_after_it()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        await scene.PatchEastAsync("j2", """{"description":"late"}""");
        var late = await scene.CheckAsync();
        await scene.ActivateAsync(acceptsBehind: true);

        var refused = await Assert.ThrowsAsync<RecoveryException>(
            () => new PlanDeployment(scene.Scene.WestClient, TimeProvider.System).RunAsync(late.Plan, None));

        Assert.Equal("StandbyActive", refused.Code);
        Assert.True((await scene.FindAsync(scene.WestJob("j1")))!["properties"]!["schedule"]!["isActive"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_standby_that_is_behind_is_activated_only_when_that_is_said()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        await scene.Scene.West.PatchAsync(scene.WestMover.Text, """{"properties":{"description":"drifted"}}""");
        var drifted = await Assert.ThrowsAsync<RecoveryException>(() => scene.ActivateAsync());
        await scene.PatchEastAsync("j2", """{"description":"newer"}""");
        var behind = await Assert.ThrowsAsync<RecoveryException>(() => scene.ActivateAsync());
        var mark = (await scene.FindAsync(scene.Scene.WestGroup))!["tags"]!["mover-recovery-standby"]!.ToString();

        var activated = await scene.ActivateAsync(acceptsBehind: true);

        Assert.Equal(("StandbyBehind", "StandbyBehind", "kept-in-step"), (drifted.Code, behind.Code, mark));
        Assert.Contains("1 resources differ from its plan", drifted.Message, StringComparison.Ordinal);
        Assert.Contains("but the newest is of", behind.Message, StringComparison.Ordinal);
        Assert.Equal(["m1/p1/j1"], activated.SchedulesOn);
    }

    [Fact]
    public async Task An_activation_that_was_killed_between_any_two_writes_is_finished_by_the_same_command()
    {
        for (var writes = 1; writes < 4; writes++)
        {
            await using var scene = await StandbyScene.StartInStepAsync();
            using var dying = scene.Count(writes);

            await StandbyScene.AssertKilledAsync(() => scene.ActivateAsync(dying.Client));
            var refused = await Assert.ThrowsAsync<RecoveryException>(() => scene.SyncAsync());
            await scene.ActivateAsync();

            Assert.Equal("StandbyActive", refused.Code);
            Assert.Contains("mover recovery activate", refused.Advice, StringComparison.Ordinal);
            Assert.True((await scene.FindAsync(scene.WestJob("j1")))!["properties"]!["schedule"]!["isActive"]!.GetValue<bool>());
            Assert.Null((await scene.FindAsync(scene.WestMover))!["tags"]!["mover-recovery-standby"]);
            Assert.Null((await scene.FindAsync(scene.Scene.WestGroup))!["tags"]!["mover-recovery-standby"]);
        }
    }

    [Fact]
    public async Task A_job_that_is_gone_holds_nothing_up_and_is_told()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        await scene.DeleteWestAsync(scene.WestJob("j1"));

        var activated = await scene.ActivateAsync(acceptsBehind: true);

        Assert.Equal("m1/p1/j1", Assert.Single(activated.NotOn).Id);
        Assert.True((await scene.ActivateAsync()).WasActive);
    }

    [Fact]
    public async Task There_must_be_a_standby_and_its_plan()
    {
        await using var scene = await StandbyScene.StartAsync();
        scene.Plan = (await scene.CheckAsync()).Plan;
        var missing = await Assert.ThrowsAsync<RecoveryException>(() => scene.ActivateAsync());
        scene.Plan = await scene.Scene.PlanAsync();

        var notOfStandby = await Assert.ThrowsAsync<RecoveryException>(() => scene.ActivateAsync());

        Assert.Equal(("StandbyMissing", "PlanNotOfStandby"), (missing.Code, notOfStandby.Code));
    }

    [Fact]
    public async Task Undo_takes_back_an_activated_standby()
    {
        await using var scene = await StandbyScene.StartInStepAsync();
        await scene.ActivateAsync();

        var undone = await new PlanUndo(scene.Scene.WestClient).RunAsync(scene.Scene.WestGroup, scene.Plan!.Id, None);

        Assert.Equal(2, undone.Deleted.Count);
        Assert.Null(await scene.FindAsync(scene.Scene.WestGroup));
    }
}
