using System.Globalization;
using System.Text.Json.Nodes;
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

    private string Name => _run.Split('/')[^1];

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
        FirstMigrationTests.AssertSucceeded(run, Estate);
        FirstMigrationTests.AssertCountersAddUp(run);
        Estate.ReadLedger(_run).AssertEveryItemOnce(run);
        await Witness.CompareAsync(Estate.Source, Estate.ContainerUrl, _folder);
        var said = Estate.Outputs.Split('\n').Where(line => line.Contains(Name, StringComparison.Ordinal)).ToList();
        var begun = said.Where(line => line.Contains($"Run {Name} started in epoch", StringComparison.Ordinal)).ToList();
        Assert.True(begun.Count == 1, $"The run was begun {begun.Count} times:\n{string.Join('\n', said)}");
        Assert.DoesNotContain(said, line => line.Contains("no longer belongs", StringComparison.Ordinal) || line.Contains("will not continue", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Estate.AgentData, "runs"), $"{Name}.*.lost"));

        // The claim that it ended under is the one that it was begun under, or one that was told of its end and nothing else.
        var ended = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Estate.AgentData, "runs", Name, "ended.json")))!;
        var epoch = string.Create(CultureInfo.InvariantCulture, $"epoch {ended["order"]!["epoch"]!.GetValue<long>()}.");
        var toldAgain = said.Count(line => line.Contains("was offered again although it already ended", StringComparison.Ordinal));
        Assert.True(toldAgain > 0 || begun[0].Contains(epoch, StringComparison.Ordinal), $"Not {epoch}\n{string.Join('\n', said)}");
        return string.Join(' ', (run["warnings"]?.AsArray().Select(one => $"{one!["code"]}") ?? []).Concat(Enumerable.Repeat("told again", toldAgain)));
    }
}
