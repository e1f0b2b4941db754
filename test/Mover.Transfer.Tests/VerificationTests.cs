using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Tests;

public sealed class VerificationTests
{
    [Fact]
    public async Task What_a_source_cannot_give_and_excluded_items_are_not_differences()
    {
        using var bench = new Bench();
        bench.Source.AddFile("same", "1").AddFile("unsupported", "1").AddFile("left out", "1");
        bench.Target.AddFile("same", "1");
        bench.Source.ScanFaults[EntryPath.Of("unsupported")] = new(VolumeFaultKind.Unsupported, "no", Code: StatusCodes.ItemTypeUnsupported);
        bench.Source.ScanFaults[EntryPath.Of("left out")] = new(VolumeFaultKind.Unsupported, "no", Code: StatusCodes.ItemExcluded);

        var (summary, differences) = await bench.VerifyAsync();

        Assert.Equal("unsupported", Assert.Single(differences, d => d.Kind is DifferenceKind.NotCompared).Path.ToString());
        Assert.Equal((0, 1), (summary.Differences, summary.ItemsNotCompared));
    }

    [Fact]
    public async Task A_right_copy_has_no_differences_and_every_byte_was_read()
    {
        using var bench = new Bench();
        bench.Source.AddFile("a/b", "123").AddFile("big", Bench.Bytes(2_000_000)).AddFolder("e").AddLink("l", "a/b");
        await bench.CopyAsync();

        var (summary, differences) = await bench.VerifyAsync();

        Assert.Empty(differences);
        Assert.Equal((5, 2_000_003), (summary.ItemsChecked, summary.BytesRead));
    }

    [Fact]
    public async Task A_link_that_leads_elsewhere_is_a_difference()
    {
        using var bench = new Bench();
        bench.Source.AddLink("l", "a");
        bench.Target.AddLink("l", "b");
        bench.Options = bench.Options with { PreserveMetadata = false };

        var (_, differences) = await bench.VerifyAsync();

        Assert.Equal((DifferenceKind.Content, "l"), (Assert.Single(differences).Kind, differences[0].Path.ToString()));
    }

    [Fact]
    public async Task Each_kind_of_difference_is_found()
    {
        using var bench = new Bench();
        bench.Source.AddFile("missing", "1").AddFile("size", "1").AddFile("content", "right").AddFile("type", "1").AddFile("owner", "1");
        await bench.CopyAsync();
        bench.Target.Remove("missing");
        bench.Target.Remove("type");
        bench.Target.AddFile("size", "12").AddFile("content", "wrong").AddFolder("type").AddFile("extra", "1")
            .AddFile("owner", "1", posix: new PosixAttributes(1, 2, 3));
        bench.Options = bench.Options with { Mode = CopyMode.Mirror };

        var (summary, differences) = await bench.VerifyAsync();

        Assert.Equal(
            [
                (DifferenceKind.Content, "content"), (DifferenceKind.Extra, "extra"), (DifferenceKind.Metadata, "owner"),
                (DifferenceKind.Missing, "missing"), (DifferenceKind.Size, "size"), (DifferenceKind.Type, "type"),
            ],
            differences.Select(d => (d.Kind, d.Path.ToString())).OrderBy(d => d.Item2 == "owner" ? "f" : d.Item2, StringComparer.Ordinal));
        Assert.Equal(6, summary.Differences);
    }

    [Fact]
    public async Task What_cannot_be_read_at_the_source_is_not_proven_to_be_at_the_target()
    {
        using var bench = new Bench();
        bench.Source.AddFile("seen", "1").AddFolder("dark");
        await bench.CopyAsync();
        bench.Source.ScanFaults[EntryPath.Of("dark")] = new VolumeFault(VolumeFaultKind.Permission, "denied");

        var (summary, differences) = await bench.VerifyAsync();

        Assert.Equal((DifferenceKind.Unreadable, "dark"), (Assert.Single(differences).Kind, differences[0].Path.ToString()));
        Assert.Equal((1, 0), (summary.Differences, summary.ItemsSkipped));
    }

    [Fact]
    public async Task Flat_volumes_may_list_in_an_order_of_their_own()
    {
        using var bench = Bench.Flat();
        bench.Options = bench.Options with { Mode = CopyMode.Mirror };
        bench.Source.AddFile("a", "1").AddFile("b/c", "2").AddFile("d", "3");
        await bench.CopyAsync();
        bench.Target.AddFile("extra", "4");
        bench.Target.ScansBackwards = true;

        var (_, differences) = await bench.VerifyAsync();
        var plan = await bench.PlanAsync();

        Assert.Equal((DifferenceKind.Extra, "extra"), (Assert.Single(differences).Kind, differences[0].Path.ToString()));
        Assert.Equal("extra", Assert.Single(plan, action => action.Kind is not PlannedActionKind.Keep).Path.ToString());
    }

    [Fact]
    public async Task A_link_that_cannot_be_followed_does_not_end_the_verification()
    {
        using var bench = Bench.Flat();
        bench.Source.AddFile("a", "1").AddLink("l", "a");
        await bench.CopyAsync();
        var source = new FaultVolume(bench.Source)
        {
            Before = call => call.Operation == "Resolve" ? new VolumeFault(VolumeFaultKind.Io, "no") : null,
        };

        var (_, differences) = await bench.VerifyAsync(source);

        Assert.Equal((DifferenceKind.Unreadable, "l"), (Assert.Single(differences).Kind, differences[0].Path.ToString()));
    }

    [Fact]
    public async Task A_ledger_alone_suffices_to_find_a_flipped_bit()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "right").AddFile("g", "1");
        var run = await bench.CopyAsync();
        bench.Target.AddFile("f", "rjght");
        var differences = new List<Difference>();

        await Verification.AgainstLedgerAsync(
            run.LedgerPath!, bench.Target, bench.Options, Path.Combine(bench.Folder, "v"), differences.Add, NullLogger.Instance, default);

        Assert.Equal((DifferenceKind.Content, EntryPath.Of("f")), (Assert.Single(differences).Kind, differences[0].Path));
    }

    [Fact]
    public async Task Links_that_were_copied_as_content_are_right_by_the_ledger_of_each_run()
    {
        using var bench = Bench.Flat();
        bench.Source.AddFile("f", "12345").AddFile("empty", "").AddLink("full link", "f").AddLink("empty link", "empty");
        await bench.CopyAsync();
        var unchanged = await bench.CopyAsync();
        var differences = new List<Difference>();

        await Verification.AgainstLedgerAsync(
            unchanged.LedgerPath!, bench.Target, bench.Options, Path.Combine(bench.Folder, "v"), differences.Add, NullLogger.Instance, default);

        Assert.Equal(4, unchanged.Counters.ItemsNoTransferNeeded);
        Assert.All(differences, item => Assert.Equal(DifferenceKind.NotCompared, item.Kind));
        Assert.Equal(["f", "full link"], differences.Select(item => item.Path.ToString()));
    }

    [Fact]
    public async Task A_ledger_that_was_changed_is_refused()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "12345").AddFile("g", "1");
        var run = await bench.CopyAsync();
        File.WriteAllText(run.LedgerPath!, File.ReadAllText(run.LedgerPath!).Replace("\t5\t", "\t6\t", StringComparison.Ordinal));

        await Assert.ThrowsAsync<InvalidDataException>(() => Verification.AgainstLedgerAsync(
            run.LedgerPath!, bench.Target, bench.Options, Path.Combine(bench.Folder, "v"), _ => { }, NullLogger.Instance, default));
    }
}
