using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Transfer.Tests;

/// <summary>Files that another program stored at the target, with an MD5 and a time of its own.</summary>
public sealed class StoredDigestTests
{
    private const int Small = 5;
    private const int Large = 300_000;
    private static readonly UnixTime Later = new(1_700_000_000, 0);
    private int _reads;

    [Theory]
    [InlineData(Small, true)]
    [InlineData(Small, false)]
    [InlineData(Large, true)]
    [InlineData(Large, false)]
    public async Task What_is_the_same_by_its_md5_gets_the_metadata_alone_and_then_rests(int length, bool preserves)
    {
        using var bench = Filled(length, Bench.Bytes(length), preserves);

        var plan = Assert.Single(await bench.PlanAsync());
        var first = await bench.CopyAsync(Counted(bench));
        var reads = _reads;
        var second = await bench.CopyAsync(Counted(bench));

        Assert.Equal(PlannedActionKind.SetMetadata, plan.Kind);
        Assert.Equal((0, 1), (bench.Target.Puts + bench.Target.BlockWrites, bench.Target.MetadataWrites));
        Assert.Equal((ItemResult.Transferred, StatusCodes.ItemEqual), (Bench.Ledger(first)["f"].Result, Bench.Ledger(first)["f"].Code));
        Assert.Equal((0, length), (first.Counters.BytesTransferred, first.Counters.BytesNoTransferNeeded));
        Assert.Equal((1, reads), (second.Counters.ItemsNoTransferNeeded, _reads));
        Bench.AssertIdentity(first);
    }

    [Fact]
    public async Task A_small_file_that_differs_is_read_once_and_sent()
    {
        using var bench = Filled(Small, Bench.Bytes(Small, 2));

        var summary = await bench.CopyAsync(Counted(bench));

        Assert.Equal((1, 1), (_reads, summary.Counters.ItemsTransferred));
        Assert.Equal(Bench.Bytes(Small), bench.Target.Content("f"));
        Assert.Null(bench.Target.Find("f").ContentMd5);
        Assert.Equal(Crc64.Compute(Bench.Bytes(Small)), Bench.Ledger(summary)["f"].Crc64);
    }

    [Fact]
    public async Task A_large_file_that_differs_is_sent()
    {
        using var bench = Filled(Large, Bench.Bytes(Large, 2));

        var summary = await bench.CopyAsync();

        Assert.Equal((Large, 1), (summary.Counters.BytesTransferred, summary.Counters.ItemsTransferred));
        Assert.Equal(Bench.Bytes(Large), bench.Target.Content("f"));
    }

    [Fact]
    public async Task A_small_file_that_is_the_same_has_its_digest_in_the_ledger()
    {
        using var bench = Filled(Small, Bench.Bytes(Small));

        var summary = await bench.CopyAsync();

        Assert.Equal(Crc64.Compute(Bench.Bytes(Small)), Bench.Ledger(summary)["f"].Crc64);
    }

    [Fact]
    public async Task Without_an_md5_or_with_another_size_nothing_is_read_to_compare()
    {
        using var bench = new Bench();
        bench.Source.AddFile("longer", "12").AddFile("without", "1");
        bench.Target.AddFile("longer", "1"u8.ToArray(), Later, md5: Md5Of("1"u8)).AddFile("without", "1"u8.ToArray(), Later);

        var summary = await bench.CopyAsync(Counted(bench));

        Assert.Equal((2, 2), (_reads, bench.Target.Puts));
        Assert.Equal(2, summary.Counters.ItemsTransferred);
    }

    private static Bench Filled(int length, byte[] there, bool preserves = true)
    {
        var bench = new Bench();
        bench.Options = bench.Options with { PreserveMetadata = preserves };
        bench.Source.AddFile("f", Bench.Bytes(length));
        bench.Target.AddFile("f", there, Later, default(PosixAttributes), Md5Of(there));
        return bench;
    }

    private static byte[] Md5Of(ReadOnlySpan<byte> content)
    {
        var md5 = new byte[Md5.SizeBytes];
        Md5.Compute(content, md5);
        return md5;
    }

    private FaultVolume Counted(Bench bench) => new(bench.Source)
    {
        Before = call =>
        {
            Interlocked.Add(ref _reads, call.Operation is "Read" or "ReadWhole" ? 1 : 0);
            return null;
        },
    };
}
