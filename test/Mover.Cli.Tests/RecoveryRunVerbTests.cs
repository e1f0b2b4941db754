using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary>A region is lost, and what <c>mover recovery status</c> and <c>run</c> print is pasted until the jobs run in another one.</summary>
public sealed class RecoveryRunVerbTests : IAsyncLifetime
{
    private const string Rules =
        """{"rules":[{"name":"told","why":"a test","match":{"type":"*/jobDefinitions"},"patch":[{"op":"add","path":"/properties/description","value":"x"}]}]}""";

    private LostRegion _region = null!;

    public async Task InitializeAsync() => _region = await LostRegion.StartAsync();

    public async Task DisposeAsync() => await _region.DisposeAsync();

    private string Status => $"mover recovery status --from '{LostRegion.SnapshotName}' --data {_region.West.DataFolder} --map {Map}";

    private string Run => $"mover recovery run --from '{LostRegion.SnapshotName}' --data {_region.West.DataFolder}";

    private string Map => $"{_region.EastAccount}={_region.WestAccount}";

    [Fact]
    public async Task Pasting_what_status_names_starts_the_jobs_in_the_other_region()
    {
        await _region.SnapshotAsync();
        await _region.LoseAsync();

        var lost = await _region.PasteAsync(ExitCodes.NotReady, Status);
        var planned = await _region.PasteAsync(ExitCodes.NotReady, LostRegion.After(lost.Out, "Next: "));
        var ready = await _region.PasteAsync(ExitCodes.NotReady, Status);
        var deployed = await _region.PasteAsync(ExitCodes.NotReady, LostRegion.After(ready.Out, "Next: "));
        var waiting = await _region.PasteAsync(ExitCodes.NotReady, Status);
        var agent = LostRegion.AgentLines(waiting.Out);
        await _region.PasteAsync(ExitCodes.Ok, agent[0]);
        await _region.StayAsync(agent[1]);
        await _region.RepeatAsync(LostRegion.After(waiting.Out, "Then: "));
        var recovered = await _region.PasteAsync(ExitCodes.Ok, Status);
        var run = await LostRegion.OkAsync(
            _region.West, "job-definition", "show", "-g", "g1-westus", "--storage-mover-name", "m1", "--project-name", "p1", "-n", "j1", "-o", "json");

        Assert.Contains("is OUT", lost.Out, StringComparison.Ordinal);
        Assert.Contains("all 1 storage accounts are replaced by --map", lost.Out, StringComparison.Ordinal);
        Assert.Contains("nothing is deployed yet", planned.Error, StringComparison.Ordinal);
        Assert.Contains("none of 1 storage accounts is in eastus", ready.Out, StringComparison.Ordinal);
        Assert.Equal(agent, LostRegion.AgentLines(deployed.Error));
        Assert.Equal(LostRegion.After(deployed.Error, "Then: "), LostRegion.After(waiting.Out, "Then: "));
        Assert.Contains("Recovered", recovered.Out, StringComparison.Ordinal);
        Assert.NotEmpty(JsonNode.Parse(run.Out)!["properties"]!["latestJobRunStatus"]!.ToString());
    }

    [Fact]
    public async Task A_blocked_plan_is_made_again_by_the_same_command()
    {
        await _region.SnapshotAsync();
        await _region.LoseAsync();

        var blocked = await _region.PasteAsync(ExitCodes.NotReady, Run);
        var named = LostRegion.After(blocked.Error, "Next: ");
        var status = await _region.PasteAsync(ExitCodes.NotReady, Status.Split(" --map")[0]);
        var mended = await _region.PasteAsync(ExitCodes.NotReady, $"{named} --map {Map}");

        Assert.Contains("Stopped. Something blocks the plan: AccountMissing", blocked.Error, StringComparison.Ordinal);
        Assert.Equal(named, LostRegion.After(status.Out, "Next: "));
        Assert.Contains("is ready; nothing is deployed yet", mended.Error, StringComparison.Ordinal);
        Assert.EndsWith(" --yes", LostRegion.After(mended.Error, "Next: "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_for_another_group_is_left_alone_and_another_file_is_named()
    {
        await _region.SnapshotAsync();
        await _region.PasteAsync(ExitCodes.NotReady, $"{Run} --map {Map}");
        var before = await File.ReadAllTextAsync(_region["plan.json"]);

        var other = await _region.PasteAsync(ExitCodes.NotReady, $"{Run} --group g2 --map {Map} --yes");
        var next = await _region.PasteAsync(ExitCodes.NotReady, LostRegion.After(other.Error, "Next: "));

        Assert.Contains("It is for the group g1-westus in westus.", other.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(_region["plan.json"]));
        Assert.True(File.Exists(_region["plan-g2-westus.json"]));
        Assert.Contains("nothing is deployed yet", next.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_cannot_be_given_stops_with_the_command_for_someone_who_may()
    {
        await _region.SnapshotAsync();
        await DeployWithAgentAsync();
        await SignInAsContributorAsync();

        var stopped = await StoppedAsync($"mover recovery run --from '{LostRegion.SnapshotName}' --yes", "Rights: ");
        var grant = stopped.Error.Split('`')[1];
        await _region.PasteAsync(ExitCodes.Ok, $"{grant} --data {_region.West.DataFolder}");
        var gone = await _region.PasteAsync(ExitCodes.Ok, LostRegion.After(stopped.Error, "Next: "));

        Assert.Contains("was rejected", stopped.Error, StringComparison.Ordinal);
        Assert.Equal("mover recovery grant --plan plan.json", grant);
        Assert.Contains("m1/p1/j1: Started", gone.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_cannot_start_is_named_with_its_reason_and_starts_when_that_is_mended()
    {
        await _region.SnapshotAsync();
        var agent = await DeployWithAgentAsync();
        await LostRegion.OkAsync(
            _region.West, "role-assignment", "create", "--role", "Storage Blob Data Contributor", "--assignee-object-id", agent,
            "--assignee-principal-type", "ServicePrincipal", "-g", "data");
        await LostRegion.OkAsync(_region.West, "storage-account", "delete", "-g", "data", "-n", "accwest", "--yes");

        var stopped = await StoppedAsync($"{Run} --yes", "could not be started");
        await LostRegion.OkAsync(_region.West, "storage-account", "create", "-g", "data", "-n", "accwest", "-l", "westus");
        var gone = await _region.PasteAsync(ExitCodes.Ok, LostRegion.After(stopped.Error, "Next: "));

        Assert.Contains("m1/p1/j1: Blocked", stopped.Out, StringComparison.Ordinal);
        Assert.Contains("does not exist", stopped.Out, StringComparison.Ordinal);
        Assert.Contains("m1/p1/j1: Started", gone.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_the_destination_outran_is_made_again_and_waits_for_review()
    {
        await _region.SnapshotAsync();
        await _region.PasteAsync(ExitCodes.NotReady, $"{Run} --map {Map}");
        await LostRegion.OkAsync(_region.West, "group", "create", "-n", "g1-westus", "-l", "westus");

        var stopped = await _region.PasteAsync(ExitCodes.NotReady, $"{Run} --map {Map} --yes");

        Assert.Contains("The plan was made again.", stopped.Error, StringComparison.Ordinal);
        Assert.Contains("GroupExists", stopped.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("--yes", LostRegion.After(stopped.Error, "Next: "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_refuses_a_plan_that_the_signed_snapshot_does_not_give()
    {
        await _region.PasteAsync(ExitCodes.Ok, "mover recovery new-key key");
        await _region.SnapshotAsync("--sign-key", _region["key"]);
        var from = $"--from '{LostRegion.SnapshotName}' --trust key.pub --map {Map}";
        var west = $"--data {_region.West.DataFolder}";
        var planned = await _region.PasteAsync(ExitCodes.Ok, $"mover recovery plan {from} --out plan.json {west}");
        await File.WriteAllTextAsync(_region["rules.json"], Rules);
        await _region.PasteAsync(
            ExitCodes.Ok,
            $"mover recovery plan --from '{LostRegion.SnapshotName}' --map {Map} --rules rules.json --out other.json {west}");

        var useless = await _region.PasteAsync(ExitCodes.Usage, $"mover recovery deploy --plan plan.json --map {Map} {west}");
        var changed = await _region.PasteAsync(ExitCodes.Failed, $"mover recovery deploy --plan other.json {from} {west}");
        var nothing = await LostRegion.OkAsync(_region.West, "group", "list", "-o", "tsv");
        var own = await _region.PasteAsync(ExitCodes.Ok, LostRegion.After(planned.Out, "Ready. Next: "));

        Assert.Contains("--map requires --trust", useless.Error, StringComparison.Ordinal);
        Assert.Contains("PlanNotTrusted", changed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("g1-westus", nothing.Out, StringComparison.Ordinal);
        Assert.Contains("nothing differs from it", own.Error, StringComparison.Ordinal);
    }

    // Deploys the plan and runs an agent, by the lines that the stop prints; the agent's principal.
    private async Task<string> DeployWithAgentAsync()
    {
        var stopped = await _region.PasteAsync(ExitCodes.NotReady, $"{Run} --map {Map} --yes");
        var agent = LostRegion.AgentLines(stopped.Error);
        var registered = await _region.PasteAsync(ExitCodes.Ok, $"{agent[0]} --output json");
        await _region.StayAsync(agent[1]);
        return JsonNode.Parse(registered.Out)!["principalId"]!.ToString();
    }

    // Someone who may deploy, and may not give roles.
    private async Task SignInAsContributorAsync()
    {
        var made = await LostRegion.OkAsync(_region.West, "service-principal", "create", "-n", "contributor", "-o", "json");
        var principal = JsonNode.Parse(made.Out)!;
        await LostRegion.OkAsync(
            _region.West, "role-assignment", "create", "--role", "Contributor", "--assignee-object-id", $"{principal["id"]}",
            "--assignee-principal-type", "ServicePrincipal");
        await File.WriteAllTextAsync(_region["secret"], $"{principal["password"]}");
        File.SetUnixFileMode(_region["secret"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await _region.PasteAsync(
            ExitCodes.Ok,
            $"mover login --server {_region.West.Url} --ca {_region.West.DataFolder}/tls/ca.pem --service-principal -u {principal["appId"]} -p @secret");
    }

    // An agent takes a moment to be online.
    private async Task<Ran> StoppedAsync(string line, string reason)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        while (true)
        {
            var ran = await _region.PasteAsync(ExitCodes.NotReady, line);
            if (ran.Error.Contains(reason, StringComparison.Ordinal))
            {
                return ran;
            }

            Assert.False(limit.IsCancellationRequested, ran.Out + ran.Error);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
