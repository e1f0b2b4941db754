using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Server.Presence;
using Mover.Server.Tests;
using Mover.State;

namespace Mover.Agent.Tests;

public sealed class PresenceTests
{
    [Fact]
    public async Task An_agent_is_registering_until_its_first_beat()
    {
        await using var scene = await ChannelScene.StartAsync();

        Assert.Equal("Registering", await StatusAsync(scene));
    }

    [Fact]
    public async Task A_beat_shows_the_agent_and_its_host_and_leaves_the_etag_alone()
    {
        await using var scene = await ChannelScene.StartAsync();
        var before = (await scene.Server.GetAsync(scene.Agent.AgentId)).Headers.ETag;

        await scene.Channel.BeatAsync(ChannelScene.Beat(AgentCondition.Executing), CancellationToken.None);

        var after = await scene.Server.GetAsync(scene.Agent.AgentId);
        var shown = (await after.JsonAsync())["properties"]!;
        Assert.Equal("Executing", shown["agentStatus"]!.GetValue<string>());
        Assert.Equal("1.2.3", shown["agentVersion"]!.GetValue<string>());
        Assert.Equal(2048, shown["memoryInMB"]!.GetValue<long>());
        Assert.Equal(before, after.Headers.ETag);
    }

    [Fact]
    public async Task What_an_agent_says_of_itself_cannot_command_the_terminal_of_who_reads_it()
    {
        await using var scene = await ChannelScene.StartAsync();
        var beat = ChannelScene.Beat();

        await scene.Channel.BeatAsync(
            beat with { Telemetry = beat.Telemetry with { Problem = new("Code", "\u001b[2J all\nis well", null) } }, CancellationToken.None);

        var shown = (await (await scene.Server.GetAsync(scene.Agent.AgentId)).JsonAsync())["properties"]!;
        Assert.Equal("?[2J all is well", shown["errorDetails"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_agent_is_offline_after_thirty_seconds_without_a_beat_and_online_with_the_next()
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow());
        await using var scene = await ChannelScene.StartAsync(clock);
        await scene.Channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None);

        clock.Now += TimeSpan.FromSeconds(30);
        var still = await StatusAsync(scene);
        clock.Now += TimeSpan.FromSeconds(1);
        var silent = await StatusAsync(scene);
        await scene.Channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None);

        Assert.Equal(("Online", "Offline", "Online"), (still, silent, await StatusAsync(scene)));
    }

    [Fact]
    public async Task An_agent_that_beat_while_the_clock_ran_ahead_is_offline_when_it_falls_silent()
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow());
        await using var scene = await ChannelScene.StartAsync(clock);
        var right = clock.Now;
        clock.Set(right.AddHours(12));
        await scene.Server.Services.GetRequiredService<AgentPresence>().HearAsync(
            ResourceId.TryParse(scene.Agent.AgentId, out var agent) ? agent : default, ChannelScene.Beat().Telemetry, CancellationToken.None);
        clock.Set(right);

        var before = await StatusAsync(scene);
        clock.Now += AgentChannelLimits.OfflineAfter + TimeSpan.FromSeconds(1);
        var silent = await StatusAsync(scene);
        await scene.RestartServerAsync();
        await LetGoAsync(scene, agent);
        clock.Now += PresenceLease.Grace + TimeSpan.FromSeconds(1);

        Assert.Equal(("Online", "Offline", "Offline"), (before, silent, await StatusAsync(scene)));
    }

    [Fact]
    public async Task A_write_of_an_agent_answers_what_a_read_shows()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.Channel.BeatAsync(ChannelScene.Beat(AgentCondition.Executing), CancellationToken.None);

        var patched = await (await scene.Server.PatchAsync(scene.Agent.AgentId, """{"properties":{"description":"d"}}""")).JsonAsync();
        var read = await (await scene.Server.GetAsync(scene.Agent.AgentId)).JsonAsync();
        var put = await (await scene.Server.PutAsync(scene.Agent.AgentId, read.ToJsonString())).JsonAsync();

        Assert.Equal("Executing", patched["properties"]!["agentStatus"]!.GetValue<string>());
        Assert.Equal(read.ToJsonString(), patched.ToJsonString());
        Assert.Equal(read["properties"]!.ToJsonString(), put["properties"]!.ToJsonString());
    }

    [Fact]
    public async Task What_was_known_of_an_agent_is_known_after_a_restart()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.Channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None);

        await scene.RestartServerAsync();

        Assert.Equal("Online", await StatusAsync(scene));
    }

    [Fact]
    public async Task A_beat_is_answered_with_the_upload_limits_that_were_set()
    {
        await using var scene = await ChannelScene.StartAsync();
        var schedule = """
            {"properties":{"uploadLimitSchedule":{"weeklyRecurrences":[
              {"limitInMbps":5,"days":["Monday","Friday"],"startTime":{"hour":9,"minute":30},"endTime":{"hour":17}}]}}}
            """;
        Assert.True((await scene.Server.PatchAsync(scene.Agent.AgentId, schedule)).IsSuccessStatusCode);

        var beat = ChannelScene.Value(await scene.Channel.BeatAsync(ChannelScene.Beat(), CancellationToken.None));

        Assert.Equal([new(DayOfWeek.Monday, 570, 1020, 5), new(DayOfWeek.Friday, 570, 1020, 5)], beat.UploadLimits);
    }

    // What time does to the holds of a server that was killed.
    private static async Task LetGoAsync(ChannelScene scene, ResourceId agent)
    {
        var store = scene.Server.Services.GetRequiredService<IStateStore>();
        var table = scene.Server.Services.GetRequiredService<PresenceTable>();
        foreach (var hold in (await store.ListAsync("heard/", null, 10, keysOnly: false, CancellationToken.None)).Entries)
        {
            await store.RevokeLeaseAsync(hold.LeaseId, CancellationToken.None);
        }

        await scene.WaitUntilAsync(() => table.Find(agent.Key)?.Holders.Count == 0);
    }

    private static async Task<string> StatusAsync(ChannelScene scene) =>
        (await scene.PropertiesAsync(scene.Agent.AgentId))["agentStatus"]!.GetValue<string>();
}
