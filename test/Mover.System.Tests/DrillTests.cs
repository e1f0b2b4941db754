using System.Globalization;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>
/// <c>mover recovery drill</c> between two control planes as processes, with sources over NFS. <c>MOVER_DRILL_KILLS</c> says at how many
/// moments a drill is killed (1 by default), <c>MOVER_SEED</c> at which, and <c>MOVER_RESOURCES</c> how large the large estate is.
/// </summary>
public sealed class DrillTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const int ResourcesUsual = 24;
    private const int PutsAtOnce = 8;
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);
    private static readonly string[] Steps =
    [
        "plan", "deploy", "containers", "agent", "assign", "grant", "start", "first byte", "runs", "compare", "export", "clean up",
    ];

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_GANESHA")]
    public async Task A_drill_of_a_lost_region_copies_over_NFS_and_proves_every_byte()
    {
        await using var scene = await Scene.StartAsync();
        Trees.Mixed(scene.East.Source, seed: 6, smallFiles: 200, largeBytes: 8 * 1024 * 1024);
        var first = await scene.East.DefineJobAsync("first");
        var before = await scene.East.WaitForEndAsync(await scene.East.StartJobAsync(first), RunMax);
        FirstMigrationTests.AssertSucceeded(before, scene.East);
        await scene.SnapshotAsync();
        var migrated = await scene.East.Blobs.CountBlobsAsync(Estate.Container);
        await File.WriteAllTextAsync(Path.Combine(scene.East.Source, "after the snapshot.txt"), "new");
        var items = Directory.EnumerateFileSystemEntries(scene.East.Source, "*", SearchOption.AllDirectories).Count();

        await scene.LoseEastAsync();
        var lost = TimeProvider.System.GetUtcNow();
        var report = await scene.DrillAsync(0, "--keep");
        var scratch = Assert.Single(await scene.East.Blobs.ListContainersAsync(), container => container != Estate.Container);
        await Witness.CompareAsync(scene.East.Source, $"{scene.East.Blobs.Endpoint}/{scratch}");
        var cleaned = await scene.West.RunAsync(0, [.. scene.Drill, "--clean"]);

        var byteAt = report["at"]!.GetValue<DateTimeOffset>() + TimeSpan.FromSeconds(report["recoverySeconds"]!.GetValue<double>());
        output.WriteLine($"{report}\nFrom the loss of the region to the first byte: {(byteAt - lost).TotalSeconds:F1} s");
        Assert.Equal(Steps, report["steps"]!.AsArray().Select(step => step!["name"]!.GetValue<string>()));
        Assert.All(report["steps"]!.AsArray(), step => Assert.InRange(step!["seconds"]!.GetValue<double>(), 0, 600));
        Assert.InRange(report["recoverySeconds"]!.GetValue<double>(), 0.1, 600);
        Assert.StartsWith($"{items} items, ", Found(report, "compare"), StringComparison.Ordinal);
        Assert.EndsWith("equal", Found(report, "compare"), StringComparison.Ordinal);
        Assert.Contains("each by the plan", Found(report, "export"), StringComparison.Ordinal);
        Assert.Contains("left behind by an earlier drill", cleaned, StringComparison.Ordinal);
        Assert.Equal(migrated, await scene.East.Blobs.CountBlobsAsync(Estate.Container));
        await scene.AssertNothingLeftAsync();
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_GANESHA")]
    public async Task A_drill_that_runs_is_left_alone_and_one_that_is_interrupted_cleans_up()
    {
        await using var scene = await Scene.StartAsync();
        Trees.Mixed(scene.East.Source, seed: 7, smallFiles: 50, largeBytes: 1024 * 1024);
        await scene.East.DefineJobAsync("first");
        await scene.SnapshotAsync();

        await using var drill = scene.West.Start(scene.Drill);
        await drill.WaitForOutputAsync("containers:");
        await drill.PauseAsync();
        var cleaned = await scene.West.RunAsync(0, [.. scene.Drill, "--clean"]);
        var whileItRan = await scene.East.Blobs.ListContainersAsync();
        await drill.ResumeAsync();
        var ended = await drill.WaitForExitAsync();
        await using var interrupted = scene.West.Start(scene.Drill);
        await interrupted.WaitForOutputAsync("agent:");
        var exitCode = await interrupted.InterruptAsync();
        output.WriteLine(interrupted.Output);

        Assert.Contains("its drill is running", cleaned, StringComparison.Ordinal);
        Assert.Equal(2, whileItRan.Count);
        Assert.True(ended == 0, drill.Output);
        Assert.Equal(130, exitCode);
        Assert.Contains("Interrupted; cleaning up", interrupted.Output, StringComparison.Ordinal);
        Assert.Contains("clean up: nothing left behind", interrupted.Output, StringComparison.Ordinal);
        Assert.Contains("Failure: It was interrupted.", interrupted.Output, StringComparison.Ordinal);
        await scene.AssertNothingLeftAsync();
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_GANESHA")]
    public async Task What_a_drill_leaves_that_is_killed_at_any_moment_the_next_one_removes()
    {
        await using var scene = await Scene.StartAsync();
        Trees.Mixed(scene.East.Source, seed: 8, smallFiles: 50, largeBytes: 32 * 1024 * 1024);
        await scene.East.DefineJobAsync("first");
        await scene.SnapshotAsync();
        var random = new Random(Setting.Seed(81));
        var keys = 0;

        for (var kill = 0; kill < Setting.Number("MOVER_DRILL_KILLS", 1); kill++)
        {
            // In the step after the one that has just ended.
            var (after, wait) = (Steps[(kill + 3) % (Steps.Length - 1)], TimeSpan.FromMilliseconds(random.Next(300)));
            await using var drill = scene.West.Start(scene.Drill);
            await drill.WaitForOutputAsync($"{after}:");
            await Task.Delay(wait, TimeProvider.System);
            await drill.KillAsync();
            keys += scene.Keys().Count();
            var clean = await scene.West.RunAsync(0, [.. scene.Drill, "--clean"]);
            output.WriteLine($"{wait.TotalMilliseconds:F0} ms after '{after}', keys so far {keys}: {clean}");

            await scene.AssertNothingLeftAsync();
        }

        Assert.True(keys > 0, "no drill was killed that had an agent");
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES", "MOVER_GANESHA")]
    public async Task From_the_snapshot_of_a_large_estate_to_the_first_byte_a_drill_takes_as_long_as_it_says()
    {
        await using var scene = await Scene.StartAsync();
        var resources = Setting.Number("MOVER_RESOURCES", ResourcesUsual);
        var sets = Math.Max(2, (resources - 15) / 3);
        await GrowAsync(scene.East, sets);
        await scene.SnapshotAsync();
        await scene.LoseEastAsync();

        var report = await scene.DrillAsync(0, "--patience", "600");

        output.WriteLine(report.ToJsonString());
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report["resources"]} resources: first byte {report["snapshotToFirstByteSeconds"]} s after the snapshot, "
                + $"{report["recoverySeconds"]} s after the drill began"));
        foreach (var step in report["steps"]!.AsArray())
        {
            output.WriteLine($"| {step!["name"]} | {step["seconds"]} s | {step["found"]} |");
        }

        Assert.InRange(report["resources"]!.GetValue<int>(), (3 * sets) + 1, resources + 10);
        Assert.StartsWith($"{sets} of {sets} jobs", Found(report, "start"), StringComparison.Ordinal);
        Assert.EndsWith("equal", Found(report, "compare"), StringComparison.Ordinal);
        await scene.AssertNothingLeftAsync();
    }

    // Each job has a source, a target with a container of its own, and a folder of the export.
    private static async Task GrowAsync(Estate east, int sets)
    {
        for (var project = 0; project < 10; project++)
        {
            await east.PutAsync($"{east.MoverId}/projects/wave-{project}", new JsonObject());
        }

        await Parallel.ForAsync(0, sets, new ParallelOptions { MaxDegreeOfParallelism = PutsAtOnce }, async (at, _) =>
        {
            Directory.CreateDirectory(Path.Combine(east.Source, $"folder-{at}"));
            await File.WriteAllTextAsync(Path.Combine(east.Source, $"folder-{at}", "file.txt"), $"of job {at}", CancellationToken.None);
            foreach (var (name, like) in new[] { ($"src-{at}", "nfs"), ($"dst-{at}", "blobs") })
            {
                var properties = (await east.GetAsync($"{east.MoverId}/endpoints/{like}"))["properties"]!.DeepClone().AsObject();
                properties.Remove("provisioningState");
                if (properties.ContainsKey("blobContainerName"))
                {
                    properties["blobContainerName"] = $"target-{at}";
                }

                await east.PutAsync($"{east.MoverId}/endpoints/{name}", new JsonObject { ["properties"] = properties });
            }

            await east.PutAsync($"{east.MoverId}/projects/wave-{at % 10}/jobDefinitions/job-{at}", new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["copyMode"] = "Additive", ["sourceName"] = $"src-{at}", ["targetName"] = $"dst-{at}", ["agentName"] = "agent1",
                    ["sourceSubpath"] = $"folder-{at}",
                },
            });
        });
    }

    private static string Found(JsonNode report, string step) =>
        report["steps"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == step)!["found"]!.GetValue<string>();

    /// <summary>An estate in the east whose source is a real NFS server, and a control plane in the west.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private Ganesha? _filer;

        public Estate East { get; private set; } = null!;

        public OtherRegion West { get; private set; } = null!;

        public string[] Drill =>
        [
            "recovery", "drill", "--from", West.Snapshots, "--to", "westus", "--data", West.Data, "--map", $"{East.AccountId}={West.AccountId}",
        ];

        public static async Task<Scene> StartAsync()
        {
            var scene = new Scene();
            try
            {
                var address = Ganesha.FreeAddress();
                scene.East = await Estate.StartAsync(new() { Filer = address });
                scene._filer = Ganesha.StartAt(address, scene.East.Source, scene._folder.Make("ganesha"));
                scene.West = await OtherRegion.StartAsync(scene.East);
                return scene;
            }
            catch
            {
                await scene.DisposeAsync();
                throw;
            }
        }

        public Task SnapshotAsync() => West.RunAsync(
            0, "recovery", "snapshot", "-g", Estate.Group, "--repository", West.Snapshots, "--server", East.Url, "--ca", East.CaFile);

        public async Task LoseEastAsync()
        {
            await East.KillServerAsync();
            await East.KillAgentAsync();
        }

        /// <summary>Drills and answers the report.</summary>
        public async Task<JsonNode> DrillAsync(int exitCode, params string[] more)
        {
            var report = Path.Combine(_folder.Path, "report.md");
            await West.RunAsync(exitCode, [.. Drill, "--report", report, .. more]);
            return JsonNode.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(report, ".json")))!;
        }

        /// <summary>Keys of scratch agents that are still there.</summary>
        public IEnumerable<string> Keys() =>
            Directory.Exists(West.State) ? Directory.EnumerateFiles(West.State, "key.pem", SearchOption.AllDirectories) : [];

        public async Task AssertNothingLeftAsync()
        {
            Assert.Equal([Estate.Container], await East.Blobs.ListContainersAsync());
            var groups = await West.RunAsync(0, "group", "list", "--data", West.Data);
            Assert.DoesNotContain("mover-drill-", groups, StringComparison.Ordinal);
            Assert.Empty(Keys());
            Assert.Empty(Directory.EnumerateDirectories(Path.Combine(West.State, "mover", "drills", "running")));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var part in new IAsyncDisposable?[] { West, _filer, East })
            {
                if (part is not null)
                {
                    await part.DisposeAsync();
                }
            }

            _folder.Dispose();
        }
    }
}
