using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>The agent's own disk fills up: under its journal, and before a run can begin.</summary>
public sealed class FullDiskTests
{
    private const int RequestsAtOnceMax = 32;
    private const int DiskBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(2);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_MOUNT")]
    public async Task A_disk_that_fills_under_the_journal_fails_the_run_clearly_and_the_next_run_moves_the_rest()
    {
        await using var disk = await SmallDisk.MountAsync(DiskBytes);
        await using var estate = await Estate.StartAsync(new() { AgentData = Path.Combine(disk.Path, "agent") });
        Trees.Mixed(estate.Source, seed: 31, smallFiles: 1500, largeBytes: 9 * 1024 * 1024);
        var items = Directory.EnumerateFileSystemEntries(estate.Source, "*", SearchOption.AllDirectories).LongCount();
        var definition = await estate.DefineJobAsync("cramped");
        disk.Fill(leftBytes: 40 * 1024);

        var cramped = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);
        var blobs = await estate.Blobs.CountBlobsAsync(Estate.Container);
        disk.MakeRoom();
        var runId = await estate.StartJobAsync(definition);
        var roomy = await estate.WaitForEndAsync(runId, RunMax);

        AssertSays(cramped["error"], "AZSM1060", disk.Path, "No space left", "Free some space");
        Assert.InRange(blobs, 1, items - 1);
        FirstMigrationTests.AssertSucceeded(roomy, estate);
        FirstMigrationTests.AssertCountersAddUp(roomy);
        // What was on its way when the run ended may have arrived after the blobs were counted.
        Assert.Equal(items, FirstMigrationTests.Count(roomy, "itemsTransferred") + FirstMigrationTests.Count(roomy, "itemsNoTransferNeeded"));
        Assert.InRange(FirstMigrationTests.Count(roomy, "itemsNoTransferNeeded"), blobs, blobs + RequestsAtOnceMax);
        estate.ReadLedger(runId).AssertEveryItemOnce(roomy);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_MOUNT")]
    public async Task A_run_that_finds_the_disk_full_waits_says_so_and_begins_by_itself_when_there_is_room()
    {
        await using var disk = await SmallDisk.MountAsync(DiskBytes);
        await using var estate = await Estate.StartAsync(new() { AgentData = Path.Combine(disk.Path, "agent") });
        Trees.Mixed(estate.Source, seed: 32, smallFiles: 20, largeBytes: 1024);
        disk.Fill(leftBytes: 0);

        var runId = await estate.StartJobAsync(await estate.DefineJobAsync("waiting"));
        var agent = await estate.WaitForAgentAsync("RequiresAttention", RunMax);
        disk.MakeRoom();
        var run = await estate.WaitForEndAsync(runId, RunMax);

        AssertSays(agent["errorDetails"], "DataFolderNotWritable", disk.Path, "No space left", "Free some space");
        FirstMigrationTests.AssertSucceeded(run, estate);
        await estate.WaitForAgentAsync("Online", RunMax);
    }

    private static void AssertSays(JsonNode? error, string code, params string[] parts)
    {
        Assert.Equal(code, error?["code"]?.GetValue<string>());
        Assert.All(parts, part => Assert.Contains(part, error!["message"]!.GetValue<string>(), StringComparison.Ordinal));
    }
}
