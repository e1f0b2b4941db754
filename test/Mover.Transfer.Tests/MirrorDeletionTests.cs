using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Ledger;

namespace Mover.Transfer.Tests;

/// <summary>A mirror deletes only where the source positively says that nothing is there.</summary>
public sealed class MirrorDeletionTests
{
    private static Bench Mirror(bool isFlat = false)
    {
        var bench = isFlat ? Bench.Flat() : new Bench();
        bench.Options = bench.Options with { Mode = CopyMode.Mirror };
        return bench;
    }

    [Theory]
    [InlineData(true, SymlinkPolicy.Resolve)]
    [InlineData(false, SymlinkPolicy.Resolve)]
    [InlineData(true, SymlinkPolicy.Skip)]
    [InlineData(false, SymlinkPolicy.Skip)]
    public async Task Nothing_is_deleted_below_a_folder_that_became_a_link_and_was_not_copied(bool isFlat, SymlinkPolicy links)
    {
        using var bench = Mirror(isFlat);
        bench.Options = bench.Options with { Symlinks = links };
        bench.Source.AddFile("keep", "1").AddFolder("moved").AddLink("d", "moved");
        bench.Target.AddFile("d/precious", "1").AddFile("extra", "1");

        var summary = await bench.CopyAsync();

        Assert.True(bench.Target.Has("d/precious"));
        Assert.False(bench.Target.Has("extra"));
        var kept = Bench.Ledger(summary)["d/precious"];
        Assert.Equal((1, ItemResult.NotDeleted), (summary.ItemsNotDeleted, kept.Result));
        Assert.Contains("it is unknown what the source has at d.", kept.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_lay_below_a_name_that_is_a_link_to_a_file_by_now_is_deleted()
    {
        using var bench = Mirror(isFlat: true);
        bench.Source.AddFile("f", "1").AddLink("d", "f");
        bench.Target.AddFile("d/old", "1");

        var summary = await bench.CopyAsync();

        Assert.False(bench.Target.Has("d/old"));
        Assert.Equal((1, 0, "1"), (summary.ItemsDeleted, summary.ItemsNotDeleted, bench.Target.Text("d")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_deleted_below_what_the_target_cannot_hold(bool isFlat)
    {
        using var bench = Mirror(isFlat);
        bench.Source.AddFile("keep", "1").AddFile("bad./f", "1");
        bench.Target.AddFile("bad./old", "1");
        bench.Target.Judgement = entry =>
            entry.Path.ToString() == "bad." ? (StatusCodes.ItemCharactersUnsupported, "A name ends in a dot.") : null;

        var summary = await bench.CopyAsync();

        Assert.True(bench.Target.Has("bad./old"));
        Assert.Equal(StatusCodes.ItemCharactersUnsupported, Bench.Ledger(summary)["bad./old"].Code);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_replaces_no_folder()
    {
        using var bench = Mirror();
        bench.Source.AddFile("keep", "1").AddFile("d", "1");
        bench.Target.AddFile("d/precious", "1");
        var source = new FaultVolume(bench.Source)
        {
            Before = call => call.Operation is "Open" or "ReadWhole" or "Read" && call.Path == EntryPath.Of("d")
                ? new VolumeFault(VolumeFaultKind.Permission, "denied")
                : null,
        };

        var summary = await bench.CopyAsync(source);
        var ledger = Bench.Ledger(summary);

        Assert.True(bench.Target.Has("d/precious"));
        Assert.Equal((ItemResult.Failed, StatusCodes.ItemSourcePermission), (ledger["d"].Result, ledger["d"].Code));
        Assert.Equal(ItemResult.NotDeleted, ledger["d/precious"].Result);
        Assert.Equal(0, summary.ItemsDeleted);
    }

    [Fact]
    public async Task What_the_listing_missed_and_the_source_still_has_is_kept()
    {
        using var bench = Mirror();
        bench.Source.AddFile("keep", "1");
        bench.Target.AddFile("d/renamed", "1").AddFile("gone", "1");
        var source = new FaultVolume(bench.Source)
        {
            Meanwhile = (call, _) =>
            {
                if (call.Operation == "ReadWhole")
                {
                    bench.Source.AddFile("d/renamed", "1");
                }

                return ValueTask.CompletedTask;
            },
        };

        var summary = await bench.CopyAsync(source);

        Assert.True(bench.Target.Has("d/renamed"));
        Assert.False(bench.Target.Has("gone"));
        Assert.Equal(ItemResult.NotDeleted, Bench.Ledger(summary)["d/renamed"].Result);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("1", true)]
    [InlineData("", false)]
    [InlineData("1", false)]
    public async Task A_file_that_cannot_be_read_replaces_no_folder_whatever_its_size_and_the_target(string content, bool keepsFolders)
    {
        using var bench = keepsFolders ? Mirror() : new Bench { Target = new(MemoryVolume.Flat) };
        bench.Options = bench.Options with { Mode = CopyMode.Mirror, DeleteGuard = new(ShareMax: 1) };
        bench.Source.AddFile("d", content);
        bench.Target.AddFolder("d").AddFile("d/in", "kept");
        var source = new FaultVolume(bench.Source)
        {
            Before = call => call.Operation is "Open" or "ReadWhole" or "Read" && call.Path == EntryPath.Of("d")
                ? new VolumeFault(VolumeFaultKind.Permission, "denied")
                : null,
        };

        await bench.CopyAsync(source);

        Assert.True(bench.Target.Has("d/in"));
    }

    [Theory]
    [InlineData("d", "")]
    [InlineData("d", "1")]
    [InlineData("link", "1")]
    public async Task What_lies_below_a_name_without_a_marker_stays_until_the_item_of_that_name_is_there(string name, string content)
    {
        using var bench = Mirror(isFlat: true);
        bench.Options = bench.Options with { DeleteGuard = new(ShareMax: 1), Symlinks = SymlinkPolicy.Resolve };
        bench.Source.AddFile("d", content).AddLink("link", "d");
        bench.Target.AddFile($"{name}/in", "kept").AddFile($"{name}/deep/in", "kept").AddFile("extra", "1");
        var isDenied = true;
        var source = new FaultVolume(bench.Source)
        {
            Before = call => isDenied && call.Operation is "Open" or "ReadWhole" or "Read" ? new(VolumeFaultKind.Permission, "denied") : null,
        };

        var first = await bench.CopyAsync(source);
        var isKept = bench.Target.Has($"{name}/in") && bench.Target.Has($"{name}/deep/in");
        isDenied = false;
        var second = await bench.CopyAsync(bench.Source);

        Assert.True(isKept);
        Assert.Contains($"the target does not have the source's {name}", Bench.Ledger(first)[$"{name}/in"].Details, StringComparison.Ordinal);
        Assert.Equal((1, 2, 2, 0), (first.ItemsDeleted, first.ItemsNotDeleted, second.ItemsDeleted, second.ItemsNotDeleted));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Folders_that_only_names_of_the_source_show_are_its_own(bool keepsFolders)
    {
        using var bench = keepsFolders ? Mirror() : Mirror(isFlat: true);
        bench.Source.Traits = MemoryVolume.Flat;
        foreach (var name in (string[])["d-1", "d-2/in", "d/deep/in", "d/in", "e"])
        {
            bench.Source.AddFile(name, "1");
            bench.Target.AddFile(name, "1");
        }

        bench.Target.AddFolder("d").AddFolder("d/deep").AddFolder("d-2").AddFolder("d-").AddFolder("gone");
        bench.Target.AddFile("d/old", "1").AddFile("gone/old", "1").AddFile("d.old", "1");

        var plan = await bench.PlanAsync();
        var first = await bench.CopyAsync();
        var (verified, _) = await bench.VerifyAsync();
        var second = await bench.CopyAsync();

        Assert.Equal(
            ["d-", "d.old", "d/old", "gone", "gone/old"],
            plan.Where(a => a.Kind is PlannedActionKind.Delete).Select(a => a.Path.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal((5, 0), (first.ItemsDeleted, first.ItemsNotDeleted));
        Assert.Equal(0, verified.Differences);
        Assert.Equal((5, 0, 0, 0), (second.Counters.ItemsNoTransferNeeded, second.Counters.ItemsTransferred, second.ItemsDeleted, second.ItemsNotDeleted));
        Assert.True(bench.Target.Has("d/deep") && bench.Target.Has("d-2"));
    }

    [Fact]
    public async Task An_empty_folder_that_the_source_has_after_all_is_kept()
    {
        using var bench = Mirror();
        bench.Source.AddFile("keep", "1");
        bench.Target.AddFolder("renamed").AddFolder("gone").AddFile("old", "1");
        var source = new FaultVolume(bench.Source)
        {
            Meanwhile = (call, _) =>
            {
                if (call.Operation == "ReadWhole")
                {
                    bench.Source.AddFolder("renamed");
                }

                return ValueTask.CompletedTask;
            },
        };

        var summary = await bench.CopyAsync(source);

        Assert.True(bench.Target.Has("renamed"));
        Assert.False(bench.Target.Has("gone"));
        Assert.Equal((ItemResult.NotDeleted, 1), (Bench.Ledger(summary)["renamed"].Result, summary.ItemsNotDeleted));
    }

    [Fact]
    public async Task What_lies_in_a_replaced_folder_is_kept_when_the_source_has_it_again()
    {
        using var bench = Mirror();
        bench.Source.AddFile("d", "1").AddFile("keep", "1");
        bench.Target.AddFile("d/gone", "1").AddFile("d/precious", "1");
        var source = WithChange(bench.Source, () =>
        {
            bench.Source.Remove("d");
            bench.Source.AddFile("d/precious", "1");
        });

        var summary = await bench.CopyAsync(source);

        Assert.Equal((true, false), (bench.Target.Has("d/precious"), bench.Target.Has("d/gone")));
        Assert.Equal(
            ["d Failed", "d NotDeleted", "d/precious NotDeleted"],
            LedgerFile.Read(summary.LedgerPath!).Where(o => o.Path.ToString() != "keep").Select(o => $"{o.Path} {o.Result}").Order(StringComparer.Ordinal));
        Assert.Equal(1, summary.ItemsDeleted);
    }

    [Fact]
    public async Task A_file_where_the_source_has_a_prefix_is_kept_when_the_source_has_the_file_again()
    {
        using var bench = Mirror();
        bench.Source.Traits = MemoryVolume.Flat;
        bench.Source.AddFile("keep", "1").AddFile("x/y", "1");
        bench.Target.AddFile("x", "precious");
        var source = WithChange(bench.Source, () => bench.Source.AddFile("x", "precious"));

        var summary = await bench.CopyAsync(source);

        Assert.Equal("precious"u8, bench.Target.Content("x"));
        Assert.Equal((ItemResult.NotDeleted, ItemResult.Failed), (Bench.Ledger(summary)["x"].Result, Bench.Ledger(summary)["x/y"].Result));
    }

    [Fact]
    public async Task A_folder_that_was_filled_before_its_deletion_stays_and_is_told()
    {
        using var bench = Mirror();
        bench.Source.AddFile("keep", "1");
        bench.Target.AddFolder("filled");
        var source = new FaultVolume(bench.Source)
        {
            Meanwhile = (call, _) =>
            {
                if (call.Operation == "ReadWhole")
                {
                    bench.Target.AddFile("filled/new", "1");
                }

                return ValueTask.CompletedTask;
            },
        };

        var summary = await bench.CopyAsync(source);

        Assert.True(bench.Target.Has("filled/new"));
        Assert.Equal(ItemResult.NotDeleted, Bench.Ledger(summary)["filled"].Result);
    }

    [Fact]
    public async Task What_the_source_cannot_be_asked_about_is_kept()
    {
        using var bench = Mirror();
        bench.Source.AddFile("keep", "1");
        bench.Target.AddFile("old", "1");
        var source = new FaultVolume(bench.Source)
        {
            Before = call => call.Operation == "Find" ? new VolumeFault(VolumeFaultKind.Permission, "denied") : null,
        };

        var summary = await bench.CopyAsync(source);

        Assert.True(bench.Target.Has("old"));
        Assert.Equal(StatusCodes.ItemSourcePermission, Bench.Ledger(summary)["old"].Code);
    }

    [Fact]
    public async Task An_empty_source_folder_where_a_file_system_may_be_missing_stops_the_mirror()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(ItemsMin: 5) };
        bench.Source.AddFolder("mnt").AddFile("mnt.txt", "1");
        bench.Target.AddFile("mnt.txt", "1");
        foreach (var i in Enumerable.Range(0, 20))
        {
            bench.Source.AddFile($"other{i}", "1");
            bench.Target.AddFile($"other{i}", "1");
        }

        foreach (var i in Enumerable.Range(0, 5))
        {
            bench.Target.AddFile($"mnt/{i}", "1");
        }

        var summary = await bench.CopyAsync();

        Assert.Equal(RunOutcome.Failed, summary.Outcome);
        Assert.Contains("source folder mnt is empty, but the target has 5 items", summary.Fault?.Message, StringComparison.Ordinal);
        Assert.True(bench.Target.Has("mnt/0"));
    }

    [Fact]
    public async Task A_stated_share_does_not_make_a_mount_of_every_emptied_folder()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(0.9, ItemsMin: 1) { IsStated = true } };
        bench.Source.AddFolder("cleared").AddFile("keep", "1");
        bench.Target.AddFolder("cleared").AddFile("cleared/old", "1").AddFile("keep", "1");

        var summary = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Succeeded, 1), (summary.Outcome, summary.ItemsDeleted));
    }

    [Fact]
    public async Task A_plan_names_what_a_mirror_would_keep()
    {
        using var bench = Mirror();
        bench.Source.AddFile("keep", "1").AddFolder("dark");
        bench.Source.ScanFaults[EntryPath.Of("dark")] = new VolumeFault(VolumeFaultKind.Permission, "denied");
        bench.Target.AddFile("dark/f", "1");

        var plan = await bench.PlanAsync();

        Assert.Contains(plan, action => action is { Kind: PlannedActionKind.NotDeleted, Why: not null } && action.Path == EntryPath.Of("dark/f"));
        Assert.DoesNotContain(plan, action => action.Kind is PlannedActionKind.Delete);
    }

    [Fact]
    public async Task What_was_kept_is_told_once_however_often_the_run_is_cut_short()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(ShareMax: 1), Concurrency = 1 };
        bench.Source.AddFile("keep", "1");
        bench.Target.AddFile("held", "1").AddFile("old", "1");
        using var stop = new CancellationTokenSource();
        var isCut = false;
        var target = new FaultVolume(bench.Target)
        {
            Before = call => call.Operation == "Delete" && !isCut && call.Path == EntryPath.Of("old") ? new(VolumeFaultKind.Permission, "no") : null,
            Meanwhile = async (call, _) =>
            {
                if (call.Operation == "Delete" && !isCut && call.Path == EntryPath.Of("held"))
                {
                    isCut = true;
                    await stop.CancelAsync();
                }
            },
        };
        await bench.Run(target: target).RunAsync(stop.Token);
        bench.Target.AddFile("held", "1");
        target.Before = call => call.Operation == "Delete" && call.Path == EntryPath.Of("held") ? new(VolumeFaultKind.Permission, "no") : null;

        var summary = await bench.Run(target: target).RunAsync(default);
        var again = await bench.Run(target: target).RunAsync(default);

        Assert.Equal(["held"], Bench.Ledger(summary).Values.Where(o => o.Result is ItemResult.NotDeleted).Select(o => o.Path.ToString()));
        Assert.Equal((1, 1), (summary.ItemsNotDeleted, again.ItemsNotDeleted));
    }

    // Changes the source between the end of its listing and the deletions.
    private static FaultVolume WithChange(MemoryVolume source, Action change) => new(source)
    {
        Meanwhile = (call, _) =>
        {
            if (call.Operation == "ReadWhole" && call.Path == EntryPath.Of("keep"))
            {
                change();
            }

            return ValueTask.CompletedTask;
        },
    };
}
