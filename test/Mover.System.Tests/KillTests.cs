using System.Globalization;
using Mover.SystemTests.Harness;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.SystemTests;

/// <summary>
/// kill -9 of the agent and of the server, at moments spread over whole runs. MOVER_KILLS sets how many (4 by default), MOVER_SEED which, and
/// MOVER_OUTAGE_SECONDS how long a server is gone (8).
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(4);

    private const int KillsPerRunMax = 8;

    // As many as Azurite takes in a second or more, so that the copy outlasts the outage.
    private const int FilesPerSecond = 500;

    private static int OutageSeconds => Setting.Number("MOVER_OUTAGE_SECONDS", 8);

    private static int Kills => Setting.Number("MOVER_KILLS", 4);

    private static int Seed => Setting.Seed(51);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task An_agent_killed_at_any_moment_continues_its_run_and_ends_right()
    {
        await using var estate = await Estate.StartAsync(new() { HasProxy = true });
        Trees.Mixed(estate.Source, seed: 3, smallFiles: 600, largeBytes: 64 * 1024 * 1024);
        _ = new FileTree(estate.Source).AddHardThings();
        var writes = Directory.EnumerateFileSystemEntries(estate.Source, "*", SearchOption.AllDirectories).Count();

        for (var kills = 0; kills < Kills;)
        {
            var moments = new KillMoments(estate.Proxy, Seed + kills, writes, Math.Min(KillsPerRunMax, Kills - kills));
            var name = $"killed-{kills}";
            var runId = await estate.StartJobAsync(await estate.DefineJobAsync(name, targetSubpath: name));
            kills += await KillAtAsync(estate, moments, runId);
            var run = await estate.WaitForEndAsync(runId, RunMax);

            FirstMigrationTests.AssertSucceeded(run, estate);
            FirstMigrationTests.AssertCountersAddUp(run);
            await Witness.CompareAsync(estate.Source, estate.ContainerUrl, name);
            var ledger = estate.ReadLedger(runId);
            ledger.AssertEveryItemOnce(run);
            await AssertCopyLogHasEveryItemThatDidNotArriveAsync(estate, runId, ledger);
        }
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_server_that_is_gone_does_not_stop_the_copying_and_its_history_is_exact_afterwards()
    {
        await using var estate = await Estate.StartAsync();
        Trees.Mixed(estate.Source, seed: 4, smallFiles: FilesPerSecond * OutageSeconds, largeBytes: 1024);
        var definition = await estate.DefineJobAsync("outage");
        var runId = await estate.StartJobAsync(definition);
        await estate.WaitForRunAsync(runId, RunMax, "Running");

        await estate.KillServerAsync();
        var counts = await CountBlobsForAsync(estate, TimeSpan.FromSeconds(OutageSeconds));
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

    /// <summary>Kills the agent at each moment and starts it again; returns how many moments came before the run was over, at least one.</summary>
    private async Task<int> KillAtAsync(Estate estate, KillMoments moments, string runId)
    {
        var killed = 0;
        while (await moments.NextAsync() is { } moment)
        {
            await estate.KillAgentAsync();
            moments.Killed();
            output.WriteLine($"seed {Seed}, {runId.Split('/')[^1]}: killed {moment}");
            estate.StartAgent();
            killed++;
        }

        return killed;
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

    private static async Task AssertCopyLogHasEveryItemThatDidNotArriveAsync(Estate estate, string runId, RunLedger ledger)
    {
        var log = (await estate.ReadCopyLogAsync(runId)).Select(e => (Path: e["path"]!.GetValue<string>(), Code: e["statusCode"]!.GetValue<string>())).ToList();
        var expected = ledger.Items.Where(item => item.Result is 'X' or 'U' or 'F')
            .Select(item => string.Create(CultureInfo.InvariantCulture, $"AZSM{item.Code:D4}"));

        Assert.Equal(expected.Order(StringComparer.Ordinal), log.Select(e => e.Code).Order(StringComparer.Ordinal));
        Assert.Equal(log.Count, log.Select(e => e.Path).Distinct(StringComparer.Ordinal).Count());
    }
}
