using System.Globalization;
using Mover.SystemTests.Harness;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.SystemTests;

/// <summary>A target that misbehaves, between a real agent and a real Blob service.</summary>
public sealed class TargetFaultTests(ITestOutputHelper output)
{
    private const int RequestsAtOnceMax = 32;
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    /// <summary>What each folder of the tree meets, for as long as it lasts, and what is said of it then.</summary>
    private static readonly IReadOnlyDictionary<string, (Order Order, string Code)> Lasting = new Dictionary<string, (Order, string)>(StringComparer.Ordinal)
    {
        ["busy"] = (Order.Answer(503, "ServerBusy"), "AZSM2066"),
        ["broken"] = (Order.Answer(500, "InternalError"), "AZSM2066"),
        ["conflict"] = (Order.Answer(409, "BlobTypeNotSupported"), "AZSM2066"),
        ["cut"] = (new(Misbehaviour.CutRequest), "AZSM2065"),
        ["denied"] = (Order.Answer(403, "AuthorizationPermissionMismatch"), "AZSM2069"),
        ["late"] = (Order.Answer(504, string.Empty), "AZSM2067"),
        ["leased"] = (Order.Answer(412, "LeaseIdMissing"), "AZSM2070"),
    };

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task Faults_that_pass_delay_a_run_and_change_nothing()
    {
        await using var estate = await Estate.StartAsync(new() { HasProxy = true });
        Trees.Mixed(estate.Source, seed: 11, smallFiles: 250, largeBytes: 48 * 1024 * 1024);
        var faults = new PassingFaults(seed: 11);
        estate.Proxy.Orders = faults.Next;
        var definition = await estate.DefineJobAsync("faults");

        await AssertAllArriveAsync(estate, await estate.StartJobAsync(definition));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(estate.Source, "folder 0001")))
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }

        await AssertAllArriveAsync(estate, await estate.StartJobAsync(definition));

        output.WriteLine(faults.ToString());
        Assert.Equal(PassingFaults.KindsMax, faults.KindsGiven);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task Faults_that_last_fail_their_items_with_their_codes_and_the_next_run_moves_exactly_those()
    {
        await using var estate = await Estate.StartAsync(new() { HasProxy = true });
        Trees.Mixed(estate.Source, seed: 12, smallFiles: 60, largeBytes: 1024);
        var expected = await AddLastingAsync(estate.Source);
        estate.Proxy.Orders = request =>
            request.IsWrite && Lasting.TryGetValue(request.Name.Split('/')[0], out var fault) && request.Name.Contains('/', StringComparison.Ordinal)
                && !(request.Operation == "PutBlock" && BlockIndex(request) < 2) ? fault.Order : null;
        var definition = await estate.DefineJobAsync("lasting");

        var ill = await estate.StartJobAsync(definition);
        var run = await estate.WaitForEndAsync(ill, RunMax);
        var blobs = await estate.Blobs.CountBlobsAsync(Estate.Container);

        FirstMigrationTests.AssertSucceeded(run, estate);
        FirstMigrationTests.AssertCountersAddUp(run);
        var log = (await estate.ReadCopyLogAsync(ill)).Select(e => (e["path"]!.GetValue<string>(), e["statusCode"]!.GetValue<string>()));
        Assert.Equal(expected, log.OrderBy(e => e.Item1, StringComparer.Ordinal));
        Assert.Equal(expected.Count, FirstMigrationTests.Count(run, "itemsFailed"));
        Assert.Equal(FirstMigrationTests.Count(run, "itemsTransferred"), blobs);
        estate.ReadLedger(ill).AssertEveryItemOnce(run);

        estate.Proxy.Orders = static _ => null;
        var well = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);

        FirstMigrationTests.AssertSucceeded(well, estate);
        Assert.Equal((expected.Count, 0), (FirstMigrationTests.Count(well, "itemsTransferred"), FirstMigrationTests.Count(well, "itemsFailed")));
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
    }

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task A_target_that_fills_up_fails_the_run_and_says_what_to_do_and_the_next_run_moves_the_rest()
    {
        await using var estate = await Estate.StartAsync(new() { HasProxy = true });
        Trees.Mixed(estate.Source, seed: 13, smallFiles: 400, largeBytes: 20 * 1024 * 1024);
        var items = Directory.EnumerateFileSystemEntries(estate.Source, "*", SearchOption.AllDirectories).LongCount();
        estate.Proxy.Orders = static request => request.IsWrite && request.Number > 150 ? Order.Answer(507, "InsufficientStorage") : null;
        var definition = await estate.DefineJobAsync("full");

        var full = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);
        var blobs = await estate.Blobs.CountBlobsAsync(Estate.Container);
        estate.Proxy.Orders = static _ => null;
        var roomy = await estate.WaitForEndAsync(await estate.StartJobAsync(definition), RunMax);

        var error = full["error"]!;
        Assert.Equal(("Failed", "AZSM1040"), (full["status"]!.GetValue<string>(), error["code"]!.GetValue<string>()));
        Assert.Contains("507", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Free some space", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        FirstMigrationTests.AssertSucceeded(roomy, estate);
        // What was on its way when the run ended may have arrived after the blobs were counted.
        Assert.Equal(items, FirstMigrationTests.Count(roomy, "itemsTransferred") + FirstMigrationTests.Count(roomy, "itemsNoTransferNeeded"));
        Assert.InRange(FirstMigrationTests.Count(roomy, "itemsNoTransferNeeded"), blobs, blobs + RequestsAtOnceMax);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
    }

    private static async Task AssertAllArriveAsync(Estate estate, string runId)
    {
        var run = await estate.WaitForEndAsync(runId, RunMax);
        FirstMigrationTests.AssertSucceeded(run, estate);
        FirstMigrationTests.AssertCountersAddUp(run);
        Assert.True(
            FirstMigrationTests.Count(run, "itemsFailed") == 0,
            string.Join('\n', (await estate.ReadCopyLogAsync(runId)).Select(e => e.ToJsonString())));
        estate.ReadLedger(runId).AssertEveryItemOnce(run);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl);
    }

    /// <summary>Two small files and one that goes in blocks for each lasting fault; returns what the copy log has to say, by path.</summary>
    private static async Task<List<(string Path, string Code)>> AddLastingAsync(string source)
    {
        var expected = new List<(string, string)>();
        foreach (var (folder, (_, code)) in Lasting)
        {
            var below = Directory.CreateDirectory(Path.Combine(source, folder)).FullName;
            foreach (var (name, bytes) in new[] { ("large.bin", 13 * 1024 * 1024), ("one.bin", 1000), ("two.bin", 2000) })
            {
                await File.WriteAllBytesAsync(Path.Combine(below, name), new byte[bytes]);
                expected.Add(($"{folder}/{name}", code));
            }
        }

        return [.. expected.OrderBy(e => e.Item1, StringComparer.Ordinal)];
    }

    /// <summary>The last digits of a decoded block id.</summary>
    private static int BlockIndex(BlobRequest request) =>
        int.Parse(System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(request.BlockId))[^7..], CultureInfo.InvariantCulture);
}
