namespace Mover.State.Tests;

/// <summary>A store that passes everything on; a test overrides what it counts, holds up or breaks.</summary>
public abstract class PassingStore(IStateStore inner, bool ownsInner = true) : IStateStore
{
    protected IStateStore Inner => inner;

    public virtual ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel) => inner.ReadAsync(keys, cancel);

    public virtual ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel) =>
        inner.ListAsync(prefix, after, limit, keysOnly, cancel);

    public virtual ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel) =>
        inner.CommitAsync(conditions, writes, cancel);

    public virtual IAsyncEnumerable<StateChanges> WatchAsync(string prefix, long afterRevision, CancellationToken cancel) =>
        inner.WatchAsync(prefix, afterRevision, cancel);

    public virtual ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel) =>
        inner.GrantLeaseAsync(timeToLive, cancel);

    public virtual ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel) => inner.KeepLeaseAsync(leaseId, cancel);

    public virtual ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => inner.RevokeLeaseAsync(leaseId, cancel);

    public virtual ValueTask<StoreMembers> ReadMembersAsync(CancellationToken cancel) => inner.ReadMembersAsync(cancel);

    public virtual async ValueTask DisposeAsync()
    {
        if (ownsInner)
        {
            await inner.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}
