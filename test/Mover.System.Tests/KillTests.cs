using System.Globalization;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.SystemTests;

/// <summary>kill -9 of the agent and of the server, at moments spread over the whole run. MOVER_KILLS sets how many (6 by default).</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(4);

    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("MOVER_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var kills) ? kills : 6;

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task An_agent_killed_at_any_moment_continues_its_run_and_ends_right()
    {
        await using var estate = await Estate.StartAsync();
        Trees.Mixed(estate.Source, seed: 3, smallFiles: 1200, largeBytes: 96 * 1024 * 1024);
        var whole = TimeProvider.System.GetTimestamp();
        await RunToEndAsync(estate, "unharmed", killAfter: null);
        var runTime = TimeProvider.System.GetElapsedTime(whole);

        for (var kill = 0; kill < Kills; kill++)
        {
            var killAfter = runTime * kill / Kills;
            output.WriteLine($"kill {kill} of {Kills}, {killAfter.TotalMilliseconds:F0} ms after the start of a run of {runTime.TotalMilliseconds:F0} ms");
            var run = await RunToEndAsync(estate, $"killed-{kill}", killAfter);

            FirstMigrationTests.AssertSucceeded(run, estate);
            FirstMigrationTests.AssertCountersAddUp(run);
            Assert.Equal(0, FirstMigrationTests.Count(run, "itemsFailed"));
            await Witness.CompareAsync(estate.Source, estate.ContainerUrl, $"killed-{kill}");
            AssertEveryItemOnceInLedger(estate, run);
        }
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_server_that_is_gone_for_a_minute_does_not_stop_the_copying_and_its_history_is_exact_afterwards()
    {
        await using var estate = await Estate.StartAsync();
        Trees.Mixed(estate.Source, seed: 4, smallFiles: 30_000, largeBytes: 1024);
        var definition = await estate.DefineJobAsync("outage");
        var runId = await estate.StartJobAsync(definition);
        await estate.WaitForRunAsync(runId, RunMax, "Running");

        await estate.KillServerAsync();
        var counts = await CountBlobsForAsync(estate, TimeSpan.FromMinutes(1));
        estate.StartServer();
        var run = await estate.WaitForEndAsync(runId, RunMax);

        output.WriteLine($"blobs seen during the outage: {string.Join(", ", counts)}");
        Assert.True(counts[^1] > counts[0], "nothing was copied during the outage");
        FirstMigrationTests.AssertSucceeded(run, estate);
        FirstMigrationTests.AssertCountersAddUp(run);
        var items = Directory.EnumerateFileSystemEntries(estate.Source, "*", SearchOption.AllDirectories).LongCount();
        Assert.Equal(items, FirstMigrationTests.Count(run, "itemsScanned"));
        Assert.Equal(items, FirstMigrationTests.Count(run, "itemsTransferred"));
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
    }

    private static async Task<JsonNode> RunToEndAsync(Estate estate, string name, TimeSpan? killAfter)
    {
        var runId = await estate.StartJobAsync(await estate.DefineJobAsync(name, targetSubpath: name));
        if (killAfter is { } delay)
        {
            // The moment is what is tested: the sweep needs the clock itself.
            await Task.Delay(delay, TimeProvider.System);
            await estate.KillAgentAsync();
            estate.StartAgent();
        }

        return await estate.WaitForEndAsync(runId, RunMax);
    }

    private static async Task<List<long>> CountBlobsForAsync(Estate estate, TimeSpan duration)
    {
        var counts = new List<long>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(5));
        for (var waited = TimeSpan.Zero; waited < duration; waited += pace.Period)
        {
            counts.Add(await estate.Blobs.CountBlobsAsync(Estate.Container));
            await pace.WaitForNextTickAsync();
        }

        return counts;
    }

    private static void AssertEveryItemOnceInLedger(Estate estate, JsonNode run)
    {
        var ledger = Directory.EnumerateFiles(estate.AgentData, "ledger*", SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc)!;
        var paths = File.ReadLines(ledger).Where(line => !line.StartsWith('#')).Select(line => line.Split('\t')[6]).ToList();

        Assert.Equal(paths.Count, paths.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(FirstMigrationTests.Count(run, "itemsScanned"), paths.Count);
    }
}
