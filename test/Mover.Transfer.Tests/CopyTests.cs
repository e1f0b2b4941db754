using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Transfer.Tests;

public sealed class CopyTests
{
    private static readonly UnixTime Later = new(1_700_000_000, 5_000_000);

    [Fact]
    public async Task Everything_arrives_with_its_metadata()
    {
        using var bench = new Bench();
        bench.Source.AddFile("a/b", "1").AddFile("a.txt", "22").AddFile("a-b/c", "3").AddFolder("empty", Later).AddLink("l", "a/b").AddFile("zero", "");

        var summary = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Succeeded, null), (summary.Outcome, summary.Fault));
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Assert.Equal((8, 8, 4, 4), (summary.Counters.ItemsScanned, summary.Counters.ItemsTransferred, summary.Counters.BytesTransferred, summary.BytesSent));
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_second_pass_writes_nothing()
    {
        using var bench = new Bench();
        bench.Source.AddFile("a/b", "1").AddFile("a/c/d", Bench.Bytes(300_000)).AddFolder("empty").AddLink("l", "a/b");
        await bench.CopyAsync();
        var before = bench.Target.Writes;

        var summary = await bench.CopyAsync();

        Assert.Equal(before, bench.Target.Writes);
        Assert.Equal((6, 300_001), (summary.Counters.ItemsNoTransferNeeded, summary.Counters.BytesNoTransferNeeded));
        Assert.Equal(StatusCodes.ItemTimesEqual, Bench.Ledger(summary)["a/b"].Code);
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_large_file_goes_in_blocks_and_arrives_whole()
    {
        using var bench = new Bench();
        var content = Bench.Bytes((64 * 1024 * 5) + 17);
        bench.Source.AddFile("big", content);

        var summary = await bench.CopyAsync();

        Assert.Equal(content, bench.Target.Content("big"));
        Assert.Equal((0, 6), (bench.Target.Puts, bench.Target.BlockWrites));
        Assert.Equal(Crc64.Compute(content), Bench.Ledger(summary)["big"].Crc64);
    }

    [Theory]
    [InlineData(IntegrityMode.SaveFileMd5)]
    [InlineData(IntegrityMode.SaveVerifyFileMd5)]
    public async Task Md5_is_stored_for_small_and_large_files(IntegrityMode mode)
    {
        using var bench = new Bench();
        var content = Bench.Bytes(64 * 1024 * 3);
        bench.Source.AddFile("big", content).AddFile("small", "1");
        bench.Options = bench.Options with { Integrity = mode };

        var summary = await bench.CopyAsync();

        var expected = new byte[16];
        Md5.Compute(content, expected);
        Assert.Equal(expected, bench.Target.Find("big").ContentMd5!.Value.ToArray());
        Assert.NotNull(bench.Target.Find("small").ContentMd5);
        Assert.Equal(expected, Bench.Ledger(summary)["big"].Md5!.Value.ToArray());
    }

    [Fact]
    public async Task Files_that_fill_the_memory_are_read_back_too()
    {
        const int FileBytes = 128 * 1024;
        using var bench = new Bench { Target = new(MemoryVolume.Hierarchical with { SinglePutBytesMax = FileBytes }) };
        bench.Options = bench.Options with { Integrity = IntegrityMode.SaveVerifyFileMd5, BufferBytes = 4 * FileBytes };
        foreach (var i in Enumerable.Range(0, 12))
        {
            bench.Source.AddFile($"f{i:D2}", Bench.Bytes(FileBytes, i));
        }

        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var puts = 0;
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, cancel) =>
            {
                if (call.Operation == "Put")
                {
                    _ = Interlocked.Increment(ref puts) == bench.Options.BufferBytes / FileBytes && full.TrySetResult();
                    await full.Task.WaitAsync(cancel);
                }
            },
        };

        var summary = await bench.CopyAsync(target: target).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(12, summary.Counters.ItemsTransferred);
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
    }

    [Fact]
    public async Task Metadata_alone_moves_no_bytes_and_is_counted_so()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "12345");
        await bench.CopyAsync();
        bench.Source.AddFile("f", "12345", posix: new PosixAttributes(0x1FF, 5, 6));

        var summary = await bench.CopyAsync();

        Assert.Equal(new PosixAttributes(0x1FF, 5, 6), bench.Target.Find("f").Posix);
        Assert.Equal((1, 0, 5, 0), (summary.Counters.ItemsTransferred, summary.Counters.BytesTransferred, summary.Counters.BytesNoTransferNeeded, summary.BytesSent));
        Bench.AssertIdentity(summary);
    }

    [Theory]
    [InlineData("1234", 0, true)]
    [InlineData("1235", 0, false)]
    [InlineData("1235", 1, true)]
    [InlineData("12345", 0, true)]
    public async Task A_file_is_copied_when_size_or_time_differ(string text, int secondsLater, bool isCopied)
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "1235");
        await bench.CopyAsync();
        var isSameAsBefore = text == "1235" && secondsLater == 0;
        bench.Source.AddFile("f", text, isSameAsBefore ? null : MemoryVolume.SomeTime with { Seconds = MemoryVolume.SomeTime.Seconds + 1 });
        var before = bench.Target.Puts;

        await bench.CopyAsync();

        Assert.Equal(isCopied, bench.Target.Puts > before);
        Assert.Equal(text, bench.Target.Text("f"));
    }

    [Fact]
    public async Task Times_within_the_targets_resolution_are_equal()
    {
        using var bench = new Bench { Target = new(MemoryVolume.Hierarchical with { ModifiedResolution = TimeSpan.FromSeconds(2) }) };
        bench.Source.AddFile("f", "1", new UnixTime(1_500_000_001, 999_000_000));
        await bench.CopyAsync();

        var summary = await bench.CopyAsync();

        Assert.Equal(1, summary.Counters.ItemsNoTransferNeeded);
    }

    [Fact]
    public async Task Without_times_at_the_target_its_md5_decides()
    {
        using var bench = new Bench { Target = new(MemoryVolume.Hierarchical with { ModifiedResolution = null }) };
        bench.Source.AddFile("same", "1").AddFile("other", "2").AddFile("unknown", "3");
        bench.Target.AddFile("same", "1"u8.ToArray(), md5: Md5Of("1"));
        bench.Target.AddFile("other", "9"u8.ToArray(), md5: Md5Of("9"));
        bench.Target.AddFile("unknown", "3");

        var summary = await bench.CopyAsync();

        var ledger = Bench.Ledger(summary);
        Assert.Equal(
            (ItemResult.NoTransferNeeded, ItemResult.Transferred, ItemResult.Transferred),
            (ledger["same"].Result, ledger["other"].Result, ledger["unknown"].Result));
        Assert.Equal((StatusCodes.ItemEqual, "2"), (ledger["same"].Code, bench.Target.Text("other")));
    }

    [Fact]
    public async Task Devices_pipes_and_sockets_are_counted_as_unsupported()
    {
        using var bench = new Bench();
        bench.Source.Add(EntryPath.Of("dev"), EntryType.Device).Add(EntryPath.Of("pipe"), EntryType.Fifo).AddFile("f", "1");

        var summary = await bench.CopyAsync();

        Assert.Equal((2, 1), (summary.Counters.ItemsUnsupported, summary.Counters.ItemsTransferred));
        Assert.Equal(StatusCodes.ItemTypeUnsupported, Bench.Ledger(summary)["dev"].Code);
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task On_a_flat_target_links_become_the_files_they_lead_to_or_fail()
    {
        using var bench = Bench.Flat();
        bench.Source.AddFile("d/file", "123").AddLink("good", "d/file").AddLink("dangling", "none").AddLink("out", "../../etc/passwd").AddLink("folder", "d");

        var summary = await bench.CopyAsync();

        Assert.Equal("123", bench.Target.Text("good"));
        Assert.Equal((3, 3, 6), (summary.Counters.ItemsFailed, summary.Counters.ItemsTransferred, summary.Counters.BytesTransferred));
        Assert.False(bench.Target.Has("out"));
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task Skipped_links_are_excluded()
    {
        using var bench = new Bench();
        bench.Source.AddLink("l", "x");
        bench.Options = bench.Options with { Symlinks = SymlinkPolicy.Skip };

        var summary = await bench.CopyAsync();

        Assert.Equal((1, StatusCodes.ItemExcluded), (summary.Counters.ItemsExcluded, Bench.Ledger(summary)["l"].Code));
        Assert.False(bench.Target.Has("l"));
    }

    [Theory]
    [InlineData(true, "a,a/b,empty")]
    [InlineData(false, "a/b,empty")]
    public async Task Flat_targets_get_markers_for_all_folders_with_metadata_and_for_empty_ones_without(bool preserves, string expected)
    {
        using var bench = Bench.Flat();
        bench.Source.AddFile("a/b", "1").AddFolder("empty");
        bench.Options = bench.Options with { PreserveMetadata = preserves };

        var summary = await bench.CopyAsync();

        Assert.Equal(expected, string.Join(',', bench.Target.Paths));
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_folders_time_stays_the_sources_after_its_content_changes()
    {
        using var bench = new Bench();
        bench.Source.AddFolder("d", new UnixTime(1_000_000_000, 0)).AddFile("d/x", "1");
        await bench.CopyAsync();
        bench.Source.AddFile("d/y", "2");

        var summary = await bench.CopyAsync();

        Assert.Equal(new UnixTime(1_000_000_000, 0), bench.Target.Find("d").Modified);
        Assert.Equal((1, 2), (summary.Counters.ItemsTransferred, summary.Counters.ItemsNoTransferNeeded));
    }

    [Fact]
    public async Task Folders_side_by_side_get_their_times_at_once()
    {
        using var bench = new Bench();
        bench.Source.AddFolder("d", new UnixTime(5, 0)).AddFolder("d/a", new UnixTime(6, 0)).AddFolder("d/b", new UnixTime(7, 0));
        bench.Target.AddFolder("d", new UnixTime(1, 0)).AddFolder("d/a", new UnixTime(1, 0)).AddFolder("d/b", new UnixTime(1, 0));
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, cancel) =>
            {
                if (call.Operation == "SetMetadata")
                {
                    order.Enqueue(call.Path.ToString());
                    _ = order.Count > 1 && both.TrySetResult();
                    await both.Task.WaitAsync(TimeSpan.FromSeconds(30), cancel);
                }
            },
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal("d", order.Last());
        Assert.Equal(3, summary.Counters.ItemsTransferred);
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
    }

    [Fact]
    public async Task A_folder_in_a_files_place_fails_clearly_in_additive_mode()
    {
        using var bench = new Bench();
        bench.Source.AddFile("x", "1").AddFile("y/z", "2");
        bench.Target.AddFile("x/inner", "keep").AddFile("y", "keep");

        var summary = await bench.CopyAsync();

        Assert.Equal(("keep", "keep"), (bench.Target.Text("x/inner"), bench.Target.Text("y")));
        Assert.Equal(StatusCodes.ItemOther, Bench.Ledger(summary)["x"].Code);
        Assert.Equal(3, summary.Counters.ItemsFailed);
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_folder_in_a_files_place_is_replaced_in_mirror_mode()
    {
        using var bench = new Bench();
        bench.Source.AddFile("x", "1").AddFile("x.txt", "t").AddFile("y/z", "2").AddFile("y/w/v", "3");
        bench.Target.AddFile("x/inner/deep", "gone").AddFile("y", "gone");
        bench.Options = bench.Options with { Mode = CopyMode.Mirror };

        var summary = await bench.CopyAsync();

        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Assert.Equal((4, 0), (summary.ItemsDeleted, summary.Counters.ItemsFailed));
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task An_unordered_target_is_noticed_and_the_pass_starts_again_sorted()
    {
        using var bench = new Bench();
        foreach (var i in Enumerable.Range(0, 300))
        {
            bench.Source.AddFile($"f{i}", "1");
        }

        await bench.CopyAsync();
        bench.Target.ScansBackwards = true;
        bench.Target.AddFile("extra", "1");
        bench.Options = bench.Options with { Mode = CopyMode.Mirror };

        var summary = await bench.CopyAsync();

        Assert.Equal((RunOutcome.Succeeded, 1), (summary.Outcome, summary.ItemsDeleted));
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task Both_sides_may_come_unordered_when_they_say_so()
    {
        using var bench = new Bench { Target = new(MemoryVolume.Hierarchical with { ScansInPathOrder = false }) { ScansBackwards = true } };
        bench.Source.Traits = MemoryVolume.Hierarchical with { ScansInPathOrder = false };
        bench.Source.ScansBackwards = true;
        bench.Source.AddFile("a/b", "1").AddFile("a/c", "1").AddFile("b", "2");
        await bench.CopyAsync();

        var summary = await bench.CopyAsync();

        Assert.Equal(4, summary.Counters.ItemsNoTransferNeeded);
    }

    [Fact]
    public async Task Names_of_any_bytes_arrive()
    {
        using var bench = new Bench();
        bench.Source.Add(new EntryPath([0xFF, 0xFE, (byte)'\n']), EntryType.File, [1]).Add(EntryPath.Of("tab\there % \u2028"), EntryType.File, [2]);

        var summary = await bench.CopyAsync();

        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_finished_run_answers_with_its_end_when_it_is_run_again()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "1");
        var first = await bench.Run().RunAsync(default);
        bench.Source.AddFile("g", "1");

        var second = await bench.Run().RunAsync(default);

        Assert.Equal((first.Counters, first.MerkleRoot), (second.Counters, second.MerkleRoot));
        Assert.False(bench.Target.Has("g"));
    }

    private static byte[] Md5Of(string text)
    {
        var digest = new byte[Md5.SizeBytes];
        Md5.Compute(System.Text.Encoding.UTF8.GetBytes(text), digest);
        return digest;
    }

    [Fact]
    public async Task A_large_file_in_progress_is_reported_apart_from_the_counters()
    {
        using var bench = new Bench();
        bench.Source.AddFile("big", Bench.Bytes(200_000)).AddFile("refused", Bench.Bytes(200_000));
        bench.Options = bench.Options with { Concurrency = 1 };
        TransferRun? run = null;
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, TransferSnapshot>();
        var target = new FaultVolume(bench.Target)
        {
            Before = call =>
            {
                if (call.Operation == "Commit")
                {
                    seen[call.Path.ToString()] = run!.Snapshot();
                }

                return call is { Operation: "Commit" } && call.Path == EntryPath.Of("refused") ? new(VolumeFaultKind.Permission, "no") : null;
            },
        };
        run = bench.Run(target: target);

        var summary = await run.RunAsync(default);

        Bench.AssertIdentity(summary);
        Assert.Equal((new FilesInFlight(1, 200_000), 0), (seen["big"].InFlight, seen["big"].Counters.BytesTransferred));
        Assert.Equal(new FilesInFlight(1, 200_000), seen["refused"].InFlight);
        Assert.Null(run.Snapshot().InFlight);
        Assert.Equal((200_000, 200_000), (summary.Counters.BytesTransferred, summary.Counters.BytesFailed));
    }
}
