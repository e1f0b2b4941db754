using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>
/// Faults of regions under load and under a migration, from a seed: MOVER_REGION_FAULTS says how many (1 by default), MOVER_SEED which, and
/// MOVER_FIGURES a file to append the table to. The seed chooses the engine, kinds, forms and durations; what is under way, it does not.
/// </summary>
[Collection(nameof(ZoneNetwork))]
public sealed class RegionFaultTests(ITestOutputHelper output)
{
    private const int ToldMax = 20;
    private static readonly TimeSpan TakeOverMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private static int Faults => Setting.Number("MOVER_REGION_FAULTS", 1);

    // A region is killed, and the service moved under load; one server over a file in each.
    private static int Seed => Setting.Seed(62);

    [RequiresFact("MOVER_ETCD", "MOVER_NAMESPACES", "MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task Faults_of_regions_lose_no_more_than_the_fail_over_says_and_list_it()
    {
        var hasEtcd = Seed % 3 == 0;
        await using var cluster = await RegionCluster.BringUpAsync(hasEtcd);
        RegionMigration.MakeSource(cluster, Seed);
        await using var load = new FaultLoad(cluster, Seed, deletes: true);
        var driver = new RegionDriver(cluster, load);
        driver.Events.Reigns.Add(new(cluster.East.Name, 1, 0, IsPlanned: true));
        var records = new List<RegionFaultRecord>();

        foreach (var fault in RegionFaultKind.Of(Seed, Faults))
        {
            await Task.Delay(Quiet, TimeProvider.System);
            records.Add(await CarryOutAsync(driver, fault, records.Count + 1));
        }

        await Task.Delay(Quiet, TimeProvider.System);
        await load.EndAsync();
        var check = new RegionCheck(load.ByKey, driver.Events).Run();
        var figures = new RegionFigures(records, check, driver.Events, load.Acknowledged.Sum(client => client.Count));
        await TellAsync($"seed {Seed}, {(hasEtcd ? "etcd and two servers" : "one server over a file")} in each region\n{figures}{load.Answers}\n");

        Assert.True(
            check.Violations.Count == 0,
            $"{check.Violations.Count} violations:\n{string.Join('\n', check.Violations.Take(ToldMax))}\n{string.Join('\n', driver.Events.Reigns)}\n"
                + string.Join('\n', driver.Events.Forks));
        Assert.All(figures.FirstWrites, first => Assert.InRange(first, TimeSpan.Zero, TakeOverMax));
    }

    private async Task<RegionFaultRecord> CarryOutAsync(RegionDriver driver, PlannedRegionFault fault, int number)
    {
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            var migration = await RegionMigration.BeginAsync(driver, number);
            var (reigns, forks) = (driver.Events.Reigns.Count, driver.Events.Forks.Count);
            driver.Notes.Clear();
            await fault.Kind.CarryOutAsync(driver, fault.Form, fault.Duration);
            var warnings = await migration.EndAsync();
            return new(
                number, fault.Name, [.. driver.Events.Reigns.Skip(reigns)], forks < driver.Events.Forks.Count ? forks : null,
                string.Join("; ", driver.Notes), warnings, began, TimeProvider.System.GetTimestamp());
        }
        catch
        {
            output.WriteLine($"seed {Seed}, fault {number}: {fault.Name}; {string.Join("; ", driver.Notes)}\n{driver.Cluster.Logs}");
            throw;
        }
    }

    private async Task TellAsync(string text)
    {
        output.WriteLine(text);
        if (Environment.GetEnvironmentVariable("MOVER_FIGURES") is { Length: > 0 } figures)
        {
            await File.AppendAllTextAsync(figures, text);
        }
    }
}
