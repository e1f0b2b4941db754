using System.Diagnostics;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>A region is lost, and a person with its last snapshot recovers in another one, by the commands that the status names.</summary>
public sealed class RecoveryTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const string Group = Estate.Group + "-westus";
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task The_first_job_copies_again_in_the_other_region()
    {
        await using var east = await Estate.StartAsync();
        await using var west = await OtherRegion.StartAsync(east);
        Trees.Mixed(east.Source, seed: 3, smallFiles: 200, largeBytes: 8 * 1024 * 1024);
        var first = await east.DefineJobAsync("first");
        var before = await east.WaitForEndAsync(await east.StartJobAsync(first), RunMax);
        FirstMigrationTests.AssertSucceeded(before, east);
        Directory.CreateDirectory(Path.Combine(east.Source, "moved"));
        await File.WriteAllTextAsync(Path.Combine(east.Source, "moved", "file.txt"), "in use at the target");
        var moved = await east.DefineJobAsync("moved", "Mirror", targetSubpath: "moved", sourceSubpath: "moved");
        FirstMigrationTests.AssertSucceeded(await east.WaitForEndAsync(await east.StartJobAsync(moved), RunMax), east);
        await west.RunAsync(0, "recovery", "snapshot", "-g", Estate.Group, "--repository", west.Snapshots, "--server", east.Url, "--ca", east.CaFile);
        await File.WriteAllTextAsync(Path.Combine(east.Source, "after the snapshot.txt"), "new");

        await east.KillServerAsync();
        await east.KillAgentAsync();
        var watch = Stopwatch.StartNew();
        string[] look =
        [
            "recovery", "status", "--from", west.Snapshots, "--plan", west.Plan, "--data", west.Data, "--map", $"{east.AccountId}={west.AccountId}",
        ];
        var status = await west.RunAsync(8, look);
        var planned = await west.RunAsync(8, Next(status));
        var ready = await west.RunAsync(8, look);
        var waiting = await west.RunAsync(8, Next(ready));
        await west.StartAgentAsync(Group);
        var deployed = watch.Elapsed;
        var going = await west.RunUntilAsync(0, Next(ready));
        var started = watch.Elapsed;
        var job = $"/subscriptions/{west.Subscription}/resourceGroups/{Group}/providers/Microsoft.StorageMover/storageMovers/"
            + $"{Estate.MoverName}/projects/project1/jobDefinitions/";
        var ended = await west.WaitForRunAsync(job + "first", RunMax);
        var recovered = await west.RunAsync(0, look);
        output.WriteLine($"{planned}\n{recovered}");
        output.WriteLine($"Deployed after {deployed.TotalSeconds:F1} s, jobs started after {started.TotalSeconds:F1} s.");

        Assert.Contains("is OUT", status, StringComparison.Ordinal);
        Assert.Contains("Next: mover recovery run", status, StringComparison.Ordinal);
        Assert.Contains("remove-agents", planned, StringComparison.Ordinal);
        Assert.Contains("nothing is deployed", planned, StringComparison.Ordinal);
        Assert.Contains($"mover agent register --resource-group {Group} --storage-mover-name {Estate.MoverName} --name ", waiting, StringComparison.Ordinal);
        Assert.Contains("MirrorFinished", planned, StringComparison.Ordinal);
        Assert.Contains("project1/moved: Held", going, StringComparison.Ordinal);
        Assert.Contains("except mirrors that had succeeded before the snapshot (1)", recovered, StringComparison.Ordinal);
        Assert.Contains("Recovered", recovered, StringComparison.Ordinal);
        Assert.Equal("Succeeded", ended["status"]!.GetValue<string>());
        // What the lost region had copied is compared, not copied again: the new file, and the folders whose times moved.
        Assert.InRange(ended["itemsTransferred"]!.GetValue<long>(), 1, 2);
        await Witness.CompareAsync(east.Source, east.ContainerUrl);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_drill_copies_into_a_container_of_its_own_and_leaves_nothing_even_when_killed()
    {
        await using var east = await Estate.StartAsync();
        await using var west = await OtherRegion.StartAsync(east);
        Trees.Mixed(east.Source, seed: 4, smallFiles: 100, largeBytes: 1024 * 1024);
        await east.DefineJobAsync("first");
        string[] snapshot =
        [
            "recovery", "snapshot", "-g", Estate.Group, "--repository", west.Snapshots, "--server", east.Url, "--ca", east.CaFile,
        ];
        await west.RunAsync(0, snapshot);
        string[] drill =
        [
            "recovery", "drill", "--from", west.Snapshots, "--to", "westus", "--data", west.Data, "--map", $"{east.AccountId}={west.AccountId}",
            "--mount", $"filer.test:/export={east.Source}",
        ];

        await using (var killed = west.Start(drill))
        {
            await killed.WaitForOutputAsync("containers:");
            await killed.KillAsync();
        }

        var page = await west.RunAsync(0, drill);
        output.WriteLine(page);
        await east.DefineJobAsync("lost", sourceSubpath: "missing");
        await west.RunAsync(0, snapshot);
        var withLost = await west.RunAsync(8, drill);
        Directory.Delete(east.Source, recursive: true);
        Directory.CreateDirectory(Path.Combine(east.Source, "missing"));
        var withoutFiles = await west.RunAsync(8, drill);
        output.WriteLine(withoutFiles);
        var groups = await west.RunAsync(0, "group", "list", "--data", west.Data);

        Assert.Contains("left behind by an earlier drill", page, StringComparison.Ordinal);
        Assert.Contains(": good", page, StringComparison.Ordinal);
        Assert.Contains("first Succeeded", page, StringComparison.Ordinal);
        Assert.Matches(@"FAILED[\s\S]*Failure: .*lost.*Failed", withLost);
        Assert.Matches(@"FAILED[\s\S]*Failure: .*No run copied a byte", withoutFiles);
        Assert.DoesNotContain("mover-drill-", groups, StringComparison.Ordinal);
        Assert.Equal([Estate.Container], await east.Blobs.ListContainersAsync());
        Assert.Equal(0, await east.Blobs.CountBlobsAsync(Estate.Container));
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_watch_rehearses_and_keeps_a_standby_that_is_activated_when_the_region_is_lost()
    {
        await using var east = await Estate.StartAsync();
        await using var west = await OtherRegion.StartAsync(east);
        Trees.Mixed(east.Source, seed: 5, smallFiles: 50, largeBytes: 1024 * 1024);
        await east.DefineJobAsync("first");
        var standby = west.Plan + ".standby";
        await using (var watch = west.Start(
            "recovery", "watch", "-g", Estate.Group, "--repository", west.Snapshots, "--server", east.Url, "--ca", east.CaFile, "--settle", "1s",
            "--to", "westus", "--to-data", west.Data, "--map", $"{east.AccountId}={west.AccountId}", "--drill", "24h", "--mount",
            $"filer.test:/export={east.Source}", "--standby", standby, "--group", "estate-west"))
        {
            await watch.WaitForOutputAsync(": good, recovery time");
            output.WriteLine(watch.Output);
            await watch.KillAsync();
        }

        var rehearsed = await west.RunAsync(0, "recovery", "status", "--from", west.Snapshots, "--plan", standby, "--data", west.Data);
        await west.StartAgentAsync("estate-west");
        await east.KillServerAsync();
        await east.KillAgentAsync();
        var lost = await west.RunAsync(8, "recovery", "status", "--from", west.Snapshots, "--plan", standby, "--data", west.Data);
        await west.RunAsync(0, "recovery", "activate", "--plan", standby, "--data", west.Data);
        await west.RunUntilAsync(
            0, "recovery", "run", "--from", west.Snapshots, "--to", "westus", "--group", "estate-west", "--plan", standby, "--data", west.Data, "--yes");
        var ended = await west.WaitForRunAsync(
            $"/subscriptions/{west.Subscription}/resourceGroups/estate-west/providers/Microsoft.StorageMover/storageMovers/{Estate.MoverName}"
                + "/projects/project1/jobDefinitions/first",
            RunMax);
        output.WriteLine($"{rehearsed}\n{lost}");

        Assert.Matches(@"Good drill  \d+ s ago, recovery time \d+\.\d s", rehearsed);
        Assert.Contains("If the region is lost: mover recovery activate", rehearsed, StringComparison.Ordinal);
        Assert.Contains("Next: mover recovery activate", lost, StringComparison.Ordinal);
        Assert.Equal("Succeeded", ended["status"]!.GetValue<string>());
        await Witness.CompareAsync(east.Source, east.ContainerUrl);
    }

    // The command that a status or a stop names; its paths have no blanks.
    private static string[] Next(string output) =>
        output.Split('\n').Last(line => line.StartsWith("Next: mover ", StringComparison.Ordinal)).Trim().Split(' ')[2..];
}
