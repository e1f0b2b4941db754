using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Tests;

/// <summary>A run that is limited to the failed items of an earlier one.</summary>
public sealed class NamedItemsTests
{
    private static readonly VolumeFault Denied = new(VolumeFaultKind.Permission, "denied");

    [Fact]
    public async Task Only_what_failed_is_looked_at_with_the_folders_around_it()
    {
        using var bench = new Bench();
        bench.Source.AddFile("a/b/f", "1").AddFile("a/b/other", "2").AddFile("z", "3");
        await FailAsync(bench, "a/b/f");
        bench.Source.AddFile("a/b/other", "changed since");
        bench.Source.AddFile("new", "4");

        var summary = await RetryAsync(bench);

        Bench.AssertIdentity(summary);
        Assert.Equal(["a", "a/b", "a/b/f"], Bench.Ledger(summary).Keys.Order(StringComparer.Ordinal));
        Assert.Equal((3, 1), (summary.Counters.ItemsScanned, summary.Counters.ItemsTransferred));
        Assert.Equal("1"u8.ToArray(), bench.Target.Content("a/b/f"));
        Assert.Equal("2"u8.ToArray(), bench.Target.Content("a/b/other"));
        Assert.False(bench.Target.Has("new"));
    }

    [Fact]
    public async Task A_folder_that_could_not_be_listed_is_walked_whole()
    {
        using var bench = new Bench();
        bench.Source.AddFolder("d").AddFile("d.txt", "2").AddFile("e", "3");
        bench.Source.ScanFaults[EntryPath.Of("d")] = Denied;
        await FailAsync(bench, "d.txt");
        bench.Source.ScanFaults.Clear();
        bench.Source.AddFile("d/x/f", "1");

        var summary = await RetryAsync(bench);

        Bench.AssertIdentity(summary);
        Assert.Equal(["d", "d.txt", "d/x", "d/x/f"], Bench.Ledger(summary).Keys.Order(StringComparer.Ordinal));
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
    }

    [Fact]
    public async Task A_folder_that_still_cannot_be_listed_fails_again()
    {
        using var bench = new Bench();
        bench.Source.AddFolder("d").AddFile("e", "3");
        bench.Source.ScanFaults[EntryPath.Of("d")] = Denied;
        await FailAsync(bench, "e");

        var summary = await RetryAsync(bench);

        Bench.AssertIdentity(summary);
        Assert.Equal((1, 1), (summary.FoldersNotListed, summary.Counters.ItemsFailed));
        Assert.True(bench.Target.Has("e"));
    }

    [Fact]
    public async Task A_mirror_deletes_nothing()
    {
        using var bench = new Bench();
        bench.Source.AddFile("d/f", "1").AddFile("keep", "2");
        bench.Source.ScanFaults[EntryPath.Of("d")] = Denied;
        await FailAsync(bench, "d/f");
        bench.Source.ScanFaults.Clear();
        bench.Target.AddFile("d/extra", "3").AddFile("extra", "4");
        bench.Options = bench.Options with { Mode = CopyMode.Mirror };

        var summary = await RetryAsync(bench);

        Assert.Equal((RunOutcome.Succeeded, 0), (summary.Outcome, summary.ItemsDeleted));
        Assert.All(["d/extra", "extra", "keep", "d/f"], path => Assert.True(bench.Target.Has(path), path));
    }

    [Fact]
    public async Task A_name_that_another_item_holds_at_the_target_is_not_taken_from_it()
    {
        using var bench = new Bench { Target = new(MemoryVolume.Hierarchical with { Folds = NameFoldings.Case }) };
        bench.Source.AddFile("Report", "first").AddFile("report", "second");
        var first = await bench.Run().RunAsync(CancellationToken.None);

        var summary = await RetryAsync(bench);

        Assert.Equal((1, 1), (first.Counters.ItemsFailed, summary.Counters.ItemsFailed));
        Assert.Equal("first"u8.ToArray(), bench.Target.Content("Report"));
    }

    [Fact]
    public async Task Items_that_are_gone_from_the_source_are_counted()
    {
        using var bench = new Bench();
        bench.Source.AddFile("a/f", "1").AddFile("z", "2");
        await FailAsync(bench, "a/f");
        await bench.Source.DeleteAsync((await bench.Source.FindAsync(EntryPath.Of("a/f"), default))!, default);
        var named = NamedItems.ReadFailed(bench.RunFolder);
        bench.Options = bench.Options with { Only = named };

        var summary = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Succeeded, 1L, 1), (summary.Outcome, named.Gone, named.Failed));
        Assert.Equal(["a"], Bench.Ledger(summary).Keys);
    }

    [Fact]
    public async Task A_source_that_is_away_ends_the_run_instead_of_looking_empty()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "1").AddFile("z", "2");
        await FailAsync(bench, "f");
        var away = new FaultVolume(bench.Source)
        {
            Before = call => call.Operation == "Probe" ? new(VolumeFaultKind.NotFound, "The root is gone.") : null,
        };

        var summary = await RetryAsync(bench, away);

        Assert.Equal((RunOutcome.Failed, StatusCodes.SourcePathInvalid), (summary.Outcome, summary.Fault?.Code));
    }

    [Fact]
    public async Task A_list_that_is_gone_changed_or_names_none_is_refused()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "1").AddFile("z", "2");

        var gone = Assert.Throws<InvalidDataException>(() => NamedItems.ReadFailed(bench.RunFolder));
        await bench.Run().RunAsync(CancellationToken.None);
        var none = Assert.Throws<InvalidDataException>(() => NamedItems.ReadFailed(bench.RunFolder));
        var ledger = Path.Combine(bench.RunFolder, "ledger.txt");
        await File.WriteAllTextAsync(ledger, (await File.ReadAllTextAsync(ledger)).Replace("\tz", "\ty", StringComparison.Ordinal));
        var changed = Assert.Throws<InvalidDataException>(() => NamedItems.ReadFailed(bench.RunFolder));

        Assert.Contains("does not exist", gone.Message, StringComparison.Ordinal);
        Assert.Contains("lists no failed items", none.Message, StringComparison.Ordinal);
        Assert.Contains("was modified", changed.Message, StringComparison.Ordinal);
    }

    /// <summary>A run in which one item cannot be stored.</summary>
    private static async Task FailAsync(Bench bench, string path)
    {
        var target = new FaultVolume(bench.Target)
        {
            Before = call => call.Operation == "Put" && call.Path == EntryPath.Of(path) ? Denied : null,
        };
        var summary = await bench.Run(target: target).RunAsync(CancellationToken.None);
        Assert.True(summary.Counters.ItemsFailed > 0, $"{summary.Outcome}");
    }

    private static Task<TransferSummary> RetryAsync(Bench bench, IVolume? source = null)
    {
        bench.Options = bench.Options with { Only = NamedItems.ReadFailed(bench.RunFolder) };
        return bench.CopyAsync(source);
    }
}
