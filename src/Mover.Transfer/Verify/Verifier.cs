using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;
using Mover.Transfer.Journal;
using Mover.Transfer.Mirror;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Verify;

/// <summary>Merges what should be there with what is, and reads contents back in parallel.</summary>
internal sealed partial class Verifier(TransferSides sides, TransferOptions options, string workFolder, Action<Difference> report)
{
    private const int PairsAhead = 1_024;
    private readonly Lock _gate = new();
    private readonly BufferSlab _slab = new(options.BufferBytes);
    private readonly Channel<(ITruth Truth, TrueItem Wanted, Entry Found)> _pairs =
        Channel.CreateBounded<(ITruth, TrueItem, Entry)>(PairsAhead);

    private readonly ToldBefore _told = new();
    private readonly ITargetVolume _target = sides.Target;
    private readonly Retrier _retrier = new(sides);
    private long _checked;
    private long _bytes;
    private long _skipped;
    private long _differences;
    private long _notCompared;

    public async Task<VerificationSummary> RunAsync(Func<SpillOptions, NameFoldings, ITruth> open)
    {
        var folder = new RunFolder(workFolder);
        folder.Prepare();
        try
        {
            await CompareAsync(open, folder, sides.Stopped);
        }
        catch (Exception e) when (sides.FaultOf(e) is { } fault)
        {
            throw new TransferFaultException(fault, e);
        }

        folder.RemoveSpill();
        Log.Ended(sides.Logger, _checked, _bytes, _differences);
        return new(_checked, _bytes, _skipped, _differences, _notCompared);
    }

    private async Task CompareAsync(Func<SpillOptions, NameFoldings, ITruth> open, RunFolder folder, CancellationToken cancel)
    {
        var spill = new SpillOptions(folder.Spill, options.SortBytes);
        var readers = new Task[sides.Gate.Limit];
        for (var i = 0; i < readers.Length; i++)
        {
            readers[i] = Task.Run(() => ReadAsync(cancel), CancellationToken.None);
        }

        try
        {
            for (NameFoldings? folds = _target.Traits.Folds; folds is { } known;)
            {
                folds = await TryMergeAsync(open, spill, known, () => new(folder.NewSpill()), cancel);
            }
        }
        finally
        {
            _pairs.Writer.TryComplete();
            await Task.WhenAll(readers);
        }
    }

    /// <summary>Null when everything is told; else what the target folds, and the merge has to start again with that.</summary>
    private async Task<NameFoldings?> TryMergeAsync(
        Func<SpillOptions, NameFoldings, ITruth> open, SpillOptions spill, NameFoldings folds, Func<EntryList> newList,
        CancellationToken cancel)
    {
        using var extras = newList();
        try
        {
            await using var truth = open(spill, folds);
            await MergeAsync(truth, spill, folds, extras, cancel);
        }
        catch (FoldedNamesException e)
        {
            _told.Add(folds, e.Path);
            return e.Folds;
        }

        foreach (var (extra, _) in extras.Forwards())
        {
            Report(DifferenceKind.Extra, extra.Path, "It is at the target but not at the source.");
        }

        return null;
    }

    private async Task MergeAsync(ITruth truth, SpillOptions spill, NameFoldings folds, EntryList extras, CancellationToken cancel)
    {
        var unlisted = new UnlistedNames(sides, folds);
        var implied = new ImpliedFolders();
        EntryPath? last = null;
        await using var there = EntryStream.OpenSorted(
            _target, Side.Target, spill, folds, _retrier.PatienceOf(Side.Target), cancel);
        await there.MoveNextAsync(cancel);
        var wanted = await truth.NextAsync(cancel);
        while (wanted is not null || there.Current is not null)
        {
            var key = wanted is null ? default : FoldedName.KeyOf(wanted.Path, folds);
            AddExtras(wanted is null ? null : key);
            var order = wanted is null ? 1 : there.Current is null ? -1 : key.CompareTo(there.Key);
            if (order > 0)
            {
                if (options.Mode is CopyMode.Mirror && there.Current is { } extra)
                {
                    implied.Add(new(extra, there.Key, there.Rival));
                }

                await there.MoveNextAsync(cancel);
                continue;
            }

            if (wanted is not null)
            {
                // The second of two names that fold together has no place of its own.
                var found = order == 0 ? there.Current : last == key ? null
                    : await unlisted.FindAsync(wanted.Path, key, wanted.Type, cancel);
                last = key;
                if (!_told.Has(wanted.Path))
                {
                    await TellAsync(truth, wanted, found, cancel);
                }
            }

            if (order == 0)
            {
                await there.MoveNextAsync(cancel);
            }

            wanted = await truth.NextAsync(cancel);
        }

        AddExtras(null);

        void AddExtras(EntryPath? position)
        {
            while (implied.TryTake(position, out var told))
            {
                if (told is { IsImplied: false } or { Entry.Type: not EntryType.Folder })
                {
                    extras.Add(told.Value.Entry);
                }
            }
        }
    }

    private ValueTask TellAsync(ITruth truth, TrueItem wanted, Entry? found, CancellationToken cancel)
    {
        if (wanted.Unreadable is { } why)
        {
            Report(DifferenceKind.Unreadable, wanted.Path, why);
            return ValueTask.CompletedTask;
        }

        NoteNotCompared(wanted);
        if (!wanted.IsExpected)
        {
            _skipped += wanted.IsExcluded ? 1 : 0;
            return ValueTask.CompletedTask;
        }

        _checked++;
        return MatchAsync(truth, wanted, found, cancel);
    }

    private async ValueTask MatchAsync(ITruth truth, TrueItem wanted, Entry? found, CancellationToken cancel)
    {
        if (found is null)
        {
            Report(DifferenceKind.Missing, wanted.Path, $"The target does not have this {wanted.Type}.");
        }
        else if (found.Type != wanted.Type)
        {
            Report(DifferenceKind.Type, wanted.Path, $"Should be a {wanted.Type}, is a {found.Type}.");
        }
        else if (wanted.Type is EntryType.File && found.SizeBytes != wanted.SizeBytes
            && !(found.SizeBytes > wanted.SizeBytes && await truth.IsLongerAsync(wanted, cancel)))
        {
            Report(DifferenceKind.Size, wanted.Path, $"Should have {wanted.SizeBytes} bytes, has {found.SizeBytes}.");
        }
        else if (wanted.Source?.LinkTarget is { } leads && found.LinkTarget is { } there && !leads.Span.SequenceEqual(there.Span))
        {
            Report(DifferenceKind.Content, wanted.Path, "The link points elsewhere.");
        }
        else
        {
            if (options.PreserveMetadata && wanted.Source is { } source && !_target.HasSameMetadata(source, found))
            {
                Report(DifferenceKind.Metadata, wanted.Path, "The owner, permissions or times differ.");
            }

            if (wanted.Type is EntryType.File)
            {
                await _pairs.Writer.WriteAsync((truth, wanted, found), cancel);
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        try
        {
            await foreach (var (truth, wanted, found) in _pairs.Reader.ReadAllAsync(cancel))
            {
                try
                {
                    var (crc, bytes) = await _retrier.CallAsync(
                        Side.Target, token => Contents.Crc64Async(_target, found, _slab, token), cancel);
                    Interlocked.Add(ref _bytes, bytes);
                    if (await truth.Crc64Async(wanted, _slab, cancel) is { } right && right != crc)
                    {
                        Report(DifferenceKind.Content, wanted.Path, $"CRC-64 should be {right:x16}, is {crc:x16}.");
                    }
                }
                catch (ItemFaultException e)
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
