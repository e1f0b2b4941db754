using System.Runtime.CompilerServices;
using Mover.State;

namespace Mover.Server.Tests.Regions;

/// <summary>A store whose answers can be held up: all, before and after it has done what was asked, or those to commits alone; these before or after.</summary>
internal sealed class HeldStore(IStateStore store, bool owns, Func<Task> held, Func<bool, Task> commits) : IStateStore
{
    public async ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        await SilenceAsync(cancel);
        var read = await store.ReadAsync(keys, cancel);
        await SilenceAsync(cancel);
        return read;
    }

    public async ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        await SilenceAsync(cancel);
        return await store.ListAsync(prefix, after, limit, keysOnly, cancel);
    }

    public async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        await SilenceAsync(cancel);
        await commits(false).WaitAsync(cancel);
        var done = await store.CommitAsync(conditions, writes, cancel);
        await SilenceAsync(cancel);
        await commits(true);
        return done;
    }

    public async IAsyncEnumerable<StateChanges> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var seen in store.WatchAsync(prefix, afterRevision, cancel))
        {
            await SilenceAsync(cancel);
            yield return seen;
        }
    }

    public async ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel)
    {
        await SilenceAsync(cancel);
        return await store.GrantLeaseAsync(timeToLive, cancel);
    }

    public async ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel)
    {
        await SilenceAsync(cancel);
        var isKept = await store.KeepLeaseAsync(leaseId, cancel);
        await SilenceAsync(cancel);
        return isKept;
    }

    public async ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel)
    {
        await SilenceAsync(cancel);
        await store.RevokeLeaseAsync(leaseId, cancel);
    }

    public ValueTask<StoreMembers> ReadMembersAsync(CancellationToken cancel) => store.ReadMembersAsync(cancel);

    public ValueTask DisposeAsync() => owns ? store.DisposeAsync() : ValueTask.CompletedTask;

    private Task SilenceAsync(CancellationToken cancel) => held().WaitAsync(cancel);
}
