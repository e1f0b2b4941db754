using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Tests;

/// <summary>Content that changed although size and time did not.</summary>
public sealed class CompareTests
{
    private static readonly VolumeTraits Own = MemoryVolume.Hierarchical with { ChangeTime = ChangeTime.Own };

    private static Bench Watching(ChangeTime target)
    {
        var bench = new Bench();
        bench.Source.Traits = Own;
        bench.Target.Traits = Own with { ChangeTime = target };
        return bench;
    }

    /// <summary>The source's clock is its number of changes.</summary>
    private static void Change(Bench bench, string path, string text)
    {
        for (var i = 0; i < 50; i++)
        {
            bench.Source.AddFile(path, text);
        }
    }

    [Theory]
    [InlineData(ChangeTime.Own)]
    [InlineData(ChangeTime.Kept)]
    public async Task Content_that_changed_with_size_and_time_kept_is_copied_again(ChangeTime target)
    {
        using var bench = Watching(target);
        bench.Source.AddFile("f", "right").AddFile("g", "1");
        await bench.CopyAsync();
        Change(bench, "f", "RIGHT");

        var plan = await bench.PlanAsync();
        var summary = await bench.CopyAsync();

        Assert.Equal(("RIGHT", 1), (bench.Target.Text("f"), summary.Counters.ItemsTransferred));
        Assert.Equal("f", Assert.Single(plan, action => action.Kind is PlannedActionKind.Copy).Path.ToString());
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_change_time_that_moved_without_a_change_costs_one_comparison_and_sends_nothing()
    {
        using var bench = Watching(ChangeTime.Kept);
        bench.Source.AddFile("f", "right");
        await bench.CopyAsync();
        Change(bench, "f", "right");

        var first = await bench.CopyAsync();
        var second = await bench.CopyAsync();

        Assert.Equal((0, 1), (first.Counters.BytesTransferred, first.Counters.ItemsTransferred));
        Assert.Equal((0, 1), (second.Counters.ItemsTransferred, second.Counters.ItemsNoTransferNeeded));
        Assert.Equal(1, bench.Target.Puts);
    }

    [Fact]
    public async Task New_permissions_explain_a_change_time_and_read_no_content()
    {
        using var bench = Watching(ChangeTime.Kept);
        bench.Source.AddFile("f", "right");
        await bench.CopyAsync();
        bench.Source.AddFile("f", "right", posix: new PosixAttributes(0x180, 1, 1));
        var reads = 0;
        var source = new FaultVolume(bench.Source)
        {
            Before = call =>
            {
                reads += call.Operation.StartsWith("Read", StringComparison.Ordinal) ? 1 : 0;
                return null;
            },
        };

        var summary = await bench.CopyAsync(source);

        Assert.Equal((0, 1, 1), (reads, bench.Target.MetadataWrites, summary.Counters.ItemsTransferred));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(300_000)]
    public async Task Comparing_content_repairs_what_a_verification_finds_and_writes_nothing_else(int length)
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", Bench.Bytes(length)).AddFile("g", Bench.Bytes(length, 3));
        await bench.CopyAsync();
        var stored = bench.Target.Find("f");
        bench.Target.AddFile("f", Bench.Bytes(length, 2), stored.Modified, stored.Posix);
        var (before, _) = await bench.VerifyAsync();
        bench.Options = bench.Options with { Compare = CompareBy.Content };

        var summary = await bench.CopyAsync();
        var (after, _) = await bench.VerifyAsync();

        Assert.Equal((1, 0), (before.Differences, after.Differences));
        Assert.Equal((1, 1), (summary.Counters.ItemsTransferred, summary.Counters.ItemsNoTransferNeeded));
        Assert.NotNull(Bench.Ledger(summary)["g"].Crc64);
    }
}
