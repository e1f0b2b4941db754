using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;
using Mover.Transfer.Journal;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Verify;

/// <summary>Merges what should be there with what is, and reads contents back in parallel.</summary>
internal sealed partial class Verifier(ITargetVolume target, TransferOptions options, string workFolder, Action<Difference> report,
    ILogger logger)
{
    private const int PairsAhead = 1_024;
    private readonly Lock _gate = new();
    private readonly BufferSlab _slab = new(options.BufferBytes);
    private readonly Channel<(TrueItem Wanted, Entry Found)> _pairs = Channel.CreateBounded<(TrueItem, Entry)>(PairsAhead);
    private long _checked;
    private long _bytes;
    private long _skipped;
    private long _differences;
    private long _notCompared;

    public async Task<VerificationSummary> RunAsync(Func<SpillOptions, ITruth> open, CancellationToken cancel)
    {
        var folder = new RunFolder(workFolder);
        folder.Prepare();
        var spill = new SpillOptions(folder.Spill, options.SortBytes);
        await using (var truth = open(spill))
        {
            var readers = new Task[Math.Max(1, options.Concurrency ?? target.Traits.ConcurrencyHint)];
            for (var i = 0; i < readers.Length; i++)
            {
                readers[i] = Task.Run(() => ReadAsync(truth, cancel), CancellationToken.None);
            }

            try
            {
                await MergeAsync(truth, spill, cancel);
            }
            catch (ScanFaultException e)
            {
                throw new TransferFaultException(new(FaultCodes.OfJob(e.Fault, e.Side), e.Fault.Message), e);
            }
            catch (OutOfOrderException e)
            {
                throw new TransferFaultException(FaultCodes.OfOrder(e), e);
            }
            finally
            {
                _pairs.Writer.TryComplete();
                await Task.WhenAll(readers);
            }
        }

        folder.RemoveSpill();
        Log.Ended(logger, _checked, _bytes, _differences);
        return new(_checked, _bytes, _skipped, _differences, _notCompared);
    }

    private async Task MergeAsync(ITruth truth, SpillOptions spill, CancellationToken cancel)
    {
        var folds = target.Traits.Folds;
        await using var there = EntryStream.OpenSorted(target, Side.Target, spill, folds, cancel);
        await there.MoveNextAsync(cancel);
        var wanted = await truth.NextAsync(cancel);
        while (wanted is not null || there.Current is not null)
        {
            var order = wanted is null ? 1 : there.Current is null ? -1 : FoldedName.KeyOf(wanted.Path, folds).CompareTo(there.Key);
            if (order > 0)
            {
                if (options.Mode is CopyMode.Mirror && there.Current is { } extra)
                {
                    Report(DifferenceKind.Extra, extra.Path, "The target holds it, the source does not.");
                }

                await there.MoveNextAsync(cancel);
                continue;
            }

            if (wanted is { Unreadable: { } why })
            {
                Report(DifferenceKind.Unreadable, wanted.Path, why);
            }
            else if (wanted is { IsExpected: false })
            {
                _skipped += wanted.IsExcluded ? 1 : 0;
                NoteNotCompared(wanted);
            }
            else if (wanted is not null)
            {
                NoteNotCompared(wanted);
                _checked++;
                await MatchAsync(wanted, order == 0 ? there.Current : null, cancel);
            }

            if (order == 0)
            {
                await there.MoveNextAsync(cancel);
            }

            wanted = await truth.NextAsync(cancel);
        }
    }

    private ValueTask MatchAsync(TrueItem wanted, Entry? found, CancellationToken cancel)
    {
        if (found is null)
        {
            Report(DifferenceKind.Missing, wanted.Path, $"The target does not hold this {wanted.Type}.");
        }
        else if (found.Type != wanted.Type)
        {
            Report(DifferenceKind.Type, wanted.Path, $"Should be a {wanted.Type}, is a {found.Type}.");
        }
        else if (wanted.Type is EntryType.File && found.SizeBytes != wanted.SizeBytes)
        {
            Report(DifferenceKind.Size, wanted.Path, $"Should have {wanted.SizeBytes} bytes, has {found.SizeBytes}.");
        }
        else
        {
            if (options.PreserveMetadata && wanted.Source is { } source && !target.HasSameMetadata(source, found))
            {
                Report(DifferenceKind.Metadata, wanted.Path, "Owner, permissions or times differ.");
            }

            if (wanted.Type is EntryType.File)
            {
                return _pairs.Writer.WriteAsync((wanted, found), cancel);
            }
        }

        return ValueTask.CompletedTask;
    }

    private async Task ReadAsync(ITruth truth, CancellationToken cancel)
    {
        try
        {
            await foreach (var (wanted, found) in _pairs.Reader.ReadAllAsync(cancel))
            {
                try
                {
                    var (crc, bytes) = await Contents.Crc64Async(target, found, _slab, cancel);
                    Interlocked.Add(ref _bytes, bytes);
                    if (await truth.Crc64Async(wanted, _slab, cancel) is { } right && right != crc)
                    {
                        Report(DifferenceKind.Content, wanted.Path, $"CRC-64 should be {right:x16}, is {crc:x16}.");
                    }
                }
                catch (VolumeException e)
                {
                    Report(DifferenceKind.Unreadable, wanted.Path, e.Fault.Message);
                }
            }
        }
        finally
        {
            // Ends the merge too, when a reader fails.
            _pairs.Writer.TryComplete();
        }
    }

    private void NoteNotCompared(TrueItem wanted)
    {
        if (wanted.NotCompared is { } why)
        {
            lock (_gate)
            {
                _notCompared++;
                report(new Difference(DifferenceKind.NotCompared, wanted.Path, why));
            }
        }
    }

    private void Report(DifferenceKind kind, EntryPath path, string details)
    {
        lock (_gate)
        {
            _differences++;
            report(new Difference(kind, path, details));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(6050, LogLevel.Information, "Verified {Items} items and {Bytes} bytes: {Differences} differences.")]
        public static partial void Ended(ILogger logger, long items, long bytes, long differences);
    }
}
