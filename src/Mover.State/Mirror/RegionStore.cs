using System.Runtime.CompilerServices;
using System.Text;

namespace Mover.State.Mirror;

/// <summary>
/// The state that a store of a region pair serves, as a store of its own: without the prefix that it has there, and with commits that are
/// applied only while this region serves in the epoch that it was opened in. Afterwards each is refused with
/// <see cref="StateFault.NotServing"/>, whichever instance sends it and however late. A standby's refuses all commits.
/// </summary>
public sealed class RegionStore : IStateStore
{
    private const int RoundsMax = 10;

    private readonly IStateStore _store;
    private readonly string _root;
    private readonly RegionRole? _role;
    private readonly bool _isReadOnly;
    private readonly bool _owns;
    private readonly ICommitGuard? _guard;
    private long _fence;

    /// <summary>Opens what a seat serves.</summary>
    /// <param name="store">The store, as the engine has it.</param>
    /// <param name="seat">Who serves.</param>
    /// <param name="owns">The store below ends with it.</param>
    /// <param name="guard">Is asked before every commit; null lets all pass.</param>
    public RegionStore(IStateStore store, RegionSeat seat, bool owns, ICommitGuard? guard = null)
    {
        (_store, _owns, _guard) = (store, owns, guard);
        _root = seat.Role?.Root ?? string.Empty;
        (_role, _fence) = (seat.Role, seat.Revision);
        _isReadOnly = seat.Role?.Duty == RegionDuty.Standby;
    }

    /// <inheritdoc/>
    public async ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        _ = StateRules.Keys(keys, StateRules.OfCallers);
        if (_root.Length == 0)
        {
            return await _store.ReadAsync(keys, cancel);
        }

        var read = await _store.ReadAsync([.. keys.Select(key => _root + key)], cancel);
        return new([.. read.Entries.Select(entry => entry is null ? null : Shown(entry))], read.Revision);
    }

    /// <inheritdoc/>
    public async ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        StateRules.CheckPage(limit);
        _ = StateRules.Range(prefix, after, StateRules.OfCallers);
        if (_root.Length == 0)
        {
            return await _store.ListAsync(prefix, after, limit, keysOnly, cancel);
        }

        var page = await _store.ListAsync(_root + prefix, after is null ? null : _root + after, limit, keysOnly, cancel);
        return page with { Entries = [.. page.Entries.Select(Shown)] };
    }

    /// <inheritdoc/>
    public async ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        StateRules.CheckCommit(conditions, writes, StateRules.OfCallers);
        if (writes.Count > 0 && (_isReadOnly || _guard?.MayCommit == false))
        {
            throw NotServing();
        }

        for (var (rooted, round) = (Rooted(writes), 0); ; round++)
        {
            var fence = Volatile.Read(ref _fence);
            var result = await _store.CommitAsync(Fenced(conditions, fence), rooted, cancel);
            if (result.Outcome != CommitOutcome.ConditionFailed)
            {
                Note(writes, result.Revision);
                return result;
            }

            var now = await RegionSeat.ReadAsync(_store, cancel);
            if (now.Revision == fence)
            {
                return result;
            }

            // The role was written again, and says the same: the commit was not applied, and is sent under the new one.
            if (now.Role is not { Duty: RegionDuty.Serving } role || _role?.IsSameSeat(role) != true || round == RoundsMax)
            {
                throw NotServing();
            }

            Volatile.Write(ref _fence, now.Revision);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StateChanges> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancel)
    {
        _ = StateRules.Prefix(prefix, StateRules.OfCallers);
        await foreach (var seen in _store.WatchAsync(_root + prefix, afterRevision, cancel))
        {
            yield return _root.Length == 0 || seen.Changes.Count == 0 ? seen : seen with { Changes = [.. seen.Changes.Select(Shown)] };
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel) => _store.GrantLeaseAsync(timeToLive, cancel);

    /// <inheritdoc/>
    public ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel) => _store.KeepLeaseAsync(leaseId, cancel);

    /// <inheritdoc/>
    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => _store.RevokeLeaseAsync(leaseId, cancel);

    /// <inheritdoc/>
    public ValueTask<StoreMembers> ReadMembersAsync(CancellationToken cancel) => _store.ReadMembersAsync(cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _owns ? _store.DisposeAsync() : ValueTask.CompletedTask;

    // What is bound to a lease goes into no copy, and none confirms it.
    private void Note(IReadOnlyList<StateWrite> writes, long revision)
    {
        if (_guard is { } guard && writes.Any(write => write.LeaseId == 0))
        {
            guard.Committed(revision);
        }
    }

    // A store in no pair is guarded as well: one that joins a pair later fences the instances that have not heard of it.
    private StateCondition[] Fenced(IReadOnlyList<StateCondition> conditions, long fence)
    {
        var all = new StateCondition[conditions.Count + 1];
        for (var at = 0; at < conditions.Count; at++)
        {
            all[at] = _root.Length == 0 ? conditions[at] : conditions[at] with { Key = _root + conditions[at].Key };
        }

        all[^1] = new(RegionRole.Key, fence);
        return all;
    }

    private IReadOnlyList<StateWrite> Rooted(IReadOnlyList<StateWrite> writes) =>
        _root.Length == 0 ? writes : [.. writes.Select(write => write with { Key = _root + write.Key })];

    private StateEntry Shown(StateEntry entry) => entry with { Key = entry.Key[_root.Length..] };

    private StateChange Shown(StateChange change) => change with
    {
        Key = change.Key[_root.Length..],
        Entry = change.Entry is { } entry ? Shown(entry) : null,
    };

    private static StateException NotServing() => new(
        StateFault.NotServing, "This region does not serve the state; its pair does. Nothing was written.");
}
