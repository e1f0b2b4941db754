using System.Diagnostics.CodeAnalysis;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Journal;

/// <summary>The outcomes of a sorter, once, without those that were taken back.</summary>
internal sealed class SettledOutcomes : IDisposable
{
    private readonly SortedRecords<ItemOutcome> _sorted;
    private ItemOutcome? _ahead;

    public SettledOutcomes(SpillSorter<ItemOutcome> sorter)
    {
        _sorted = sorter.Read();
        _ahead = Next();
    }

    /// <summary>The next outcome; false at the end.</summary>
    public bool TryRead([MaybeNullWhen(false)] out ItemOutcome outcome)
    {
        while (_ahead is { } current)
        {
            _ahead = Next();
            if (_ahead is { IsRetracted: true } && _ahead.Path == current.Path)
            {
                _ahead = Next();
                continue;
            }

            outcome = current;
            return true;
        }

        outcome = null;
        return false;
    }

    public void Dispose() => _sorted.Dispose();

    private ItemOutcome? Next() => _sorted.TryRead(out var next) ? next : null;
}
