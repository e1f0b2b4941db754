using System.Text.Json.Nodes;

namespace Mover.Cli.Tests.Recovery;

/// <summary><c>mover recovery assign</c> at a recovered estate with two agents that are online and one that is not.</summary>
public sealed class AssignVerbTests : IAsyncLifetime
{
    private RecoveryServers _servers = null!;

    public async Task InitializeAsync() => _servers = await RecoveryServers.DeployAsync("new1", "new2");

    public async Task DisposeAsync() => await _servers.DisposeAsync();

    [Fact]
    public async Task Jobs_are_spread_evenly_and_a_repetition_changes_nothing()
    {
        var first = await _servers.PlannedAsync("assign", "--spread", "-o", "json");
        var second = await _servers.PlannedAsync("assign", "--spread");

        Assert.True(first.ExitCode == ExitCodes.Ok, first.Error);
        Assert.Equal([2, 3], AgentsOf(first).Values.CountBy(agent => agent).Select(pair => pair.Value).Order());
        Assert.Contains("Assigned 5 jobs, 0 were already assigned, 0 were refused. Next: mover recovery grant.", first.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, second.ExitCode);
        Assert.Contains("Assigned 0 jobs, 5 were already assigned, 0 were refused.", second.Error, StringComparison.Ordinal);
        Assert.Contains("m1/p2/nightly", second.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_map_gives_each_job_the_agent_that_replaces_its_old_one()
    {
        var half = await _servers.PlannedAsync("assign", "--map", "old1=new1");
        var whole = await _servers.PlannedAsync("assign", "--map", "old1=new1", "--map", "OLD2=new2", "-o", "json");
        var moved = await _servers.PlannedAsync("assign", "--agent-name", "new2", "--reassign", "--project-name", "p1", "-o", "json");

        Assert.Equal(ExitCodes.NotReady, half.ExitCode);
        Assert.Contains("No agent is specified for 2 jobs: m1/p2/fresh (had old2), m1/p2/nightly (had old2).", half.Error, StringComparison.Ordinal);
        Assert.Contains("--agent-name NAME", half.Error, StringComparison.Ordinal);
        Assert.True(whole.ExitCode == ExitCodes.Ok, whole.Error);
        Assert.Equal(
            "m1/p1/blobs new1, m1/p1/done new1, m1/p1/shares new1, m1/p2/fresh new2, m1/p2/nightly new2",
            string.Join(", ", AgentsOf(whole).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")));
        Assert.Equal(["m1/p1/blobs", "m1/p1/done", "m1/p1/shares"], AgentsOf(moved).Keys.Order(StringComparer.Ordinal));
        Assert.All(AgentsOf(moved).Values, agent => Assert.Equal("new2", agent));
    }

    [Fact]
    public async Task Agents_that_are_unknown_or_offline_and_wrong_flags_are_refused_and_nothing_is_assigned()
    {
        await _servers.RegisterAsync("asleep");

        var unknown = await _servers.PlannedAsync("assign", "--agent-name", "nobody");
        var offline = await _servers.PlannedAsync("assign", "--agent-name", "asleep");
        var noWay = await _servers.PlannedAsync("assign");
        var twoWays = await _servers.PlannedAsync("assign", "--spread", "--agent-name", "new1");
        var noPair = await _servers.PlannedAsync("assign", "--map", "old1");
        var noJob = await _servers.PlannedAsync("assign", "--spread", "--job", "nothing");
        var noGroup = await _servers.StepAsync("assign", "--spread");
        var one = await _servers.StepAsync("assign", "-g", RecoveryServers.Group, "--agent-name", "NEW1", "--job", "p1/blobs", "-o", "json");

        Assert.Contains("AgentMissing", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("AgentOffline", offline.Error, StringComparison.Ordinal);
        Assert.Contains("The job definition 'nothing' does not exist.", noJob.Error, StringComparison.Ordinal);
        Assert.All([unknown, offline, noJob], ran => Assert.NotEqual(ExitCodes.Ok, ran.ExitCode));
        Assert.All([noWay, twoWays, noPair, noGroup], ran => Assert.Equal(ExitCodes.Usage, ran.ExitCode));
        Assert.Null(JsonNode.Parse(one.Out)![0]!["before"]);
        Assert.Contains("Assigned 1 jobs,", one.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> AgentsOf(Ran ran) => JsonNode.Parse(ran.Out)!.AsArray()
        .ToDictionary(row => $"{row!["job"]}", row => $"{row!["agent"]}", StringComparer.Ordinal);
}
