using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Journal;
using Mover.Transfer.Ledger;

namespace Mover.Transfer.Tests;

public sealed class ResumeTests
{
    private const int BlockBytes = 64 * 1024;
    private const int BlocksOfBig = 12;

    [Fact]
    public async Task A_run_cut_at_any_call_continues_and_ends_right()
    {
        for (var cut = 1; cut < 60; cut += 3)
        {
            using var bench = Filled();
            using var stop = new CancellationTokenSource();
            var target = new FaultVolume(bench.Target)
            {
                Meanwhile = async (call, _) =>
                {
                    if (call.Number >= cut)
                    {
                        await stop.CancelAsync();
                    }
                },
            };
            await bench.Run(target: target).RunAsync(stop.Token);

            var summary = await bench.Run().RunAsync(default);

            AssertRight(bench, summary, $"cut at call {cut}");
            Assert.InRange(bench.Target.BlockWrites, BlocksOfBig, BlocksOfBig + bench.Target.Traits.ConcurrencyHint);
        }
    }

    [Fact]
    public async Task A_run_is_not_continued_from_another_place_of_the_same_name()
    {
        using var bench = new Bench();
        bench.Source.Traits = bench.Source.Traits with { Place = "file:///one" };
        bench.Source.AddFile("a", "1").AddFile("b", "2");
        await bench.CutBeforeAsync("b");
        bench.Source.Traits = bench.Source.Traits with { Place = "file:///two" };

        var refused = await bench.Run().RunAsync(default);

        Assert.Equal(RunOutcome.Failed, refused.Outcome);
        Assert.Contains("file:///one", refused.Fault?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stored_file_that_is_gone_or_another_at_the_target_is_not_vouched_for(bool isGone)
    {
        using var bench = new Bench();
        bench.Source.AddFile("a", "stored").AddFile("b", "2");
        await bench.CutBeforeAsync("b");
        Assert.True(bench.Target.Has("a"));
        bench.Target.Remove("a");
        if (!isGone)
        {
            bench.Target.AddFile("a", "of another");
        }

        var resumed = await bench.Run().RunAsync(default);
        var anew = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Failed, RunOutcome.Succeeded), (resumed.Outcome, anew.Outcome));
        Assert.Contains("The target changed", resumed.Fault?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_another_file_of_the_same_size_by_now_is_copied_again_and_told_once(bool isSource)
    {
        using var bench = new Bench();
        bench.Source.AddFile("a", "stored").AddFile("b", "2").AddFile("c", "3");
        await bench.CutBeforeAsync("b");
        _ = isSource ? bench.Source.AddFile("a", "change", new UnixTime(1_700_000_000, 0))
            : bench.Target.AddFile("a", "others", new UnixTime(1_700_000_000, 0));

        await bench.CutBeforeAsync("c");
        var summary = await bench.Run().RunAsync(default);

        AssertRight(bench, summary, isSource ? "source changed" : "target changed");
        Assert.Equal((3, 3), (summary.Counters.ItemsScanned, summary.Counters.ItemsTransferred));
    }

    [Fact]
    public async Task A_journal_torn_at_any_frame_or_inside_the_last_is_continued()
    {
        // Group commits fall differently each time, so each journal is cut at its own boundaries, as far as it has them.
        var tried = 0;
        for (var more = true; more; tried++)
        {
            using var bench = Filled();
            var journal = await CutAsync(bench, 45);
            var cuts = Cuts(journal).ToArray();
            more = tried + 1 < cuts.Length;
            var length = cuts[Math.Min(tried, cuts.Length - 1)];
            File.WriteAllBytes(bench.Journal, journal[..length]);

            var summary = await bench.Run().RunAsync(default);

            AssertRight(bench, summary, $"journal of {journal.Length} bytes cut to {length}");
        }

        Assert.True(tried > 10, $"Only {tried} cuts were tried.");
    }

    [Fact]
    public async Task Acknowledged_blocks_are_not_sent_again()
    {
        using var bench = new Bench();
        bench.Source.AddFile("big", Bench.Bytes(BlockBytes * BlocksOfBig));
        bench.Options = bench.Options with { Concurrency = 2 };
        using var stop = new CancellationTokenSource();
        var written = 0;
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, _) =>
            {
                if (call.Operation == "WriteBlock" && Interlocked.Increment(ref written) == 7)
                {
                    await stop.CancelAsync();
                }
            },
        };
        await bench.Run(target: target).RunAsync(stop.Token);

        var summary = await bench.Run().RunAsync(default);

        Assert.Equal(RunOutcome.Succeeded, summary.Outcome);
        Assert.Equal(bench.Source.Content("big"), bench.Target.Content("big"));
        Assert.InRange(bench.Target.BlockWrites, BlocksOfBig, BlocksOfBig + 2);
        Assert.True(summary.BytesSent <= BlockBytes * (BlocksOfBig - 4L));
    }

    [Fact]
    public async Task Blocks_of_another_version_of_the_file_are_not_used()
    {
        using var bench = new Bench();
        bench.Source.AddFile("big", Bench.Bytes(BlockBytes * BlocksOfBig));
        await CutAsync(bench, 8);
        var newer = Bench.Bytes(BlockBytes * BlocksOfBig, seed: 2);
        bench.Source.AddFile("big", newer, new UnixTime(1_700_000_000, 0));

        var summary = await bench.Run().RunAsync(default);

        Assert.Equal(1, summary.Counters.ItemsTransferred);
        Assert.Equal(newer, bench.Target.Content("big"));
    }

    [Fact]
    public void Where_no_inode_tells_versions_of_a_file_apart_the_services_tag_does()
    {
        Entry Version(string tag) => new() { Path = EntryPath.Of("f"), Type = EntryType.File, SizeBytes = 1, Modified = new(1, 0), ETag = tag };

        Assert.Equal(FileIdentity.Of(Version("0x1")), FileIdentity.Of(Version("0x1")));
        Assert.NotEqual(FileIdentity.Of(Version("0x1")), FileIdentity.Of(Version("0x2")));
    }

    [Fact]
    public async Task A_journal_damaged_in_the_middle_is_noticed_and_nothing_is_done()
    {
        using var bench = Filled();
        await CutAsync(bench, 55);
        var bytes = File.ReadAllBytes(bench.Journal);
        using (var file = new FileStream(bench.Journal, FileMode.Append))
        {
            JournalWriter.Append(file, []);
        }

        var damaged = File.ReadAllBytes(bench.Journal);
        damaged[JournalFormat.HeaderBytes + 2] ^= 1;
        File.WriteAllBytes(bench.Journal, damaged);
        var before = bench.Target.Writes;

        var summary = await bench.Run().RunAsync(default);

        Assert.Equal((RunOutcome.Failed, Core.Jobs.StatusCodes.JobNotResumed), (summary.Outcome, summary.Fault?.Code));
        Assert.Equal((before, damaged.Length), (bench.Target.Writes, new FileInfo(bench.Journal).Length));
        Assert.True(bytes.Length > 0);
    }

    [Fact]
    public async Task A_folder_that_another_run_works_in_is_refused_and_that_run_ends_well()
    {
        using var bench = new Bench();
        bench.Source.AddFile("a", "1").AddFile("b", "2");
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, cancel) =>
            {
                if (call.Operation == "Put")
                {
                    begun.TrySetResult();
                    await goOn.Task.WaitAsync(cancel);
                }
            },
        };

        var first = bench.Run(target: target).RunAsync(default);
        await begun.Task;
        var second = await bench.Run().RunAsync(default);
        var isInUse = RunJournal.IsInUse(bench.RunFolder);
        goOn.SetResult();

        Assert.Equal((RunOutcome.Failed, StatusCodes.JobOther, true), (second.Outcome, second.Fault?.Code, isInUse));
        Assert.Equal((RunOutcome.Succeeded, 2), ((await first).Outcome, (await first).Counters.ItemsTransferred));
        Assert.False(RunJournal.IsInUse(bench.RunFolder));
    }

    [Fact]
    public async Task A_folder_of_another_run_is_refused()
    {
        using var bench = Filled();
        await CutAsync(bench, 30);
        bench.Options = bench.Options with { Mode = CopyMode.Mirror };

        var summary = await bench.Run().RunAsync(default);

        Assert.Equal(Core.Jobs.StatusCodes.JobNotResumed, summary.Fault?.Code);
    }

    private static Bench Filled()
    {
        var bench = new Bench();
        foreach (var i in Enumerable.Range(0, 8))
        {
            bench.Source.AddFile($"d{i % 3}/f{i}", $"content {i}").AddFolder($"d{i % 3}/e{i}").AddLink($"l{i}", "d0/f0");
        }

        bench.Source.AddFile("big", Bench.Bytes(BlockBytes * BlocksOfBig));
        return bench;
    }

    private static async Task<byte[]> CutAsync(Bench bench, int call)
    {
        using var stop = new CancellationTokenSource();
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (made, _) =>
            {
                if (made.Number >= call)
                {
                    await stop.CancelAsync();
                }
            },
        };
        var summary = await bench.Run(target: target).RunAsync(stop.Token);
        Assert.Equal(RunOutcome.Canceled, summary.Outcome);
        return File.ReadAllBytes(bench.Journal);
    }

    private static IEnumerable<int> Cuts(byte[] journal)
    {
        var last = 0;
        for (var at = 0; at < journal.Length;)
        {
            yield return at;
            last = at;
            at += JournalFormat.HeaderBytes + JournalFormat.ReadHeader(journal.AsSpan(at, JournalFormat.HeaderBytes));
        }

        for (var at = last + 1; at < journal.Length; at++)
        {
            yield return at;
        }
    }

    private static void AssertRight(Bench bench, TransferSummary summary, string when)
    {
        Assert.True(summary.Outcome is RunOutcome.Succeeded, $"{when}: {summary.Fault}");
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Bench.AssertIdentity(summary);
        var paths = LedgerFile.Read(summary.LedgerPath!).Select(o => o.Path).ToArray();
        Assert.Equal(bench.Source.Paths, paths);
        Assert.False(File.Exists(bench.Journal));
    }
}
