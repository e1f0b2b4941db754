using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Server.JobRuns;
using Mover.Server.Tests;
using Mover.State;

namespace Mover.Agent.Tests;

/// <summary>Deleting what a run belongs to stops the run, waits for its end, and takes it along.</summary>
public sealed class DeletionTests
{
    [Theory]
    [InlineData("project")]
    [InlineData("mover")]
    [InlineData("group")]
    public async Task Deleting_what_a_run_lies_in_waits_for_its_end(string level)
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.ProgressAsync(scene.Report(order, 1, transferred: 1));

        var accepted = await DeleteAsync(scene, level);
        await scene.WaitForAsync(order.RunId, "CancelRequested");
        var told = await scene.ProgressAsync(scene.Report(order, 2, transferred: 2));
        var early = await scene.Server.SendAsync(HttpMethod.Get, accepted.Headers.Location!.PathAndQuery);
        await scene.FinishAsync(scene.Report(order, 3, AgentRunStatus.Canceled, transferred: 2));
        var done = await FollowAsync(scene, accepted);

        Assert.True(told.CancelRequested);
        Assert.False(IsDone(early));
        Assert.True(done);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.Server.GetAsync(order.RunId)).StatusCode);
    }

    [Fact]
    public async Task A_definition_whose_run_is_being_stopped_is_deleted_when_the_run_has_ended()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.StopJobAsync();

        var accepted = await scene.Server.DeleteAsync(scene.Server.Definition());
        var meanwhile = await scene.StatusAsync(order.RunId);
        var restart = await scene.Server.PostAsync(scene.Server.Definition() + "/startJob");
        await scene.FinishAsync(scene.Report(order, 1, AgentRunStatus.Canceled));
        var done = await FollowAsync(scene, accepted);

        Assert.Equal((HttpStatusCode.Accepted, "CancelRequested"), (accepted.StatusCode, meanwhile));
        Assert.Equal(HttpStatusCode.Conflict, restart.StatusCode);
        Assert.True(done);
        Assert.Equal(HttpStatusCode.NotFound, (await scene.Server.GetAsync(scene.Server.Definition())).StatusCode);
    }

    [Fact]
    public async Task A_run_that_no_agent_has_taken_goes_with_its_project()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.StartJobAsync();

        var done = await FollowAsync(scene, await DeleteAsync(scene, "project"));

        Assert.True(done);
        Assert.Null((await scene.AskAsync()).Order);
    }

    [Fact]
    public async Task A_run_whose_agent_is_lost_does_not_hold_up_a_deletion()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        Assert.True(ResourceId.TryParse(scene.Agent.AgentId, out var agent));
        Assert.True(ResourceId.TryParse(order.RunId, out var run));
        var claim = await scene.Server.Services.GetRequiredService<RunClaims>().FindAsync(agent, run, CancellationToken.None);
        await scene.Server.Services.GetRequiredService<IStateStore>().RevokeLeaseAsync(claim!.Value.LeaseId, CancellationToken.None);

        var done = await FollowAsync(scene, await DeleteAsync(scene, "mover"));

        Assert.True(done);
    }

    [Fact]
    public async Task An_agent_that_never_confirms_its_stop_holds_up_a_deletion_for_a_bounded_time()
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow());
        await using var scene = await ChannelScene.StartAsync(clock);
        var order = await scene.ClaimAsync();
        var accepted = await DeleteAsync(scene, "project");
        await scene.WaitForAsync(order.RunId, "CancelRequested");
        var step = AgentChannelLimits.RunLease / 2;

        for (var (sequence, passed) = (1, TimeSpan.Zero); passed < RunStops.WaitMax - step; passed += step)
        {
            Assert.True((await scene.ProgressAsync(scene.Report(order, sequence++))).CancelRequested);
            clock.Now += step;
        }

        var early = await scene.Server.SendAsync(HttpMethod.Get, accepted.Headers.Location!.PathAndQuery);
        await scene.ProgressAsync(scene.Report(order, 100));
        clock.Now += step;
        var done = await FollowAsync(scene, accepted);

        Assert.False(IsDone(early));
        Assert.True(done);
    }

    private static Task<HttpResponseMessage> DeleteAsync(ChannelScene scene, string level) => level switch
    {
        "project" => scene.Server.DeleteAsync(scene.Server.Mover() + "/projects/p1"),
        "mover" => scene.Server.DeleteAsync(scene.Server.Mover()),
        _ => scene.Server.ArmAsync("DELETE", scene.Server.Group()),
    };

    // Location's answer is 202 until the end, in both dialects.
    private static async Task<bool> FollowAsync(ChannelScene scene, HttpResponseMessage accepted) =>
        IsDone(await scene.Server.FollowAsync(accepted));

    private static bool IsDone(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent;
}
