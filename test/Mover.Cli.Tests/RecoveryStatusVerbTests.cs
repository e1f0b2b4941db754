using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary>What <c>mover recovery status</c> shows when a region is lost: what works, what to paste, and what must be chosen.</summary>
public sealed class RecoveryStatusVerbTests
{
    private static readonly string From = $"--from '{LostRegion.SnapshotName}'";

    [Fact]
    public async Task In_the_folder_of_the_snapshot_nothing_but_the_destination_is_said()
    {
        await using var region = await LostRegion.StartAsync();
        await region.SnapshotAsync();
        await region.LoseAsync();
        var west = $"--data {region.West.DataFolder}";

        var inside = await region.PasteAsync(ExitCodes.NotReady, $"cd '{LostRegion.SnapshotName}' && mover recovery status {west}");
        var outside = await region.PasteAsync(ExitCodes.Usage, $"mover recovery status {west}");
        var run = await region.PasteAsync(ExitCodes.Usage, $"mover recovery run {west}");

        Assert.Equal($"mover recovery run --from . --to westus --group g1-westus --plan plan.json {west}", LostRegion.After(inside.Out, "Next: "));
        Assert.All(new[] { outside, run }, ran => Assert.Contains("Use --from FOLDER", ran.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_next_command_repeats_every_flag_that_it_needs()
    {
        await using var region = await LostRegion.StartAsync();
        await region.PasteAsync(ExitCodes.Ok, "mover recovery new-key \"it's a key\"");
        await region.SnapshotAsync("--sign-key", region["it's a key"]);
        await File.WriteAllTextAsync(region["more rules.json"], """{"rules":[]}""");
        var token = await LostRegion.OkAsync(region.West, "token", "--data", region.West.DataFolder);
        await File.WriteAllTextAsync(region["token"], token.Out);
        File.SetUnixFileMode(region["token"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await region.LoseAsync();
        var wish = $"--rules 'more rules.json' --map {region.EastAccount}={region.WestAccount} --map /a=/b --keep-schedules "
            + @"--allow-other-geography --lost-region eastus --trust 'it'\''s a key.pub'";
        var west = $"--server {region.West.Url} --ca {region.West.DataFolder}/tls/ca.pem --token-file token";

        var status = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} --to westus2 --group 'g(2)' {west} {wish}");
        var next = LostRegion.After(status.Out, "Next: ");
        var planned = await region.PasteAsync(ExitCodes.NotReady, next);
        var again = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} {west} {wish}");
        var deployed = await region.PasteAsync(ExitCodes.NotReady, LostRegion.After(again.Out, "Next: "));

        Assert.Equal($"mover recovery run {From} --to westus2 --group 'g(2)' --plan plan.json {wish} {west}", next);
        Assert.Equal($"{next} --yes", LostRegion.After(planned.Error, "Next: "));
        Assert.Equal($"{next} --yes", LostRegion.After(again.Out, "Next: "));
        Assert.Equal(
            $"mover agent register --resource-group 'g(2)' --storage-mover-name m1 --name m1-westus2 {west}",
            LostRegion.AgentLines(deployed.Error)[0]);
    }

    [Fact]
    public async Task Json_has_what_works_the_next_command_and_the_lines_of_every_agent()
    {
        await using var region = await LostRegion.StartAsync();
        await LostRegion.OkAsync(region.East, "storage-mover", "create", "-g", "g1", "-n", "m2");
        await region.SnapshotAsync();
        await region.LoseAsync();
        var flags = $"{From} --data {region.West.DataFolder} --map {region.EastAccount}={region.WestAccount}";

        var before = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {flags} -o json");
        var deployed = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery run {flags} --yes");
        var after = JsonNode.Parse((await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {flags} -o json")).Out)!;

        var works = JsonNode.Parse(before.Out)!["works"]!.AsArray();
        Assert.Equal(5, works.Count);
        Assert.Equal(("Destination", $"{region.West.Url} responds"), ((string?)works[3]!["what"], (string?)works[3]!["now"]));
        Assert.StartsWith("mover recovery run ", JsonNode.Parse(before.Out)!["next"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(["m1", "m2"], after["agents"]!.AsArray().Select(agent => agent!["storageMover"]!.ToString()));
        Assert.Equal(
            LostRegion.AgentLines(deployed.Error), after["agents"]!.AsArray().SelectMany(agent => new[] { $"{agent!["register"]}", $"{agent["run"]}" }));
        Assert.Equal("mover agent run --data m2-westus", after["agents"]![1]!["run"]!.ToString());
        Assert.EndsWith("--yes", after["next"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Targets_in_the_lost_region_are_named_before_and_after_the_plan()
    {
        await using var region = await LostRegion.StartAsync();
        await LostRegion.OkAsync(region.West, "group", "create", "-n", "g1", "-l", "eastus");
        var made = await LostRegion.OkAsync(region.West, "storage-account", "create", "-g", "g1", "-n", "acclost", "-l", "eastus", "-o", "json");
        await region.SnapshotAsync();
        var flags = $"{From} --data {region.West.DataFolder}";
        var map = $"--map {region.EastAccount}={JsonNode.Parse(made.Out)!["id"]}";

        var up = await region.PasteAsync(ExitCodes.Ok, $"mover recovery status {flags}");
        await region.LoseAsync();
        var before = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {flags}");
        var blocked = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery run {flags} {map}");
        var after = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {flags} {map}");

        Assert.Contains("1 of 1 storage accounts would be lost with eastus: acceast", up.Out, StringComparison.Ordinal);
        Assert.Contains($"Nothing to recover. To rehearse: mover recovery drill {From} --to westus --data ", up.Out, StringComparison.Ordinal);
        Assert.Contains("1 of 1 storage accounts are in eastus and accept no writes: acceast", before.Out, StringComparison.Ordinal);
        Assert.Contains("as of the snapshot", before.Out, StringComparison.Ordinal);
        Assert.Contains("Something blocks the plan: TargetInLostRegion", blocked.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 1 storage accounts are in eastus and accept no writes: acclost", after.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("as of the snapshot", after.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_is_not_named_away_or_silent_is_told_within_seconds()
    {
        await using var region = await LostRegion.StartAsync();
        await region.SnapshotAsync();
        await region.PasteAsync(
            ExitCodes.NotReady,
            $"mover recovery run {From} --data {region.West.DataFolder} --map {region.EastAccount}={region.WestAccount}");
        await region.LoseAsync();
        using var silent = new TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var token = $"--ca {region.West.DataFolder}/tls/ca.pem --token-stdin < '{LostRegion.SnapshotName}/manifest.json'";
        var watch = Stopwatch.StartNew();

        var unnamed = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} --plan none.json");
        var planned = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From}");
        var hung = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} --server https://{silent.LocalEndpoint} {token}");
        var unauthorised = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} --server {region.West.Url} {token}");
        await region.West.KillAsync();
        var away = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} --server {region.West.Url} {token}");

        Assert.Contains("Next: name the destination: sign in there", unnamed.Out, StringComparison.Ordinal);
        Assert.Contains($"  mover recovery run {From} --to westus --group g1-westus --plan none.json\n", unnamed.Out, StringComparison.Ordinal);
        Assert.Equal($"mover login --server {region.West.Url}", LostRegion.After(planned.Out, "Next: "));
        Assert.Contains("does not respond: no response in 5 s", hung.Out, StringComparison.Ordinal);
        Assert.Contains("does not accept the sign-in", unauthorised.Out, StringComparison.Ordinal);
        Assert.StartsWith($"mover login --server {region.West.Url}", LostRegion.After(unauthorised.Out, "Next: "), StringComparison.Ordinal);
        Assert.StartsWith("mover doctor --server ", LostRegion.After(away.Out, "Next: "), StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_region_without_a_pair_or_another_region_of_its_geography_is_said_plainly()
    {
        await using var region = await LostRegion.StartAsync("austriaeast");
        await region.SnapshotAsync();
        await region.LoseAsync();

        var status = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} --data {region.West.DataFolder}");

        Assert.StartsWith(
            "choose a region: austriaeast has no known pair, and no other region of its geography is known",
            LostRegion.After(status.Out, "Next: "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Regions_of_an_operators_own_are_offered_one_line_each()
    {
        using var folder = new TemporaryFolder();
        var config = folder.File(
            "c.json",
            """{"regions":[{"name":"plant1","geography":"The Moon"},{"name":"plant2","geography":"The Moon"},{"name":"plant3","geography":"The Moon"}]}""");
        await using var region = await LostRegion.StartAsync("plant1", "--config", config);
        await using var moon = await RunningServer.StartAsync("--config", config);
        await region.SnapshotAsync();
        await region.LoseAsync();

        var status = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} --data {moon.DataFolder}");
        var json = await region.PasteAsync(ExitCodes.NotReady, $"mover recovery status {From} --data {moon.DataFolder} -o json");
        var run = await region.PasteAsync(ExitCodes.Usage, $"mover recovery run {From} --data {moon.DataFolder}");
        var chosen = await region.PasteAsync(ExitCodes.NotReady, status.Out.Split("  mover")[2].Insert(0, "mover").Trim());

        Assert.Contains("plant1 has no known pair. Regions of its geography are plant2, plant3; paste one line:", status.Out, StringComparison.Ordinal);
        Assert.Contains($"\n  mover recovery run {From} --to plant2 --group g1-plant2 --plan plan.json --data ", status.Out, StringComparison.Ordinal);
        Assert.Null(JsonNode.Parse(json.Out)!["next"]);
        Assert.Equal(2, JsonNode.Parse(json.Out)!["choices"]!.AsArray().Count);
        Assert.Contains("plant2, plant3", run.Error, StringComparison.Ordinal);
        Assert.Contains("g1-plant3 in plant3", chosen.Out, StringComparison.Ordinal);
    }
}
