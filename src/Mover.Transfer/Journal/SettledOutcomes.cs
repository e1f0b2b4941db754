using System.Diagnostics.CodeAnalysis;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Journal;

/// <summary>Sorted outcomes without those that were taken back; for one reader.</summary>
internal sealed class SettledOutcomes(SortedRecords<ItemOutcome> sorted) : IDisposable
{
    private ItemOutcome? _ahead = Next(sorted);

    /// <summary>The next outcome; false at the end.</summary>
    public bool TryRead([MaybeNullWhen(false)] out ItemOutcome outcome)
    {
        while (_ahead is { } current)
        {
            _ahead = Next(sorted);
            if (_ahead is { IsRetracted: true } && _ahead.Path == current.Path)
            {
                _ahead = Next(sorted);
                continue;
            }

            outcome = current;
            return true;
        }

        outcome = null;
        return false;
    }

    public void Dispose() => sorted.Dispose();

    private static ItemOutcome? Next(SortedRecords<ItemOutcome> sorted) => sorted.TryRead(out var next) ? next : null;
}
