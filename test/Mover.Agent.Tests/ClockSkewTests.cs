using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

/// <summary>An agent on a host whose clock is wrong works, and everybody is told.</summary>
public sealed class ClockSkewTests
{
    [Theory]
    [InlineData(3, "ahead of")]
    [InlineData(-3, "behind")]
    public async Task An_agent_whose_clock_is_hours_off_works_and_agent_and_run_say_so(int hours, string where)
    {
        await using var scene = await ChannelScene.StartAsync();
        using var channel = scene.Connect("a1", clock: new TestClock(TimeProvider.System.GetUtcNow().AddHours(hours)));
        await scene.StartJobAsync();

        var order = (await scene.AskAsync(channel: channel)).Order!;
        await channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None);
        var report = scene.Report(order, 1, AgentRunStatus.Succeeded);
        await channel.FinishAsync(
            report with { StartedAt = report.StartedAt.AddHours(hours), EndedAt = report.EndedAt?.AddHours(hours) }, CancellationToken.None);

        var agent = await scene.PropertiesAsync(scene.Agent.AgentId);
        var run = await scene.PropertiesAsync(order.RunId);
        Assert.Equal("RequiresAttention", agent["agentStatus"]!.GetValue<string>());
        Assert.Equal(ControlPlaneTime.ProblemCode, agent["errorDetails"]!["code"]!.GetValue<string>());
        Assert.Contains("180 minutes " + where, agent["errorDetails"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(ControlPlaneTime.ProblemCode, Assert.Single(run["warnings"]!.AsArray())!["code"]!.GetValue<string>());
        Assert.InRange(
            run["executionEndTime"]!.GetValue<DateTimeOffset>(),
            TimeProvider.System.GetUtcNow().AddMinutes(-10), TimeProvider.System.GetUtcNow().AddMinutes(10));
    }

    [Fact]
    public async Task An_agent_whose_clock_is_within_the_limit_says_nothing()
    {
        await using var scene = await ChannelScene.StartAsync();
        using var channel = scene.Connect("a1", clock: new TestClock(TimeProvider.System.GetUtcNow().AddSeconds(-20)));

        await channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None);

        Assert.Null(channel.Time.Problem);
        Assert.Equal("Online", (await scene.PropertiesAsync(scene.Agent.AgentId))["agentStatus"]!.GetValue<string>());
    }
}
