using Mover.Cli.Progress;
using Mover.Core.Jobs;

namespace Mover.Cli.Tests;

/// <summary>What the live line tells, and when it keeps silent.</summary>
public sealed class ProgressTests
{
    private static readonly TransferCounters Half = new(ItemsScanned: 100, ItemsTransferred: 50, BytesScanned: 1000, BytesTransferred: 900);

    private static readonly RunProgress Known = new("Running", Half, IsScanned: true)
    {
        Elapsed = TimeSpan.FromSeconds(5), SteadyItemsPerSecond = 5, SteadyBytesPerSecond = 100,
    };

    [Fact]
    public void The_time_left_is_the_longer_of_items_and_bytes()
    {
        Assert.Equal((TimeSpan.FromSeconds(10), 0.5), (Known.TimeLeft, Known.Share));
        Assert.EndsWith("  10 s left", Known.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_time_left_is_told_before_it_means_something()
    {
        var early = Known with { Elapsed = TimeSpan.FromSeconds(4.9) };
        var little = Known with { Counters = Half with { ItemsTransferred = 1 } };
        var stalled = Known with { SteadyBytesPerSecond = 0 };

        Assert.All(new[] { early, little, stalled }, progress => Assert.Null(progress.TimeLeft));
    }

    [Fact]
    public void A_large_file_on_its_way_moves_the_share_the_bytes_and_the_time_left()
    {
        var one = new TransferCounters(ItemsScanned: 1, BytesScanned: 1000);
        var still = Known with { Counters = one };
        var moving = still with { InFlight = new(1, 400) };

        Assert.Equal((0, null), (still.Share, still.TimeLeft));
        Assert.Equal((0.4, TimeSpan.FromSeconds(6)), (moving.Share, moving.TimeLeft));
        Assert.Contains("40 %  0 of 1 items  400 B", moving.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_first_run_tells_what_it_has_found_and_no_total()
    {
        var first = Known with { IsScanned = false };

        Assert.Equal((null, null), (first.TimeLeft, first.Share));
        Assert.Contains("scanning  50 of 100 items found so far", first.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Before_the_scan_ends_the_last_run_stands_for_the_total_and_the_line_says_so()
    {
        var again = Known with { IsScanned = false, LastRun = new(12_000, 1000), Counters = Half with { ItemsTransferred = 600, ItemsScanned = 700 } };

        Assert.Equal(TimeSpan.FromSeconds(2280), again.TimeLeft);
        Assert.Contains("about 5 %  600 of about 12,000 items, from the last run", again.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("  about 38 min 00 s left", again.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_has_outgrown_the_last_run_is_not_measured_by_it()
    {
        var grown = Known with { IsScanned = false, LastRun = new(99, 1000) };

        Assert.Equal((null, null), (grown.TimeLeft, grown.Share));
        Assert.Contains("found so far", grown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Deletions_are_a_phase_of_their_own_with_their_count()
    {
        var deleting = Known with { Deletions = new(1200, 3000), ItemsPerSecond = 40 };

        Assert.Equal("Deleting  1,200 of 3,000 items  40 items/s", deleting.ToString());
        Assert.StartsWith("Running", (Known with { Deletions = new(3000, 3000) }).ToString(), StringComparison.Ordinal);
    }
}
