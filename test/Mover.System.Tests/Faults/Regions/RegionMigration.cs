using System.Globalization;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>A job run that is under way while a fault happens, by an agent that lives on.</summary>
internal sealed class RegionMigration
{
    private const int SmallFiles = 800;
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    private readonly RegionDriver _driver;
    private readonly string _folder;
    private readonly string _run;

    private RegionMigration(RegionDriver driver, string folder, string run) => (_driver, _folder, _run) = (driver, folder, run);

    private Estate Estate => _driver.Cluster.Estate;

    /// <summary>What all runs copy, each to a folder of its own.</summary>
    public static void MakeSource(RegionCluster cluster, int seed) => Trees.Mixed(cluster.Estate.Source, seed, SmallFiles, largeBytes: 1024 * 1024);

    /// <summary>Starts one and waits until it runs, and the standby knows.</summary>
    public static async Task<RegionMigration> BeginAsync(RegionDriver driver, int number)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"fault-{number}");
        var estate = driver.Cluster.Estate;
        estate.Url = driver.Serving.Urls[0];
        var run = await estate.StartJobAsync(await estate.DefineJobAsync(folder, targetSubpath: folder));
        await estate.WaitForRunAsync(run, RunMax, "Running");
        await driver.Cluster.UntilCopiedAsync(driver.Standby);
        return new(driver, folder, run);
    }

    /// <summary>Waits until it has ended, and checks that it was run once and that everything arrived; answers the warnings it has.</summary>
    public async Task<string> EndAsync()
    {
        Estate.Url = _driver.Serving.Urls[0];
        var run = await Estate.WaitForEndAsync(_run, RunMax);
        var toldAgain = await RunOnce.AssertAsync(Estate, _run, run);
        await Witness.CompareAsync(Estate.Source, Estate.ContainerUrl, _folder);
        return string.Join(' ', (run["warnings"]?.AsArray().Select(one => $"{one!["code"]}") ?? []).Concat(Enumerable.Repeat("told again", toldAgain)));
    }
}
