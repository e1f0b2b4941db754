using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Tests;

public sealed class PlanTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task After_a_mirror_both_sides_are_equal_and_the_plan_said_what_was_done(int seed)
    {
        using var bench = new Bench();
        bench.Options = bench.Options with { Mode = CopyMode.Mirror, DeleteGuard = new(1) };
        var random = new Random(seed);
        RandomTree.Fill(bench.Source, random, 40);
        RandomTree.Fill(bench.Target, random, 40);
        bench.Source.AddFile("always", "1");

        var plan = await bench.PlanAsync();
        var summary = await bench.CopyAsync();

        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Assert.Equal(
            plan.Count(a => a.Kind is PlannedActionKind.Copy or PlannedActionKind.PutFolder or PlannedActionKind.PutLink or PlannedActionKind.SetMetadata),
            summary.Counters.ItemsTransferred);
        Assert.Equal(plan.Count(a => a.Kind is PlannedActionKind.Keep), summary.Counters.ItemsNoTransferNeeded);
        Assert.Equal(plan.Count(a => a.Kind is PlannedActionKind.Delete), summary.ItemsDeleted);
        Assert.Equal(plan.Where(a => a.Kind is PlannedActionKind.Copy).Sum(a => a.SizeBytes), summary.Counters.BytesTransferred);
        Assert.All(await bench.PlanAsync(), a => Assert.Equal(PlannedActionKind.Keep, a.Kind));
        Bench.AssertIdentity(summary);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Under_random_faults_the_result_is_right_or_reported(int seed)
    {
        using var bench = new Bench();
        var random = new Random(seed);
        RandomTree.Fill(bench.Source, random, 40);
        VolumeFault? Before(VolumeCall call)
        {
            lock (random)
            {
                return call.Operation == "Scan" || random.Next(4) > 0
                    ? null
                    : new VolumeFault(VolumeFaultKind.Io, "random", IsTransient: random.Next(2) == 0);
            }
        }

        var summary = await bench.CopyAsync(new FaultVolume(bench.Source) { Before = Before }, new FaultVolume(bench.Target) { Before = Before });

        Assert.Equal(RunOutcome.Succeeded, summary.Outcome);
        Bench.AssertIdentity(summary);
        var target = bench.Target.Paths.ToHashSet();
        var arrived = Bench.Ledger(summary).Values.Where(o => o.Result is ItemResult.Transferred);
        Assert.All(arrived, o => Assert.Contains(o.Path, target));
        Assert.All(arrived.Where(o => o.Type is EntryType.File), o =>
            Assert.Equal(bench.Source.Content(o.Path.ToString()), bench.Target.Content(o.Path.ToString())));
    }

    [Fact]
    public async Task A_plan_writes_nothing_and_tells_the_guard()
    {
        using var bench = new Bench();
        bench.Options = bench.Options with { Mode = CopyMode.Mirror };
        bench.Target.AddFile("x", "1");

        var fault = await Assert.ThrowsAsync<TransferFaultException>(() => bench.PlanAsync());

        Assert.Contains("delete guard", fault.Fault.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0), (bench.Target.Count, bench.Target.Writes));
    }
}

internal static class RandomTree
{
    private static readonly string[] Names = ["a", "a.txt", "a-b", "b", "ü c", "0", "~"];

    /// <summary>Adds up to so many random entries; no file ever encloses another.</summary>
    public static void Fill(MemoryVolume volume, Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var path = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Names[random.Next(Names.Length)]));
            var isFree = !volume.Has(path) && Parents(path).All(p => !volume.Has(p) || volume.Find(p).Type is EntryType.Folder);
            if (!isFree)
            {
                continue;
            }

            switch (random.Next(5))
            {
                case 0:
                    volume.AddFolder(path, new UnixTime(1_000_000 + random.Next(3), 0));
                    break;
                case 1:
                    volume.AddLink(path, random.Next(2) == 0 ? "a" : "b");
                    break;
                case 2:
                    volume.AddFile(path, Bench.Bytes(65_536 + random.Next(200_000), i), new UnixTime(1_000_000 + random.Next(3), 0));
                    break;
                default:
                    volume.AddFile(path, new string('x', random.Next(3)), new UnixTime(1_000_000 + random.Next(2), 0));
                    break;
            }
        }
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var cut = path.LastIndexOf('/'); cut > 0; cut = path.LastIndexOf('/', cut - 1))
        {
            yield return path[..cut];
        }
    }
}
