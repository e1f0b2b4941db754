using System.Text;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Tests;

/// <summary>Targets that take different names for one.</summary>
public sealed class FoldedNameTests
{
    private const NameFoldings All = NameFoldings.Case | NameFoldings.Normalization;

    private static Bench Folding(NameFoldings folds = All, bool isMirror = true)
    {
        var bench = new Bench();
        bench.Target.Traits = bench.Target.Traits with { Folds = folds };
        bench.Options = bench.Options with { Mode = isMirror ? CopyMode.Mirror : CopyMode.Additive };
        return bench;
    }

    [Theory]
    [InlineData("Report.txt", "report.txt", All, true)]
    [InlineData("Report.txt", "report.txt", NameFoldings.AsciiCase, true)]
    [InlineData("Report.txt", "report.txt", NameFoldings.Normalization, false)]
    [InlineData("É", "é", NameFoldings.Case, true)]
    [InlineData("É", "é", NameFoldings.AsciiCase, false)]
    [InlineData("é", "e\u0301", NameFoldings.Normalization, true)]
    [InlineData("é", "e\u0301", NameFoldings.Case, false)]
    [InlineData("É", "e\u0301", All, true)]
    [InlineData("straße", "STRASSE", NameFoldings.Case, true)]
    [InlineData("각", "\u1100\u1161\u11a8", NameFoldings.Normalization, true)]
    [InlineData("a\u0323\u0307", "a\u0307\u0323", NameFoldings.Normalization, true)]
    [InlineData("A/b", "a/B", NameFoldings.Case, true)]
    [InlineData("A", "a", NameFoldings.None, false)]
    public void Two_names_have_one_key_when_the_volume_takes_them_for_one(string one, string other, NameFoldings folds, bool areOne) =>
        Assert.Equal(areOne, FoldedName.KeyOf(EntryPath.Of(one), folds) == FoldedName.KeyOf(EntryPath.Of(other), folds));

    [Theory]
    [InlineData("d/Report.txt", "AsciiCase d/rEPORT.TXT")]
    [InlineData("D/\u00c9t\u00e9", "AsciiCase D/\u00c9T\u00e9|Case D/\u00e9t\u00c9|Normalization D/E\u0301te\u0301")]
    [InlineData("u\u0308", "AsciiCase U\u0308|Normalization \u00fc")]
    [InlineData("\u1112\u1161\u11ab", "Normalization \ud558\u11ab")]
    [InlineData("\ud55c", "Normalization \u1112\u1161\u11ab")]
    [InlineData("12", "")]
    public void A_name_is_spelled_otherwise_for_each_folding_that_could_not_see_it(string path, string others)
    {
        var spelled = FoldedName.Respellings(EntryPath.Of(path)).ToList();

        Assert.Equal(others, string.Join('|', spelled.Select(other => $"{other.Folding} {other.Path}")));
        Assert.All(spelled, other => Assert.Equal(
            FoldedName.KeyOf(EntryPath.Of(path), other.Folding), FoldedName.KeyOf(other.Path, other.Folding)));
    }

    [Fact]
    public void Bytes_that_are_no_text_keep_their_difference()
    {
        var (one, other) = (new EntryPath([(byte)'A', 0xFF]), new EntryPath([(byte)'A', 0xFE]));

        Assert.NotEqual(FoldedName.KeyOf(one, All), FoldedName.KeyOf(other, All));
    }

    [Theory]
    [InlineData("Report.txt", "report.txt")]
    [InlineData("e\u0301", "é")]
    [InlineData("DIR/f", "dir/f")]
    public async Task The_second_of_two_names_that_fold_together_fails_by_name(string first, string second)
    {
        using var bench = Folding();
        bench.Source.AddFile(first, "first").AddFile(second, "second").AddFile("other", "1");

        var plan = await bench.PlanAsync();
        var summary = await bench.CopyAsync();
        var again = await bench.CopyAsync();
        var outcome = Bench.Ledger(summary)[second];

        Assert.Equal((ItemResult.Failed, StatusCodes.ItemOther), (outcome.Result, outcome.Code));
        Assert.Contains("treats this name and", outcome.Details, StringComparison.Ordinal);
        Assert.Equal("first", bench.Target.Text(first));
        Assert.Contains(plan, action => action.Kind is PlannedActionKind.Fail && action.Path == EntryPath.Of(second));
        Assert.Equal((0, 0), (again.Counters.ItemsTransferred, again.ItemsDeleted));
        Bench.AssertIdentity(summary);
    }

    [Theory]
    [InlineData("Report.txt", "report.txt")]
    [InlineData("é", "e\u0301")]
    [InlineData("Dir/deep/f", "dir/Deep/F")]
    public async Task A_mirror_after_a_rename_that_the_target_does_not_see_deletes_nothing(string before, string after)
    {
        using var bench = Folding();
        bench.Options = bench.Options with { DeleteGuard = new(ShareMax: 1) };
        bench.Source.AddFile(before, "1").AddFile("other", "1");
        await bench.CopyAsync();
        bench.Source.Remove(before.Split('/')[0]);
        bench.Source.AddFile(after, "2", new UnixTime(1_700_000_000, 0));

        var summary = await bench.CopyAsync();
        var (verified, differences) = await bench.VerifyAsync();

        Assert.Equal((0, 0, 0), (summary.ItemsDeleted, summary.ItemsNotDeleted, summary.Counters.ItemsFailed));
        Assert.Equal("2", bench.Target.Text(before));
        Assert.Empty(differences);
        Assert.True(verified.ItemsChecked > 1);
    }

    [Fact]
    public async Task Of_two_names_that_stand_at_the_target_and_fold_together_a_mirror_deletes_none()
    {
        using var bench = Folding(NameFoldings.None);
        bench.Source.AddFile("Report.txt", "1").AddFile("other", "1");
        bench.Target.AddFile("Report.txt", "1").AddFile("report.txt", "1");
        bench.Target.Traits = bench.Target.Traits with { Folds = All };
        bench.Options = bench.Options with { DeleteGuard = new(ShareMax: 1) };

        var summary = await bench.CopyAsync();

        Assert.Equal((0, 1), (summary.ItemsDeleted, summary.ItemsNotDeleted));
        Assert.True(bench.Target.Has("Report.txt"));
        Assert.True(bench.Target.Has("report.txt"));
    }

    [Fact]
    public async Task What_the_source_no_longer_has_under_any_such_name_is_deleted()
    {
        using var bench = Folding();
        bench.Source.AddFile("keep", "1").AddFile("Old/A", "1").AddFile("Old/b", "1");
        await bench.CopyAsync();
        bench.Source.Remove("Old/A");

        var summary = await bench.CopyAsync();

        Assert.Equal((1, false), (summary.ItemsDeleted, bench.Target.Has("Old/A")));
        Assert.True(bench.Target.Has("Old/b"));
    }

    [Fact]
    public async Task A_run_that_was_cut_short_continues_in_the_order_of_the_folded_names()
    {
        using var bench = Folding(isMirror: false);
        foreach (var i in Enumerable.Range(0, 60))
        {
            bench.Source.AddFile($"{(i % 2 == 0 ? "File" : "file")}{i}", "1");
        }

        using var stop = new CancellationTokenSource();
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, _) =>
            {
                if (call is { Operation: "Put", Number: > 30 })
                {
                    await stop.CancelAsync();
                }
            },
        };
        await bench.Run(target: target).RunAsync(stop.Token);

        var summary = await bench.Run().RunAsync(default);

        Assert.Equal((RunOutcome.Succeeded, 60, 60), (summary.Outcome, summary.Counters.ItemsScanned, bench.Target.Count));
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_file_and_a_folder_of_one_name_in_a_flat_source_are_told_apart_by_rule_not_by_chance()
    {
        using var bench = new Bench();
        bench.Source.Traits = MemoryVolume.Flat;
        bench.Source.AddFile("a", "1").AddFile("a.txt", "1").AddFile("a/b", "2").AddFolder("c").AddFile("c/d", "3");

        var plan = await bench.PlanAsync();
        var summary = await bench.CopyAsync();

        Assert.Equal(("1", "3"), (bench.Target.Text("a"), bench.Target.Text("c/d")));
        Assert.Equal(ItemResult.Failed, Bench.Ledger(summary)["a/b"].Result);
        Assert.Contains("also has a as a File", Bench.Ledger(summary)["a/b"].Details, StringComparison.Ordinal);
        Assert.Equal("a/b", Assert.Single(plan, action => action.Kind is PlannedActionKind.Fail).Path.ToString());
    }
}
