namespace Mover.State;

/// <summary>A whole state as it was at one moment: a store's, or a backup's. For one reader at a time.</summary>
public interface IStateSnapshot : IAsyncDisposable
{
    /// <summary>Where it is from, as an operator knows it; without credentials, and the same each time it is opened.</summary>
    string Name { get; }

    /// <summary>The store's revision at that moment.</summary>
    long Revision { get; }

    /// <summary>When that was, on the clock of whoever took it.</summary>
    DateTimeOffset TakenAt { get; }

    /// <summary>
    /// Every entry in ordinal byte order of the UTF-8 keys, in bounded memory; what is bound to leases has its lease's id. May be called
    /// again, and gives the same again. Throws <see cref="StateException"/>: <see cref="StateFault.Damaged"/> for a backup that is not
    /// whole, <see cref="StateFault.HistoryGone"/> when the store no longer keeps that moment.
    /// </summary>
    IAsyncEnumerable<StateEntry> ReadAsync(CancellationToken cancel);

    /// <summary>One entry; null when there is none. A backup is read from its start for it.</summary>
    ValueTask<StateEntry?> FindAsync(string key, CancellationToken cancel);
}
