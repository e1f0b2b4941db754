using System.Runtime.CompilerServices;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Scan;

/// <summary>Puts a scan that comes in no useful order into path order, outside memory.</summary>
public static class SortedScan
{
    private const int BatchEntries = 1_024;

    /// <summary>
    /// Reads <paramref name="unordered"/> to its end, then yields the same entries in path order; of several with one path the last one
    /// counts. Faults of the scan pass through. Where the target folds names, the order is that of
    /// the folded ones.
    /// </summary>
    public static async IAsyncEnumerable<IReadOnlyList<Entry>> SortAsync(
        IAsyncEnumerable<IReadOnlyList<Entry>> unordered, SpillOptions options, [EnumeratorCancellation] CancellationToken cancel,
        NameFoldings folds = NameFoldings.None)
    {
        using var sorter = new SpillSorter<Entry>(FoldedCodec<Entry>.Over(EntryCodec.Instance, folds), options);
        await foreach (var batch in unordered.WithCancellation(cancel))
        {
            foreach (var entry in batch)
            {
                sorter.Add(entry);
            }
        }

        using var sorted = sorter.Read();
        var output = new List<Entry>(BatchEntries);
        Entry? last = null;
        while (sorted.TryRead(out var entry))
        {
            // An entry is yielded when its successor is known to be another path.
            if (last is not null && last.Path != entry.Path)
            {
                output.Add(last);
            }

            last = entry;
            if (output.Count == BatchEntries)
            {
                cancel.ThrowIfCancellationRequested();
                yield return output;
                output = new List<Entry>(BatchEntries);
            }
        }

        if (last is not null)
        {
            output.Add(last);
            yield return output;
        }
    }
}
