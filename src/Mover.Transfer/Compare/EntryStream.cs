using System.Threading.Channels;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Compare;

/// <summary>Which side of a run something concerns.</summary>
internal enum Side
{
    Source,
    Target,
}

internal static class Sides
{
    public static string Name(this Side side) => side is Side.Source ? "source" : "target";
}

/// <summary>A scan that broke its promise of order; the pass starts again with that side sorted.</summary>
internal sealed class OutOfOrderException(Side side, EntryPath path)
    : Exception($"The {side} lists {path} out of order.")
{
    public Side Side { get; } = side;
}

/// <summary>A scan that ended with a fault of its whole.</summary>
internal sealed class ScanFaultException(Side side, VolumeException inner) : Exception(inner.Message, inner)
{
    public Side Side { get; } = side;

    public VolumeFault Fault { get; } = inner.Fault;
}

/// <summary>One side of the merge: reads the scan ahead in the background, bounded, and checks its order. For one reader.</summary>
internal sealed class EntryStream : IAsyncDisposable
{
    /// <summary>Batches that may wait; with the largest pages of listings, 5,000 entries, that is some four megabytes.</summary>
    private const int BatchesAhead = 2;

    private readonly Channel<IReadOnlyList<Entry>> _batches = Channel.CreateBounded<IReadOnlyList<Entry>>(
        new BoundedChannelOptions(BatchesAhead) { SingleReader = true, SingleWriter = true });

    private readonly CancellationTokenSource _stop;
    private readonly Side _side;
    private readonly Task _pump;
    private readonly ScanHeap _heap = new();
    private IReadOnlyList<Entry> _batch = [];
    private int _next;
    private readonly NameFoldings _folds;
    private bool _isAtEnd;

    /// <param name="volume">What is scanned.</param>
    /// <param name="side">Which side it is.</param>
    /// <param name="sort">Where to sort; null when the volume's own order is the order of the merge.</param>
    /// <param name="folds">How the target tells names apart; a side that is merged by folded names is always sorted.</param>
    /// <param name="patience">What happens after a fault of one page or folder.</param>
    /// <param name="cancel">Stops the scan.</param>
    /// <param name="only">The items that are looked at; null for all.</param>
    public EntryStream(
        IVolume volume, Side side, SpillOptions? sort, NameFoldings folds, Patience patience, CancellationToken cancel,
        NamedItems? only = null)
    {
        (_side, _folds) = (side, folds);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _pump = Task.Run(() => PumpAsync(volume, sort, patience, only, _stop.Token), CancellationToken.None);
    }

    /// <summary>
    /// A stream for those who cannot start again when the order turns out to be another one, because what they found is told already.
    /// A volume that keeps folders walks them in path order itself; the order of a flat one is its service's, which may differ for some
    /// names, so it is sorted.
    /// </summary>
    public static EntryStream OpenSorted(
        IVolume volume, Side side, SpillOptions spill, NameFoldings folds, Patience patience, CancellationToken cancel) =>
        new(volume, side, volume.Traits is { ScansInPathOrder: true, KeepsFolders: true } && folds is NameFoldings.None ? null : spill,
            folds, patience, cancel);

    /// <summary>The entry the stream stands on; null before the first and after the last.</summary>
    public Entry? Current { get; private set; }

    /// <summary>What the target tells the entry's name apart by; its path where names are bytes.</summary>
    public EntryPath Key { get; private set; }

    /// <summary>The first entry of this side that is the same one for the target; null when the entry is the first itself.</summary>
    public Entry? Rival { get; private set; }

    /// <summary>Entries passed so far.</summary>
    public long Count { get; private set; }

    /// <summary>Steps to the next entry; false at the end.</summary>
    public ValueTask<bool> MoveNextAsync(CancellationToken cancel) =>
        _next < _batch.Count ? new(Step()) : FetchAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pump;
        _stop.Dispose();
    }

    private async ValueTask<bool> FetchAsync(CancellationToken cancel)
    {
        while (_next >= _batch.Count)
        {
            if (_isAtEnd || !await _batches.Reader.WaitToReadAsync(cancel))
            {
                (_isAtEnd, Current) = (true, null);
                return false;
            }

            if (_batches.Reader.TryRead(out var batch))
            {
                (_batch, _next) = (batch, 0);
                _heap.Look();
            }
        }

        return Step();
    }

    private bool Step()
    {
        var entry = _batch[_next++];
        var key = FoldedName.KeyOf(entry.Path, _folds);
        var order = Current is null ? 1 : key.CompareTo(Key);
        if (order < 0 || (order == 0 && _folds is NameFoldings.None))
        {
            throw new OutOfOrderException(_side, entry.Path);
        }

        Rival = order > 0 ? null : Rival ?? Current;
        (Current, Key) = (entry, key);
        Count++;
        return true;
    }

    private async Task PumpAsync(
        IVolume volume, SpillOptions? sort, Patience patience, NamedItems? only, CancellationToken cancel)
    {
        try
        {
            var scan = only is null ? volume.ScanAsync(patience, cancel) : only.ScanAsync(volume, _side, patience, cancel);
            await foreach (var batch in sort is null ? scan : SortedScan.SortAsync(scan, sort, cancel, _folds))
            {
                await _batches.Writer.WriteAsync(batch, cancel);
            }

            _batches.Writer.Complete();
        }
        catch (VolumeException e) when (e.Fault.Kind is VolumeFaultKind.OutOfOrder)
        {
            _batches.Writer.Complete(new OutOfOrderException(_side, EntryPath.Root));
        }
        catch (VolumeException e)
        {
            _batches.Writer.Complete(new ScanFaultException(_side, e));
        }
        catch (Exception e)
        {
            // Whatever it is, the reader hears of it: it would wait for ever.
            _batches.Writer.Complete(e);
        }
    }
}
