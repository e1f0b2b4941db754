using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary><c>mover recovery standby | activate | watch --standby --drill | status</c>, and <c>--trust</c>, between two real servers.</summary>
public sealed class StandbyVerbTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer _east = null!;
    private RunningServer _west = null!;

    private string Snapshot => _folder["r"];

    private string Plan => _folder["standby.json"];

    public async Task InitializeAsync()
    {
        _east = await RunningServer.StartAsync();
        _west = await RunningServer.StartAsync("--region", "westus");
        await OkAsync(_east, "group", "create", "-n", "g1", "-l", "eastus");
        await OkAsync(_east, "storage-mover", "create", "-g", "g1", "-n", "m1");
    }

    public async Task DisposeAsync()
    {
        await _east.DisposeAsync();
        await _west.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_standby_is_made_checked_repaired_and_activated_by_its_commands()
    {
        await SnapshotAsync();
        var none = await StatusAsync();
        var made = await StandbyAsync();
        var inStep = await StandbyAsync();
        var nothing = await StandbyAsync("--check");
        var ready = await StatusAsync();
        await OkAsync(_east, "project", "create", "-g", "g1", "--storage-mover-name", "m1", "-n", "p1", "--description", "first");
        await SnapshotAsync();
        var behind = await StatusAsync();
        var drift = await StandbyAsync("--check");
        var json = await StandbyAsync("--check", "--output", "json");
        var refused = await RunAsync(_west, "recovery", "activate", "--plan", Plan);
        var notDeployed = await RunAsync(_west, "recovery", "run", "--from", Snapshot, "--to", "westus", "--group", "g1-west", "--plan", Plan, "--yes");
        var repaired = await StandbyAsync();
        var activated = await RunAsync(_west, "recovery", "activate", "--plan", Plan);
        var again = await RunAsync(_west, "recovery", "activate", "--plan", Plan);
        var active = await StandbyAsync();
        var after = await StatusAsync();

        Assert.Contains("Create", made.Out, StringComparison.Ordinal);
        Assert.Contains("Nothing was written", inStep.Error, StringComparison.Ordinal);
        Assert.Equal(
            (ExitCodes.Ok, ExitCodes.Ok, ExitCodes.Ok, ExitCodes.Differs), (made.ExitCode, inStep.ExitCode, nothing.ExitCode, drift.ExitCode));
        Assert.Contains($"the plan {Plan} does not exist", none.Out, StringComparison.Ordinal);
        Assert.Contains("in step with the snapshot, which is", ready.Out, StringComparison.Ordinal);
        Assert.Contains($"If the region is lost: mover recovery activate --plan {Plan} --from {Snapshot}", ready.Out, StringComparison.Ordinal);
        Assert.Contains("none recorded", ready.Out, StringComparison.Ordinal);
        Assert.Contains("Next: mover recovery standby --from", behind.Out, StringComparison.Ordinal);
        Assert.Contains("projects m1/p1", drift.Out, StringComparison.Ordinal);
        Assert.False(JsonNode.Parse(json.Out)!["inStep"]!.GetValue<bool>());
        Assert.Equal((ExitCodes.Differs, ExitCodes.NotReady), (refused.ExitCode, notDeployed.ExitCode));
        Assert.Contains("StandbyBehind", refused.Error, StringComparison.Ordinal);
        Assert.Contains("recovery activate", notDeployed.Error, StringComparison.Ordinal);
        Assert.Contains("in step again: 3 resources written", repaired.Error, StringComparison.Ordinal);
        Assert.True(activated.ExitCode == ExitCodes.Ok, activated.Error);
        Assert.Contains("Next: agents: no agent is online", activated.Error, StringComparison.Ordinal);
        Assert.Contains("is already active", again.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotReady, active.ExitCode);
        Assert.Contains("StandbyActive", active.Error, StringComparison.Ordinal);
        Assert.Contains("\n  mover agent register --resource-group g1-west --storage-mover-name m1 --name m1-westus --server-data ", after.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_region_names_activation_as_the_next_command()
    {
        await SnapshotAsync();
        await StandbyAsync();
        await _east.KillAsync();

        var status = await StatusAsync();

        Assert.Equal(ExitCodes.NotReady, status.ExitCode);
        Assert.Contains("is OUT", status.Out, StringComparison.Ordinal);
        Assert.Contains($"Next: mover recovery activate --plan {Plan}", status.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_keeps_the_standby_in_step_and_goes_on_rehearsing_when_drills_fail()
    {
        using var watch = Process.Start(new ProcessStartInfo(
            Shell.Program,
            [
                "recovery", "watch", "-g", "g1", "--repository", Snapshot, "--settle", "1s", "--min-interval", "1s", "--standby", Plan, "--group",
                "g1-west", "--to", "westus", "--to-data", _west.DataFolder, "--drill", "2s", "--patience", "1", "--report", _folder["drill.md"],
            ])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            Environment = { ["MOVER_DATA"] = _east.DataFolder, ["HOME"] = _folder["home"] },
        })!;
        _ = watch.StandardError.ReadToEndAsync();
        await LineAsync(watch, "standby: in step again");
        await LineAsync(watch, "FAILED");
        await OkAsync(_east, "project", "create", "-g", "g1", "--storage-mover-name", "m1", "-n", "p1");
        await LineAsync(watch, "project p1 added");
        await LineAsync(watch, "standby: in step again");
        await LineAsync(watch, "FAILED");

        using var stop = Process.Start("kill", ["-TERM", watch.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await watch.WaitForExitAsync();
        var there = await OkAsync(_west, "project", "list", "-g", "g1-west", "--storage-mover-name", "m1", "-o", "tsv");
        var status = await StatusAsync();

        Assert.Equal(ExitCodes.Ok, watch.ExitCode);
        Assert.Contains("p1", there.Out, StringComparison.Ordinal);
        Assert.Contains("Good drill  none yet", status.Out, StringComparison.Ordinal);
        Assert.Contains("Last drill  FAILED", status.Out, StringComparison.Ordinal);
        Assert.Contains("FAILED", await File.ReadAllTextAsync(_folder["drill.md"]), StringComparison.Ordinal);
        Assert.False(JsonNode.Parse(await File.ReadAllTextAsync(_folder["drill.json"]))!["good"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_watch_follows_with_its_standby_only_what_the_trusted_key_signed()
    {
        await OkAsync(_east, "recovery", "new-key", _folder["ours"]);
        await OkAsync(_east, "recovery", "new-key", _folder["theirs"]);

        var trusted = await WatchAsync("ours", "standby: in step again");
        await OkAsync(_east, "project", "create", "-g", "g1", "--storage-mover-name", "m1", "-n", "p1");
        var distrusted = await WatchAsync("theirs", "standby: NOT in step: SnapshotNotTrusted");
        var there = await OkAsync(_west, "project", "list", "-g", "g1-west", "--storage-mover-name", "m1", "-o", "tsv");

        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok), (trusted, distrusted));
        Assert.Empty(there.Out);
    }

    [Fact]
    public async Task Flags_that_do_not_fit_are_said_before_anything_is_done()
    {
        string[] watch = ["recovery", "watch", "-g", "g1", "--repository", Snapshot];
        var noRegion = await RunAsync(_east, [.. watch, "--drill", "24h"]);
        var noGroup = await RunAsync(_east, [.. watch, "--standby", Plan, "--to", "westus"]);
        var noTime = await RunAsync(_east, [.. watch, "--drill", "daily", "--to", "westus"]);
        var report = await RunAsync(_east, [.. watch, "--drill", "24h", "--to", "westus", "--report", "drill.json"]);
        var noToken = await RunAsync(_east, [.. watch, "--drill", "24h", "--to", "westus", "--to-server", _west.Url]);

        var unsigned = await RunAsync(_east, [.. watch, "--drill", "24h", "--to", "westus", "--trust", "key.pub"]);
        var onlyTrust = await RunAsync(_east, [.. watch, "--trust", "key.pub"]);

        Assert.All([noRegion, noGroup, noTime, report, noToken, unsigned, onlyTrust], ran => Assert.Equal(ExitCodes.Usage, ran.ExitCode));
        Assert.False(Directory.Exists(Snapshot));
    }

    [Fact]
    public async Task Only_a_snapshot_that_the_trusted_key_signed_is_planned_with_and_deployed()
    {
        await OkAsync(_east, "recovery", "new-key", _folder["ours"]);
        await OkAsync(_east, "recovery", "new-key", _folder["theirs"]);
        foreach (var key in new[] { "ours", "theirs" })
        {
            await OkAsync(_east, "recovery", "snapshot", "-g", "g1", "--output", _folder["by-" + key], "--sign-key", _folder[key]);
        }

        await OkAsync(_east, "recovery", "snapshot", "-g", "g1", "--output", _folder["by-nobody"]);
        string[] trust = ["--trust", _folder["ours.pub"]];
        string[] to = ["--to", "westus", "--group", "g1-west"];

        var trusted = await RunAsync(_west, ["recovery", "plan", "--from", _folder["by-ours"], .. to, .. trust]);
        foreach (var folder in new[] { _folder["by-theirs"], _folder["by-nobody"] })
        {
            foreach (var command in new string[][]
            {
                ["plan", .. to, "--out", _folder["refused.json"]], ["run", .. to, "--plan", _folder["refused.json"], "--yes"],
                ["standby", .. to, "--plan", _folder["refused.json"]], ["drill", "--to", "westus"], ["status"],
            })
            {
                var refused = await RunAsync(_west, ["recovery", command[0], "--from", folder, .. command[1..], .. trust]);

                Assert.True(refused.ExitCode == ExitCodes.Failed, $"{command[0]} {folder}: {refused.ExitCode} {refused.Error}");
                Assert.Contains("SnapshotNotTrusted", refused.Error, StringComparison.Ordinal);
            }
        }

        var groups = await OkAsync(_west, "group", "list", "-o", "tsv");
        Assert.True(trusted.ExitCode == ExitCodes.Ok, trusted.Error);
        Assert.Empty(groups.Out);
        Assert.False(File.Exists(_folder["refused.json"]));
    }

    [Fact]
    public async Task Run_refuses_a_plan_for_another_group_or_of_another_snapshot_than_the_signed_one()
    {
        await OkAsync(_east, "recovery", "new-key", _folder["ours"]);
        await OkAsync(_east, "recovery", "snapshot", "-g", "g1", "--output", _folder["signed"], "--sign-key", _folder["ours"]);
        await OkAsync(_east, "project", "create", "-g", "g1", "--storage-mover-name", "m1", "-n", "p1");
        await OkAsync(_east, "recovery", "snapshot", "-g", "g1", "--output", _folder["unsigned"]);
        string[] to = ["--to", "westus", "--group", "g1-west"];
        await OkAsync(_west, ["recovery", "plan", "--from", _folder["unsigned"], .. to, "--out", _folder["plan.json"]]);
        string[] run = ["recovery", "run", "--from", _folder["signed"], "--plan", _folder["plan.json"], "--yes"];

        var otherGroup = await RunAsync(_west, [.. run, "--to", "westus", "--group", "g2-west"]);
        var otherSnapshot = await RunAsync(_west, [.. run, .. to, "--trust", _folder["ours.pub"]]);
        var groups = await OkAsync(_west, "group", "list", "-o", "tsv");
        File.Delete(_folder["plan.json"]);
        await RunAsync(_west, [.. run[..^1], .. to, "--trust", _folder["ours.pub"]]);
        var own = await RunAsync(_west, [.. run, .. to, "--trust", _folder["ours.pub"]]);

        Assert.Equal((ExitCodes.NotReady, ExitCodes.NotReady), (otherGroup.ExitCode, otherSnapshot.ExitCode));
        Assert.Contains("It is for the group g1-west in westus.", otherGroup.Error, StringComparison.Ordinal);
        Assert.Contains("not the plan that the signed snapshot and these flags give", otherSnapshot.Error, StringComparison.Ordinal);
        Assert.Empty(groups.Out);
        Assert.Contains("Deployed:", own.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_command_is_quoted_for_a_shell()
    {
        var folder = _folder["it's here"];
        await OkAsync(_east, "recovery", "snapshot", "-g", "g1", "--output", folder);

        var status = await RunAsync(_west, "recovery", "status", "--from", folder);

        Assert.Contains($"mover recovery drill --from '{folder.Replace("'", "'\\''", StringComparison.Ordinal)}' --to westus", status.Out, StringComparison.Ordinal);
    }

    // Watches with a standby until a line is written; how the watch ended.
    private async Task<int> WatchAsync(string key, string wanted)
    {
        using var watch = Process.Start(new ProcessStartInfo(
            Shell.Program,
            [
                "recovery", "watch", "-g", "g1", "--repository", Snapshot, "--settle", "1s", "--min-interval", "1s", "--standby", Plan, "--group",
                "g1-west", "--to", "westus", "--to-data", _west.DataFolder, "--sign-key", _folder[key], "--trust", _folder["ours.pub"],
            ])
        {
            RedirectStandardOutput = true, UseShellExecute = false,
            Environment = { ["MOVER_DATA"] = _east.DataFolder, ["HOME"] = _folder["home"] },
        })!;
        await LineAsync(watch, wanted);
        using var stop = Process.Start("kill", ["-TERM", watch.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await watch.WaitForExitAsync();
        return watch.ExitCode;
    }

    private static async Task LineAsync(Process process, string wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains(wanted, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The program ended without '{wanted}'.");
    }

    private Task<Ran> SnapshotAsync() => OkAsync(_east, "recovery", "snapshot", "-g", "g1", "--repository", Snapshot);

    private Task<Ran> StandbyAsync(params string[] more) => RunAsync(
        _west, ["recovery", "standby", "--from", Snapshot, "--to", "westus", "--group", "g1-west", "--plan", Plan, .. more]);

    private Task<Ran> StatusAsync() => RunAsync(_west, "recovery", "status", "--from", Snapshot, "--plan", Plan);

    private static async Task<Ran> OkAsync(RunningServer server, params string[] args)
    {
        var ran = await server.CreateShell().RunAsync(args);
        Assert.True(ran.ExitCode == ExitCodes.Ok, $"{string.Join(' ', args)}: {ran.Error}");
        return ran;
    }

    private Task<Ran> RunAsync(RunningServer server, params string[] args)
    {
        var shell = server.CreateShell();
        shell["HOME"] = _folder["home"];
        return shell.RunAsync(args);
    }
}
