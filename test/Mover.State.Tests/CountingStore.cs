namespace Mover.State.Tests;

/// <summary>A store with a count of what is asked of it: reads, listings and commits, each a round trip to a store that is elsewhere.</summary>
public class CountingStore(IStateStore inner, bool ownsInner = true) : PassingStore(inner, ownsInner)
{
    private long _reads;
    private long _lists;
    private long _commits;

    public (long Reads, long Lists, long Commits) Counts =>
        (Interlocked.Read(ref _reads), Interlocked.Read(ref _lists), Interlocked.Read(ref _commits));

    public override ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        Interlocked.Increment(ref _reads);
        return Inner.ReadAsync(keys, cancel);
    }

    public override ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        Interlocked.Increment(ref _lists);
        return Inner.ListAsync(prefix, after, limit, keysOnly, cancel);
    }

    public override ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        Interlocked.Increment(ref _commits);
        return Inner.CommitAsync(conditions, writes, cancel);
    }
}
