using System.Text.Json.Nodes;
using Mover.Cli.Resources;

namespace Mover.Cli.Tests;

/// <summary><c>mover region drill</c> between two real servers.</summary>
public sealed class RegionDrillVerbTests
{
    [Fact]
    public async Task A_drill_is_told_step_by_step_is_in_the_status_and_fails_the_command_when_a_check_does_not_hold()
    {
        await using var pair = await PairedServers.StartAsync();
        await PairedServers.ExpectAsync(pair.EastData, "group", "create", "-n", "g1", "--location", "eastus");
        var (stranger, own) = await pair.East.CreateStrangerAsync();
        var root = $"{JsonNode.Parse((await PairedServers.ExpectAsync(pair.EastData, "group", "show", "-n", "g1", "-o", "json")).Out)!["id"]}".Split("/resourceGroups/")[0];
        await PairedServers.UntilCopiedAsync(pair.WestData);

        var before = await PairedServers.ExpectAsync(pair.WestData, "region", "status");
        var denied = await own.RunAsync("region", "drill");
        var drill = await PairedServers.ExpectAsync(pair.EastData, "region", "drill");
        var after = await PairedServers.ExpectAsync(pair.WestData, "region", "status");
        await PairedServers.ExpectAsync(pair.EastData, "role-assignment", "create", "--assignee", stranger, "--role", "Owner", "--scope", root);
        await PairedServers.UntilCopiedAsync(pair.WestData);
        await PairedServers.ExpectAsync(pair.EastData, "group", "create", "-n", "g2", "--location", "eastus");
        await PairedServers.UntilCopiedAsync(pair.WestData);
        var other = await own.RunAsync("region", "drill", "-o", "json");

        Assert.Contains("has not rehearsed a loss", before.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, denied.ExitCode);
        Assert.Contains("All checks passed: 'westus' would serve", drill.Out, StringComparison.Ordinal);
        Assert.Contains("The last rehearsal was at", after.Out, StringComparison.Ordinal);
        Assert.True(other.ExitCode == ExitCodes.Ok, other.Out + other.Error);
        Assert.True(JsonNode.Parse(other.Out)!["isGood"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("""{"duty":"Standby","holder":"eastus","lastDrill":{"at":"2030-01-01T00:00:00Z","secondsToServing":1.5},"pair":{"reachable":true},"copy":{"whole":true}}""", "last rehearsal was at 2030-01-01T00:00:00Z: serving after 1.5 s")]
    [InlineData("""{"duty":"Serving","region":"eastus","pair":{"reachable":true,"lastDrill":{"at":"2030-01-01T00:00:00Z","secondsToServing":2},"copy":{"whole":true,"ageSeconds":1}}}""", "serving after 2 s")]
    [InlineData("""{"duty":"Serving","region":"eastus","lastDrill":{"at":"2030-01-01T00:00:00Z","secondsToServing":2},"pair":{"reachable":true,"copy":{"whole":true,"ageSeconds":1}}}""", "The standby has not rehearsed a loss yet")]
    public void The_last_drill_is_that_of_the_region_that_is_the_standby_now(string status, string told) =>
        Assert.Contains(told, string.Join('\n', RegionOutlook.Of(JsonNode.Parse(status)!.AsObject())), StringComparison.Ordinal);
}
