using System.Text.Json.Nodes;

namespace Mover.Cli.Tests.Recovery;

/// <summary><c>mover recovery start</c> at a recovered estate.</summary>
public sealed class StartVerbTests : IAsyncLifetime
{
    private RecoveryServers _servers = null!;

    public async Task InitializeAsync() => _servers = await RecoveryServers.DeployAsync("new1");

    public async Task DisposeAsync() => await _servers.DisposeAsync();

    [Fact]
    public async Task Without_the_plan_mirrors_that_never_ran_here_are_refused_and_other_jobs_start()
    {
        await ReadyAsync();
        string[] group = ["-g", RecoveryServers.Group, "-o", "json"];

        var check = await _servers.StepAsync("start", [.. group, "--check"]);
        var started = await _servers.StepAsync("start", group);
        var planned = await _servers.PlannedAsync("start", "-o", "json");
        var again = await _servers.StepAsync("start", [.. group, "--job", "p1/done", "--again"]);

        Assert.Equal(
            "m1/p1/blobs WouldStart, m1/p1/done Blocked, m1/p1/shares WouldStart, m1/p2/fresh Blocked, m1/p2/nightly WouldStart",
            ResultsOf(check));
        Assert.Equal(
            "m1/p1/blobs Started, m1/p1/done Blocked, m1/p1/shares Started, m1/p2/fresh Blocked, m1/p2/nightly Started", ResultsOf(started));
        Assert.Equal((ExitCodes.NotReady, ExitCodes.NotReady), (check.ExitCode, started.ExitCode));
        Assert.Contains("Use --plan FILE.", started.Out, StringComparison.Ordinal);
        Assert.Contains("m1/p1/done Held", ResultsOf(planned), StringComparison.Ordinal);
        Assert.Contains("m1/p2/fresh Started", ResultsOf(planned), StringComparison.Ordinal);
        Assert.Contains("Mirrors that had succeeded before the snapshot were not started (1); see their notes.", planned.Error, StringComparison.Ordinal);
        Assert.Equal("m1/p1/done Started", ResultsOf(again));
    }

    [Fact]
    public async Task Jobs_are_chosen_by_project_or_name_and_what_blocks_them_is_said()
    {
        var blocked = await _servers.PlannedAsync("start", "--project-name", "p2");
        await ReadyAsync();
        var project = await _servers.PlannedAsync("start", "--project-name", "P2", "-o", "json");
        var job = await _servers.PlannedAsync("start", "--job", "m1/p1/blobs", "-o", "json");
        var unknown = await _servers.PlannedAsync("start", "--project-name", "p9");

        Assert.Equal(ExitCodes.NotReady, blocked.ExitCode);
        Assert.Contains("It has no agent; run mover recovery assign.", blocked.Out, StringComparison.Ordinal);
        Assert.Contains("Started 0 of 2 jobs; 2 could not be started.", blocked.Error, StringComparison.Ordinal);
        Assert.True(project.ExitCode == ExitCodes.Ok, project.Out + project.Error);
        Assert.Equal("m1/p2/fresh Started, m1/p2/nightly Started", ResultsOf(project));
        Assert.Contains("Its schedule is off", project.Out, StringComparison.Ordinal);
        Assert.Equal("m1/p1/blobs Started", ResultsOf(job));
        Assert.Contains("The project 'p9' does not exist.", unknown.Error, StringComparison.Ordinal);
        Assert.NotEqual(ExitCodes.Ok, unknown.ExitCode);
    }

    private async Task ReadyAsync()
    {
        foreach (var step in new string[][] { ["assign", "--spread"], ["grant"] })
        {
            var ran = await _servers.PlannedAsync(step[0], step[1..]);
            Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Out + ran.Error);
        }
    }

    private static string ResultsOf(Ran ran) => string.Join(", ", JsonNode.Parse(ran.Out)!.AsArray()
        .Select(row => $"{row!["job"]} {row["result"]}").Order(StringComparer.Ordinal));
}
