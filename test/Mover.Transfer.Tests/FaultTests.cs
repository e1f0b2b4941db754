using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Journal;

namespace Mover.Transfer.Tests;

public sealed class FaultTests
{
    private static VolumeFault Transient(VolumeFaultKind kind) => new(kind, kind.ToString(), IsTransient: true);

    [Theory]
    [InlineData(VolumeFaultKind.Timeout)]
    [InlineData(VolumeFaultKind.Transport)]
    [InlineData(VolumeFaultKind.Throttled)]
    [InlineData(VolumeFaultKind.Status)]
    [InlineData(VolumeFaultKind.Integrity)]
    public async Task Faults_that_pass_are_tried_again(VolumeFaultKind kind)
    {
        using var bench = new Bench();
        bench.Source.AddFile("a/f", "1").AddFile("a/big", Bench.Bytes(200_000)).AddLink("l", "f");
        var seen = new ConcurrentDictionary<(string, EntryPath), int>();
        var target = new FaultVolume(bench.Target)
        {
            Before = call => call.Operation != "Scan" && seen.AddOrUpdate((call.Operation, call.Path), 1, (_, n) => n + 1) <= 2 ? Transient(kind) : null,
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal((RunOutcome.Succeeded, 4), (summary.Outcome, summary.Counters.ItemsTransferred));
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_scan_that_breaks_in_a_way_nobody_foresaw_ends_the_run(bool isSource)
    {
        using var bench = new Bench();
        bench.Source.AddFile("a", "1");
        bench.Target.AddFile("b", "1");
        var broken = new FaultVolume(isSource ? bench.Source : bench.Target)
        {
            Meanwhile = (call, _) => call.Operation == "Scan" ? throw new UnauthorizedAccessException("no spill") : ValueTask.CompletedTask,
        };

        var summary = await bench.CopyAsync(isSource ? broken : null, isSource ? null : broken).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((RunOutcome.Failed, StatusCodes.JobOther), (summary.Outcome, summary.Fault?.Code));
    }

    [Fact]
    public async Task What_could_be_listed_of_a_folder_waits_until_the_folder_is_there()
    {
        using var bench = new Bench();
        bench.Options = bench.Options with { Concurrency = 3 };
        bench.Source.AddFile("d/x", "1").AddFile("e", "2");
        bench.Source.ScanFaults[EntryPath.Of("d")] = new VolumeFault(VolumeFaultKind.Io, "broke off");
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, cancel) =>
            {
                _ = call is { Operation: "Put", Path: var path } && path == EntryPath.Of("e") && passed.TrySetResult();
                await (call.Operation == "PutFolder" ? passed.Task.WaitAsync(TimeSpan.FromSeconds(30), cancel) : Task.CompletedTask);
            },
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal((1, 2), (summary.Counters.ItemsFailed, summary.Counters.ItemsTransferred));
        Assert.Equal("1", bench.Target.Text("d/x"));
    }

    [Fact]
    public async Task A_target_that_is_gone_ends_the_run_and_it_continues_when_it_is_back()
    {
        using var bench = new Bench();
        bench.Source.AddFile("a", "1").AddFile("b", "2").AddFile("c", "3");
        var isGone = true;
        var target = new FaultVolume(bench.Target)
        {
            Before = call => isGone && call.Operation == "Put" && call.Path != EntryPath.Of("a")
                ? new VolumeFault(VolumeFaultKind.NotFound, "no container", Code: StatusCodes.TargetPathInvalid)
                : null,
        };

        var first = await bench.Run(target: target).RunAsync(default);
        isGone = false;
        var second = await bench.Run(target: target).RunAsync(default);

        Assert.Equal((RunOutcome.Failed, StatusCodes.TargetPathInvalid), (first.Outcome, first.Fault?.Code));
        Assert.Equal((RunOutcome.Succeeded, 3, 0), (second.Outcome, second.Counters.ItemsTransferred, second.Counters.ItemsFailed));
    }

    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 10)]
    [InlineData(true, 200_000)]
    public async Task What_reads_back_otherwise_than_it_was_sent_is_copied_again_by_the_next_run(bool preserves, int length)
    {
        using var bench = new Bench();
        bench.Options = bench.Options with { Integrity = IntegrityMode.SaveVerifyFileMd5, PreserveMetadata = preserves };
        bench.Source.AddFile("f", Bench.Bytes(length));
        var target = new FaultVolume(bench.Target)
        {
            After = call =>
            {
                if (call.Operation is "Put" or "Commit")
                {
                    var stored = bench.Target.Find("f");
                    bench.Target.AddFile("f", Bench.Bytes(length, seed: 2), stored.Modified, stored.Posix, stored.ContentMd5!.Value.ToArray());
                }

                return null;
            },
        };

        var first = await bench.CopyAsync(target: target);
        var second = await bench.CopyAsync();

        Assert.Equal((1, 0), (first.Counters.ItemsFailed, first.Counters.ItemsTransferred));
        Assert.Equal((0, 1), (second.Counters.ItemsFailed, second.Counters.ItemsTransferred));
        Assert.Equal(bench.Source.Content("f"), bench.Target.Content("f"));
    }

    [Fact]
    public async Task Lost_answers_do_no_harm()
    {
        using var bench = new Bench();
        bench.Source.AddFile("a/f", "1").AddFile("a/big", Bench.Bytes(200_000)).AddFolder("e");
        var seen = new ConcurrentDictionary<(string, EntryPath), int>();
        var target = new FaultVolume(bench.Target)
        {
            After = call => call.Operation != "Scan" && seen.TryAdd((call.Operation, call.Path), 1) ? Transient(VolumeFaultKind.Transport) : null,
        };

        var summary = await bench.CopyAsync(target: target);

        Assert.Equal(4, summary.Counters.ItemsTransferred);
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
    }

    [Theory]
    [InlineData("Put", VolumeFaultKind.Permission, 2069)]
    [InlineData("Put", VolumeFaultKind.Timeout, 2067)]
    [InlineData("Put", VolumeFaultKind.Transport, 2065)]
    [InlineData("Put", VolumeFaultKind.Leased, 2070)]
    [InlineData("Put", VolumeFaultKind.Status, 2066)]
    [InlineData("ReadWhole", VolumeFaultKind.Permission, 2062)]
    [InlineData("ReadWhole", VolumeFaultKind.Io, 2063)]
    [InlineData("ReadWhole", VolumeFaultKind.Timeout, 2064)]
    [InlineData("ReadWhole", VolumeFaultKind.NotFound, 2063)]
    public async Task An_item_that_keeps_failing_gets_the_code_of_its_fault(string operation, VolumeFaultKind kind, int code)
    {
        using var bench = new Bench();
        bench.Source.AddFile("bad", "123").AddFile("good", "1");
        VolumeFault? Before(VolumeCall call) => call.Operation == operation && call.Path == EntryPath.Of("bad") ? Transient(kind) : null;

        var summary = await bench.CopyAsync(new FaultVolume(bench.Source) { Before = Before }, new FaultVolume(bench.Target) { Before = Before });

        Assert.Equal(RunOutcome.Succeeded, summary.Outcome);
        Assert.Equal((1, 3, 1), (summary.Counters.ItemsFailed, summary.Counters.BytesFailed, summary.Counters.ItemsTransferred));
        Assert.Equal(new StatusCode(code), Bench.Ledger(summary)["bad"].Code);
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_file_that_changes_once_while_it_is_read_arrives_in_its_new_version()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "old");
        var changed = false;
        var source = new FaultVolume(bench.Source)
        {
            Meanwhile = (call, _) =>
            {
                if (call.Operation == "ReadWhole" && !changed)
                {
                    changed = true;
                    bench.Source.AddFile("f", "newer", new UnixTime(1_700_000_000, 0));
                }

                return ValueTask.CompletedTask;
            },
        };

        var summary = await bench.CopyAsync(source);

        Assert.Equal(("newer", 5), (bench.Target.Text("f"), summary.Counters.BytesTransferred));
        Bench.AssertIdentity(summary);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(200_000)]
    public async Task A_file_that_never_stops_changing_fails_clearly_and_is_never_stored_torn(int length)
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", Bench.Bytes(length));
        var seconds = 0;
        var source = new FaultVolume(bench.Source)
        {
            Meanwhile = (call, _) =>
            {
                if (call.Operation is "ReadWhole" or "CheckUnchanged")
                {
                    bench.Source.AddFile("f", Bench.Bytes(length + 1, ++seconds), new UnixTime(1_700_000_000 + seconds, 0));
                }

                return ValueTask.CompletedTask;
            },
        };

        var summary = await bench.CopyAsync(source);

        Assert.Equal(StatusCodes.ItemSourceIo, Bench.Ledger(summary)["f"].Code);
        Assert.Contains("changed while it was being read", Bench.Ledger(summary)["f"].Details, StringComparison.Ordinal);
        Assert.False(bench.Target.Has("f"));
        Bench.AssertIdentity(summary);
    }

    [Fact]
    public async Task A_file_that_vanishes_is_reported()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "1").AddFile("g", "1");
        var source = new FaultVolume(bench.Source)
        {
            Meanwhile = (call, _) =>
            {
                if (call.Operation == "ReadWhole")
                {
                    bench.Source.Remove("f");
                }

                return ValueTask.CompletedTask;
            },
        };

        var summary = await bench.CopyAsync(source);

        Assert.Equal((1, 1), (summary.Counters.ItemsFailed, summary.Counters.ItemsTransferred));
        Assert.Contains("disappeared", Bench.Ledger(summary)["f"].Details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VolumeFaultKind.Full, 1040)]
    [InlineData(VolumeFaultKind.Authentication, 1025)]
    public async Task A_full_target_or_refused_credentials_end_the_run_and_it_continues_later(VolumeFaultKind kind, int code)
    {
        using var bench = new Bench();
        foreach (var i in Enumerable.Range(0, 50))
        {
            bench.Source.AddFile($"f{i}", "1");
        }

        var isOut = true;
        var target = new FaultVolume(bench.Target) { Before = call => isOut && call.Number > 20 && call.Operation == "Put" ? new(kind, "out") : null };

        var first = await bench.Run(target: target).RunAsync(default);
        isOut = false;
        var second = await bench.Run(target: target).RunAsync(default);

        Assert.Equal((RunOutcome.Failed, new StatusCode(code)), (first.Outcome, first.Fault?.Code));
        Assert.Equal((RunOutcome.Succeeded, 50), (second.Outcome, second.Counters.ItemsScanned));
        Assert.Equal(bench.Source.Describe(), bench.Target.Describe());
        Bench.AssertIdentity(second);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("refused")]
    [InlineData("cancelled")]
    [InlineData("source lost")]
    [InlineData("target lost")]
    [InlineData("scan broke")]
    [InlineData("delete guard")]
    [InlineData("journal full")]
    public async Task However_a_run_ends_each_item_that_it_scanned_is_in_one_counter(string end)
    {
        using var bench = Bench.Flat();
        var lost = new VolumeFault(VolumeFaultKind.Transport, "no route to host", true);
        bench.Options = bench.Options with
        {
            Mode = CopyMode.Mirror,
            Retry = bench.Options.Retry with { AwayMax = TimeSpan.FromMilliseconds(50) },
        };
        foreach (var i in Enumerable.Range(0, 3000))
        {
            bench.Source.AddFile($"d{i % 7}/f{i}", Bench.Bytes(i % 5));
            bench.Target.AddFile($"x{i}", "1");
        }

        bench.Source.AddLink("l", "d1/f1").AddFile("large", Bench.Bytes(300_000));
        using var stop = new CancellationTokenSource();
        var source = new FaultVolume(bench.Source)
        {
            Before = call => end is "source lost" && call.Number > 60 ? lost
                : end is "scan broke" && call.Operation is "Scan" ? new(VolumeFaultKind.NotFound, "gone") : null,
        };
        var target = new FaultVolume(bench.Target)
        {
            Before = call => end switch
            {
                "full" when call is { Operation: "Put", Number: > 60 } => new(VolumeFaultKind.Full, "no room"),
                "refused" when call.Operation is not ("Scan" or "Find") => new(VolumeFaultKind.Permission, "403"),
                "target lost" when call.Number > 60 => lost,
                _ => null,
            },
            Meanwhile = async (call, _) => await (end is "cancelled" && call is { Operation: "Put", Number: > 60 } ? stop.CancelAsync()
                : Task.CompletedTask),
        };
        var run = new TransferRun(
            source, target, bench.Options, bench.RunFolder, TimeProvider.System, NullLogger.Instance,
            path => end is "journal full" ? new FullStream(JournalFile.Open(path), 700) : JournalFile.Open(path));

        var summary = await run.RunAsync(stop.Token);

        Assert.Equal(end is "cancelled" ? RunOutcome.Canceled : RunOutcome.Failed, summary.Outcome);
        Bench.AssertIdentity(summary);
        Assert.Equal(summary.ItemsNotReached > 0, TransferNotes.Of(summary).Any(note => note.Code == "ItemsNotReached"));
    }

    [Fact]
    public async Task A_full_disk_under_the_journal_stops_cleanly_and_the_run_continues_later()
    {
        using var bench = new Bench();
        foreach (var i in Enumerable.Range(0, 2000))
        {
            bench.Source.AddFile($"file-number-{i}", "1");
        }

        var run = new TransferRun(
            bench.Source, bench.Target, bench.Options, bench.RunFolder, TimeProvider.System, NullLogger.Instance,
            path => new FullStream(JournalFile.Open(path), 700));

        var first = await run.RunAsync(default);
        var second = await bench.Run().RunAsync(default);

        Assert.Equal((RunOutcome.Failed, StatusCodes.JobOther), (first.Outcome, first.Fault?.Code));
        Assert.Contains("journal", first.Fault!.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((RunOutcome.Succeeded, 2000), (second.Outcome, second.Counters.ItemsScanned));
        Bench.AssertIdentity(second);
    }

    [Fact]
    public async Task After_cancellation_nothing_more_is_written()
    {
        using var bench = new Bench();
        foreach (var i in Enumerable.Range(0, 100))
        {
            bench.Source.AddFile($"f{i}", "1");
        }

        const int concurrency = 8;
        const int putsBefore = 30;
        bench.Options = bench.Options with { Concurrency = concurrency };
        using var stop = new CancellationTokenSource();
        var target = new FaultVolume(bench.Target)
        {
            Meanwhile = async (call, _) =>
            {
                if (call is { Operation: "Put", Number: > putsBefore })
                {
                    await stop.CancelAsync();
                }
            },
        };

        var summary = await bench.Run(target: target).RunAsync(stop.Token);
        var written = bench.Target.Writes;
        var resumed = await bench.Run().RunAsync(default);

        Assert.Equal(RunOutcome.Canceled, summary.Outcome);
        // What was on its way may arrive, at most one request of each worker.
        Assert.InRange(written, 1, putsBefore + concurrency);
        Assert.Equal((RunOutcome.Succeeded, 100), (resumed.Outcome, resumed.Counters.ItemsScanned));
        // A request that was cut off may have arrived: only those can be found unchanged.
        Assert.InRange(resumed.Counters.ItemsTransferred, 100 - concurrency, 100);
    }

    [Fact]
    public async Task A_pause_holds_content_back_until_the_limit_changes()
    {
        using var bench = new Bench();
        bench.Source.AddFile("f", "1");
        bench.Options = bench.Options with { UploadLimit = 0 };
        var run = bench.Run();

        var running = run.RunAsync(default);

        Assert.True(run.Snapshot().IsPaused);
        Assert.Equal(0, bench.Target.Puts);
        run.UploadLimit = null;
        Assert.Equal(1, (await running).Counters.ItemsTransferred);
        Assert.False(run.Snapshot().IsPaused);
    }

    /// <summary>A disk with room for so many bytes.</summary>
    private sealed class FullStream(Stream inner, int room) : Stream
    {
        private int _room = room;

        public override bool CanRead => false;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count)
        {
            var part = Math.Min(count, _room);
            inner.Write(buffer, offset, part);
            _room -= part;
            if (part < count)
            {
                throw new IOException("No space left on device.");
            }
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
