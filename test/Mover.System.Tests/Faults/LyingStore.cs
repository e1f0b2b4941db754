using Mover.State;
using Mover.State.Mirror;

namespace Mover.SystemTests.Faults;

/// <summary>What a store does wrong, every so many times.</summary>
internal enum Lie
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A commit is acknowledged and not carried out, as one that was told before a majority had it and whose member is lost.</summary>
    ForgetsCommits,

    /// <summary>A read sees what was there before, as one from a member that lags.</summary>
    ReadsThePast,

    /// <summary>A commit is carried out and told as a failed condition, as one that was repeated after its answer was lost.</summary>
    DeniesCommits,

    /// <summary>A commit is carried out whatever its conditions, as one without a fence.</summary>
    IgnoresConditions,

    /// <summary>No commit depends on the role of its region, so one that handed over goes on.</summary>
    IgnoresTheRole,
}

/// <summary>A store with a planted bug over one without.</summary>
internal sealed class LyingStore(IStateStore inner, Lie lie) : IStateStore
{
    private const int Every = 17;
    private StateRead? _past;
    private int _reads;
    private int _commits;

    public async ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        var read = await inner.ReadAsync(keys, cancel);
        var (past, isLie) = (_past, lie == Lie.ReadsThePast && Interlocked.Increment(ref _reads) % Every == 0);
        if (isLie && past is not null && past.Entries.Count == keys.Count)
        {
            return past;
        }

        _past = isLie ? read : past ?? read;
        return read;
    }

    public async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        if (lie == Lie.IgnoresTheRole)
        {
            return await inner.CommitAsync([.. conditions.Where(one => one.Key != RegionRole.Key)], writes, cancel);
        }

        if (writes.Count == 0 || Interlocked.Increment(ref _commits) % Every != 0)
        {
            return await inner.CommitAsync(conditions, writes, cancel);
        }

        switch (lie)
        {
            case Lie.ForgetsCommits:
                return new(CommitOutcome.Committed, (await inner.ReadAsync([writes[0].Key], cancel)).Revision);
            case Lie.DeniesCommits:
                var result = await inner.CommitAsync(conditions, writes, cancel);
                return result.Outcome == CommitOutcome.Committed ? new(CommitOutcome.ConditionFailed, 0) : result;
            case Lie.IgnoresConditions:
                return await inner.CommitAsync([], writes, cancel);
            case Lie.None or Lie.ReadsThePast or Lie.IgnoresTheRole:
            default:
                return await inner.CommitAsync(conditions, writes, cancel);
        }
    }

    public ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel) =>
        inner.ListAsync(prefix, after, limit, keysOnly, cancel);

    public IAsyncEnumerable<StateChanges> WatchAsync(string prefix, long afterRevision, CancellationToken cancel) =>
        inner.WatchAsync(prefix, afterRevision, cancel);

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel) => inner.GrantLeaseAsync(timeToLive, cancel);

    public ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel) => inner.KeepLeaseAsync(leaseId, cancel);

    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => inner.RevokeLeaseAsync(leaseId, cancel);

    public ValueTask<StoreMembers> ReadMembersAsync(CancellationToken cancel) => inner.ReadMembersAsync(cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
