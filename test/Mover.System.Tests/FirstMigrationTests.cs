using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>The main job, with every part a real process.</summary>
public sealed class FirstMigrationTests
{
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task Every_byte_and_attribute_arrives_and_a_second_run_moves_only_the_difference()
    {
        await using var estate = await Estate.StartAsync();
        Trees.Mixed(estate.Source, seed: 1, smallFiles: 300, largeBytes: 40 * 1024 * 1024);
        _ = new FileTree(estate.Source).AddHardThings();
        var definition = await estate.DefineJobAsync("first");

        var first = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);
        AssertSucceeded(first, estate);
        var found = await Witness.CompareAsync(estate.Source, estate.ContainerUrl);

        AssertCountersAddUp(first);
        Assert.True(found["files"]!.GetValue<long>() > 300, found.ToJsonString());

        var changed = Path.Combine(estate.Source, "folder 0000", "file 000000.bin");
        await File.WriteAllTextAsync(changed, "different now");
        await File.WriteAllTextAsync(Path.Combine(estate.Source, "new.txt"), "new");
        var second = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);

        AssertCountersAddUp(second);
        // The changed file, the new one, and the folder's marker whose time moved at most.
        Assert.InRange(Count(second, "itemsTransferred"), 2, 3);
        Assert.Equal("different now".Length + "new".Length, Count(second, "bytesTransferred"));
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task Mirror_removes_at_the_target_what_the_source_no_longer_has()
    {
        await using var estate = await Estate.StartAsync();
        Trees.Mixed(estate.Source, seed: 2, smallFiles: 200, largeBytes: 1024);
        var definition = await estate.DefineJobAsync("mirror", copyMode: "Mirror");
        await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);
        Directory.Delete(Path.Combine(estate.Source, "folder 0001"), recursive: true);

        var run = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);

        AssertSucceeded(run, estate);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
    }

    internal static void AssertSucceeded(JsonNode run, Estate estate) =>
        Assert.True(run["status"]!.GetValue<string>() == "Succeeded", $"{run.ToJsonString()}\n{estate.Outputs}");

    internal static long Count(JsonNode run, string counter) => run[counter]!.GetValue<long>();

    internal static void AssertCountersAddUp(JsonNode run)
    {
        foreach (var unit in new[] { "items", "bytes" })
        {
            var parts = new[] { "Excluded", "Unsupported", "NoTransferNeeded", "Failed", "Transferred" }.Sum(part => Count(run, unit + part));
            Assert.True(Count(run, unit + "Scanned") == parts, run.ToJsonString());
        }
    }
}
