using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Mover.State.Copies;

namespace Mover.State.Etcd;

/// <summary>
/// The replicated engine: an etcd of 3.5.16 or newer, for several servers over one state. Every member that is named may serve; one that is
/// gone costs a call at most <see cref="EtcdStateOptions.CallTimeout"/>.
/// </summary>
public sealed class EtcdStateStore : IStateStore
{
    private readonly EtcdCluster _cluster;
    private readonly EtcdKeys _keys;
    private readonly EtcdReads _reads;
    private readonly EtcdCommits _commits;
    private readonly EtcdLeases _leases;
    private readonly EtcdMembers _members;
    private readonly EtcdPulse _pulse;
    private readonly EtcdHistoryLoop _history;
    private readonly ILogger _logger;

    private EtcdStateStore(EtcdCluster cluster, EtcdStateOptions options, TimeProvider clock, ILogger logger)
    {
        _cluster = cluster;
        _logger = logger;
        _keys = new(options.Prefix);
        _reads = new(cluster, _keys);
        _commits = new(cluster, _keys);
        _leases = new(cluster);
        _members = new(cluster);
        _pulse = new(_reads, clock, logger);
        _history = new(cluster, _reads, _commits, options.HistoryKept, clock, logger);
    }

    /// <summary>
    /// Finds the members and checks that they keep the contract. Throws <see cref="StateException"/> with
    /// <see cref="StateFault.Unavailable"/>, saying which member and what to do, when none is well, one is too old or of another cluster,
    /// or a certificate cannot be used.
    /// </summary>
    public static async Task<EtcdStateStore> OpenAsync(
        EtcdStateOptions options, TimeProvider clock, ILogger<EtcdStateStore> logger, CancellationToken cancel)
    {
        EtcdStart.Check(options);
        var cluster = await EtcdStart.ConnectAsync(options, logger, cancel);
        var store = new EtcdStateStore(cluster, options, clock, logger);
        try
        {
            EtcdLog.Opened(logger, options.Prefix, await store._reads.RevisionAsync(cancel));
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>The state as it is at this moment; this store ends with it.</summary>
    internal async Task<IStateSnapshot> ToSnapshotAsync(string name, DateTimeOffset takenAt, CancellationToken cancel)
    {
        var read = await ReadAsync([UnfinishedMark.Key.Stored], cancel);
        return read.Entries[0] is null
            ? new EtcdSnapshot(this, _reads, name, read.Revision, takenAt)
            : throw UnfinishedMark.IsSource(name);
    }

    /// <inheritdoc/>
    public ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel) =>
        _reads.ReadAsync(StateRules.Keys(keys), cancel);

    /// <inheritdoc/>
    public ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
    {
        StateRules.CheckPage(limit);
        var (start, end) = StateRules.Range(prefix, after);

        return start.AsSpan().SequenceCompareTo(end) < 0
            ? _reads.ListAsync(start, end, limit, keysOnly, cancel)
            : EmptyAsync(cancel);
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel) =>
        _commits.CommitAsync(StateCommit.Check(conditions, writes), cancel);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StateChanges> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterRevision);
        using var watch = new EtcdWatch(_cluster, _pulse, _keys, StateRules.Prefix(prefix), afterRevision, _logger);
        while (true)
        {
            yield return await watch.NextAsync(cancel);
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel)
    {
        StateRules.CheckLease(timeToLive);
        return _leases.GrantAsync(timeToLive, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel) => _leases.KeepAsync(leaseId, cancel);

    /// <inheritdoc/>
    public ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel) => _leases.RevokeAsync(leaseId, cancel);

    /// <inheritdoc/>
    public ValueTask<StoreMembers> ReadMembersAsync(CancellationToken cancel) => _members.ReadAsync(cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_cluster.Closing.IsCancellationRequested)
        {
            return;
        }

        await _history.DisposeAsync();
        await _pulse.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    // etcd takes a range whose end is not behind its start for an error or for one key.
    private async ValueTask<StatePage> EmptyAsync(CancellationToken cancel) => new([], await _reads.RevisionAsync(cancel), HasMore: false);
}
