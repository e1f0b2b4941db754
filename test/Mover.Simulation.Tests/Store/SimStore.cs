using System.Runtime.CompilerServices;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Simulation;

/// <summary>A server's way to its store: how long a call takes, and what becomes of it.</summary>
internal class StoreWire
{
    /// <summary>The request is on its way to the store.</summary>
    public virtual ValueTask<StoreFate> SendAsync(bool isCommit, CancellationToken cancel) => new(StoreFate.Arrives);

    /// <summary>The answer is on its way back; throws when it does not arrive.</summary>
    public virtual ValueTask ReceiveAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>What a watch has seen is on its way; throws when the watch ends.</summary>
    public virtual ValueTask DeliverAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>Does something at the store later, whatever became of its sender.</summary>
    public virtual void Later(Action act) => act();

    public virtual void Note(string operation, string what)
    {
    }
}

/// <summary>What becomes of a call.</summary>
internal enum StoreFate
{
    Arrives,

    /// <summary>It never arrives, and its sender knows that.</summary>
    Fails,

    /// <summary>It arrives, and its answer is lost.</summary>
    AnswerLost,

    /// <summary>It arrives after its sender has given up.</summary>
    ArrivesLate,

    /// <summary>It never arrives, and its sender does not know.</summary>
    Vanishes,
}

/// <summary>A server's session with a store: the contract, over a wire.</summary>
internal sealed class SimStore(SimState state, TimeProvider clock, StoreWire wire) : IStateStore
{
    private readonly CancellationTokenSource _closed = new();

    /// <summary>A planted bug.</summary>
    public StorePlant Plant { get; init; }

    /// <summary>Whether a planted bug shows, of what it could.</summary>
    public Func<bool> Shows { get; init; } = () => true;

    public ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        _ = StateRules.Keys(keys);
        return CallAsync(() => state.Read(keys), cancel);
    }

    public ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        StateRules.CheckPage(limit);
        _ = StateRules.Range(prefix, after);
        return CallAsync(() => state.List(prefix, after, limit, keysOnly), cancel);
    }

    public async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        StateRules.CheckCommit(conditions, writes);
        cancel.ThrowIfCancellationRequested();
        ThrowIfClosed();
        StateCondition[] conditionsSent = Plant == StorePlant.IgnoresFence && writes.All(write => write.Key != RegionRole.Key)
            ? [.. conditions.Where(one => one.Key != RegionRole.Key)]
            : [.. conditions];
        StateWrite[] writesSent = [.. writes];
        CommitResult Act()
        {
            var result = state.Commit(conditionsSent, writesSent);
            if (Plant == StorePlant.CommitsAgain && result.Outcome == CommitOutcome.Committed && Shows())
            {
                result = state.Commit(conditionsSent, writesSent);
            }

            wire.Note("commit", $"{result.Outcome} {result.Revision} {string.Join(' ', writesSent.Select(write => write.Key))}");
            return result;
        }

        switch (await wire.SendAsync(isCommit: true, CancellationToken.None))
        {
            case StoreFate.Fails:
                throw Unavailable();
            case StoreFate.Vanishes:
                throw Unknown();
            case StoreFate.ArrivesLate:
                wire.Later(() => Act());
                throw Unknown();
            case StoreFate.AnswerLost:
                Act();
                await wire.ReceiveAsync(CancellationToken.None);
                throw Unknown();
            default:
                var done = Act();
                await wire.ReceiveAsync(CancellationToken.None);
                return done;
        }
    }

    public async IAsyncEnumerable<StateChanges> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancel)
    {
        _ = StateRules.Prefix(prefix);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closed.Token);
        using var watcher = state.Join(prefix);
        for (var after = afterRevision; ;)
        {
            // Asked for before looking: what is committed in between is not missed.
            ThrowIfClosed();
            cancel.ThrowIfCancellationRequested();
            var next = watcher.NextAsync();
            var asOf = clock.GetTimestamp();
            if (state.Since(watcher, after) is not var (changes, revision))
            {
                throw new StateException(StateFault.HistoryGone, $"The changes since revision {after} are no longer kept.");
            }

            after = revision;
            if (Plant == StorePlant.SkipsChanges && changes.Count > 0 && Shows())
            {
                changes = [.. changes.Skip(1)];
            }

            await wire.DeliverAsync(cancel);
            yield return new(changes, revision, asOf);

            // When nothing changes it is said how far was seen.
            await next.WaitAsync(StateLimits.WatchProgressEvery, clock, either.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel)
    {
        StateRules.CheckLease(timeToLive);
        return CallAsync(() => state.Grant(timeToLive), cancel);
    }

    public ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel) => CallAsync(() => state.Keep(leaseId), cancel);

    public async ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => _ = await CallAsync(
        () =>
        {
            state.Revoke(leaseId);
            return true;
        },
        cancel);

    public async ValueTask<StoreMembers> ReadMembersAsync(CancellationToken cancel) =>
        await CallAsync(() => StoreMembers.OfOneMachine("simulated", null), cancel);

    public ValueTask DisposeAsync()
    {
        if (!_closed.IsCancellationRequested)
        {
            _closed.Cancel();
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask<T> CallAsync<T>(Func<T> act, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        ThrowIfClosed();
        if (await wire.SendAsync(isCommit: false, cancel) != StoreFate.Arrives)
        {
            throw Unavailable();
        }

        var answer = act();
        await wire.ReceiveAsync(cancel);
        return answer;
    }

    private void ThrowIfClosed()
    {
        if (_closed.IsCancellationRequested)
        {
            throw new StateException(StateFault.Unavailable, "The store is closed.");
        }
    }

    private static StateException Unavailable() => new(StateFault.Unavailable, "The store does not answer.");

    private static StateException Unknown() => new(StateFault.OutcomeUnknown, "The store did not answer a commit.");
}
