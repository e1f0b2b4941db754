using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Tests;

public sealed class MirrorTests
{
    private static Bench Mirror() => new() { Options = new() { Mode = CopyMode.Mirror, Retry = new() { DelayMin = TimeSpan.FromMilliseconds(1) } } };

    [Fact]
    public async Task Extra_items_go_children_before_parents()
    {
        using var bench = Mirror();
        bench.Source.AddFile("keep", "1").AddFolder("d");
        bench.Target.AddFile("d/old/a/b", "1").AddFile("d/old.txt", "1").AddFile("zzz", "1");

        var summary = await bench.CopyAsync();

        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Assert.Equal(5, summary.ItemsDeleted);
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task Additive_keeps_extras()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "1");
        bench.Target.AddFile("extra", "1");

        await bench.CopyAsync();

        Assert.True(bench.Target.Has("extra"));
    }

    [Fact]
    public async Task Nothing_is_deleted_below_a_folder_that_could_not_be_read()
    {
        using var bench = Mirror();
        bench.Source.AddFolder("dark").AddFile("dark.txt", "1");
        bench.Source.ScanFaults[EntryPath.Of("dark")] = new VolumeFault(VolumeFaultKind.Permission, "denied");
        bench.Target.AddFile("dark/precious", "1").AddFile("extra", "1");

        var summary = await bench.CopyAsync();

        Assert.True(bench.Target.Has("dark/precious"));
        Assert.False(bench.Target.Has("extra"));
        Assert.Equal((1, 1, 1), (summary.Counters.ItemsFailed, summary.ItemsDeleted, summary.ItemsNotDeleted));
        Assert.Equal(StatusCodes.ItemSourcePermission, Bench.Ledger(summary)["dark"].Code);
    }

    [Fact]
    public async Task Nothing_is_deleted_when_the_source_scan_breaks_off()
    {
        using var bench = Mirror();
        bench.Source.BatchItems = 1;
        bench.Source.AddFile("a", "1").AddFile("b", "1");
        bench.Target.AddFile("extra", "1");
        var source = new FaultVolume(bench.Source)
        {
            Before = call => call is { Operation: "Scan", Path: var path } && path == EntryPath.Of("b")
                ? new VolumeFault(VolumeFaultKind.Transport, "cut")
                : null,
        };

        var summary = await bench.CopyAsync(source);

        Assert.Equal((RunOutcome.Failed, StatusCodes.SourceScanError), (summary.Outcome, summary.Fault?.Code));
        Assert.True(bench.Target.Has("extra"));
    }

    [Fact]
    public async Task The_guard_stops_a_mirror_that_would_delete_too_much()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(0.5, 3) };
        bench.Source.AddFile("keep", "1");
        bench.Target.AddFile("keep", "1").AddFile("x1", "1").AddFile("x2", "1").AddFile("x3", "1");

        var summary = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Failed, StatusCodes.JobOther, 0), (summary.Outcome, summary.Fault?.Code, summary.ItemsDeleted));
        Assert.Contains("3 of 4", summary.Fault!.Message, StringComparison.Ordinal);
        Assert.Equal(4, bench.Target.Count);
    }

    [Fact]
    public async Task A_stopped_mirror_is_stopped_again_although_its_copies_are_there_now()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(0.5, 3), GuardMarkPath = Path.Combine(bench.Folder, "guard") };
        bench.Target.AddFile("x1", "1").AddFile("x2", "1").AddFile("x3", "1");
        foreach (var number in Enumerable.Range(0, 9))
        {
            bench.Source.AddFile($"new{number}", "1");
        }

        var first = await bench.CopyAsync();
        var again = await bench.CopyAsync();
        bench.Options = bench.Options with { DeleteGuard = new(1) { IsStated = true } };
        var stated = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Failed, RunOutcome.Failed, RunOutcome.Succeeded), (first.Outcome, again.Outcome, stated.Outcome));
        Assert.Contains("3 of 3", again.Fault!.Message, StringComparison.Ordinal);
        Assert.Equal((0, 3, 9), (again.ItemsDeleted, stated.ItemsDeleted, bench.Target.Count));
        Assert.False(File.Exists(bench.Options.GuardMarkPath));
    }

    [Fact]
    public async Task A_stop_of_a_mirror_that_was_cut_short_before_is_remembered()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(0.5, 3), GuardMarkPath = Path.Combine(bench.Folder, "guard") };
        bench.Target.AddFile("both", "old").AddFile("x1", "1").AddFile("x2", "1").AddFile("x3", "1");
        bench.Source.AddFile("both", "new!");
        foreach (var number in Enumerable.Range(0, 9))
        {
            bench.Source.AddFile($"new{number}", "1");
        }

        await bench.CutBeforeAsync("new5");
        var resumed = await bench.Run().RunAsync(default);
        var anew = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Failed, RunOutcome.Failed), (resumed.Outcome, anew.Outcome));
        Assert.Contains("3 of 4", resumed.Fault!.Message, StringComparison.Ordinal);
        Assert.Equal("4", File.ReadAllText(bench.Options.GuardMarkPath));
        Assert.True(bench.Target.Has("x1"));
    }

    [Fact]
    public async Task A_stop_that_cannot_be_remembered_deletes_nothing_and_says_which_file()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(0.5, 3), GuardMarkPath = Path.Combine(bench.Folder, "none", "guard") };
        bench.Source.AddFile("new", "1");
        bench.Target.AddFile("x1", "1").AddFile("x2", "1").AddFile("x3", "1");

        var summary = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Failed, 0, 4), (summary.Outcome, summary.ItemsDeleted, bench.Target.Count));
        Assert.Contains("none", summary.Fault?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("many")]
    [InlineData("99999999999999999999999999999999999999")]
    public async Task A_mark_that_cannot_be_read_stops_the_mirror(string mark)
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(0.5, 3), GuardMarkPath = Path.Combine(bench.Folder, "guard") };
        File.WriteAllText(bench.Options.GuardMarkPath!, mark);
        foreach (var number in Enumerable.Range(0, 9))
        {
            bench.Source.AddFile($"both{number}", "1");
            bench.Target.AddFile($"both{number}", "1");
        }

        bench.Target.AddFile("x1", "1").AddFile("x2", "1").AddFile("x3", "1");

        Assert.Equal(RunOutcome.Failed, (await bench.CopyAsync()).Outcome);
    }

    [Fact]
    public async Task What_the_run_itself_stores_does_not_make_its_deletions_few()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(0.5, 3) };
        bench.Source.AddFile("a", "1").AddFile("b", "1").AddFile("c", "1").AddFile("d", "1");
        bench.Target.AddFile("x1", "1").AddFile("x2", "1").AddFile("x3", "1");
        await bench.CutBeforeAsync("d");

        var resumed = await bench.Run().RunAsync(default);

        Assert.Equal((RunOutcome.Failed, 0), (resumed.Outcome, resumed.ItemsDeleted));
    }

    [Fact]
    public async Task An_empty_source_deletes_nothing_unless_the_guard_is_off()
    {
        using var bench = Mirror();
        bench.Target.AddFile("only", "1");

        var guarded = await bench.CopyAsync();
        bench.Options = bench.Options with { DeleteGuard = new(ShareMax: 1) };
        var unguarded = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Failed, RunOutcome.Succeeded, 0), (guarded.Outcome, unguarded.Outcome, bench.Target.Count));
    }

    [Theory]
    [InlineData("kind://host/data", "kind://host/data", true)]
    [InlineData("kind://host/data/new", "kind://host/data", true)]
    [InlineData("kind://host/data", "kind://host/data/new", true)]
    [InlineData("kind://host", "kind://host/data", true)]
    [InlineData("kind://host/data", "kind://host/data2", false)]
    [InlineData("kind://host/data", "other://host/data", false)]
    [InlineData("kind://host/data", null, false)]
    public async Task Nothing_is_done_when_one_side_lies_within_the_other(string from, string? to, bool isRefused)
    {
        using var bench = Mirror();
        bench.Source.Traits = MemoryVolume.Hierarchical with { Place = from };
        bench.Target.Traits = MemoryVolume.Hierarchical with { Place = to };
        bench.Source.AddFile("f", "1");

        var summary = await bench.CopyAsync();
        var planned = await Record.ExceptionAsync(() => bench.PlanAsync());

        Assert.Equal(isRefused ? StatusCodes.TargetPathInvalid : null, summary.Fault?.Code);
        Assert.Equal(isRefused ? StatusCodes.TargetPathInvalid : null, (planned as TransferFaultException)?.Fault.Code);
        Assert.Equal(!isRefused, bench.Target.Has("f"));
    }

    [Fact]
    public async Task A_deletion_that_fails_is_reported_and_the_run_ends_well()
    {
        using var bench = Mirror();
        bench.Source.AddFile("f", "1");
        bench.Target.AddFile("x", "1");
        var target = new FaultVolume(bench.Target)
        {
            Before = call => call.Operation == "Delete" ? new VolumeFault(VolumeFaultKind.Permission, "no") : null,
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal((RunOutcome.Succeeded, 0, 1), (summary.Outcome, summary.ItemsDeleted, summary.ItemsNotDeleted));
    }

    [Fact]
    public async Task Deletions_run_side_by_side_and_a_folder_waits_for_its_contents()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { Concurrency = 4, DeleteGuard = new(ShareMax: 1) };
        bench.Source.AddFile("keep", "1");
        for (var i = 0; i < 40; i++)
        {
            bench.Target.AddFile($"old/deep/{i}", "1").AddFile($"old/{i}", "1");
        }

        var (inFlight, most) = (0, 0);
        var together = new TaskCompletionSource();
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, cancel) =>
            {
                if (call.Operation != "Delete")
                {
                    return;
                }

                most = Math.Max(most, Interlocked.Increment(ref inFlight));
                if (most >= 4)
                {
                    together.TrySetResult();
                }

                await together.Task.WaitAsync(TimeSpan.FromMinutes(1), cancel);
                Interlocked.Decrement(ref inFlight);
            },
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal((82, 0, 4), (summary.ItemsDeleted, summary.ItemsNotDeleted, most));
        Assert.Equal(1, bench.Target.Count);
    }

    [Fact]
    public async Task Deletions_before_a_stop_are_counted_by_the_run_that_continues()
    {
        using var bench = Mirror();
        bench.Options = bench.Options with { DeleteGuard = new(ShareMax: 1) };
        bench.Source.AddFile("keep", "1");
        for (var i = 0; i < 50; i++)
        {
            bench.Target.AddFile($"old{i}", "1");
        }

        using var stop = new CancellationTokenSource();
        var deletions = 0;
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, _) =>
            {
                if (call.Operation == "Delete" && Interlocked.Increment(ref deletions) == 20)
                {
                    await stop.CancelAsync();
                }
            },
        };
        var cut = await bench.Run(target: target).RunAsync(stop.Token);

        var summary = await bench.Run().RunAsync(default);

        Assert.InRange(cut.ItemsDeleted, 1, 49);
        Assert.Equal((RunOutcome.Canceled, 50), (cut.Outcome, summary.ItemsDeleted));
    }

    [Fact]
    public async Task Deletions_are_counted_while_they_continue_and_their_number_is_known_from_the_first()
    {
        using var bench = Mirror();
        bench.Source.AddFile("keep", "1").AddFile("new", "1");
        for (var i = 0; i < 10; i++)
        {
            bench.Target.AddFile($"old{i}", "1");
        }

        TransferRun? run = null;
        var seen = new System.Collections.Concurrent.ConcurrentQueue<(string Operation, DeletionProgress? Deletions)>();
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = (call, _) =>
            {
                seen.Enqueue((call.Operation, run?.Snapshot().Deletions));
                return ValueTask.CompletedTask;
            },
        };
        run = bench.Run(target: target);

        await run.RunAsync(default);

        var (deleting, before) = (seen.Where(one => one.Operation == "Delete").ToList(), seen.Where(one => one.Operation != "Delete").ToList());
        Assert.Equal((10, 10), (deleting.Count, deleting.Count(one => one.Deletions is { Total: 10, Done: < 10 })));
        Assert.True(before.Count > 0 && before.All(one => one.Deletions is null));
        Assert.Equal(new(10, 10), run.Snapshot().Deletions);
    }
}
