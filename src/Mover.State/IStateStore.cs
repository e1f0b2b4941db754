namespace Mover.State;

/// <summary>
/// Everything the control plane knows: documents under keys, in order, with five operations that an embedded file and a replicated store
/// can both keep. Implementations are safe for concurrent use and enforce <see cref="StateLimits"/>. The shapes are etcd's (revisions,
/// compare-and-put transactions, watches, leases), so that both engines mean the same. Faults of the engine are
/// <see cref="StateException"/>.
/// </summary>
public interface IStateStore : IAsyncDisposable
{
    /// <summary>
    /// Reads up to <see cref="StateLimits.CommitOperationsMax"/> keys at one revision. Linearizable: sees every commit acknowledged before
    /// the call. A key may be named twice.
    /// </summary>
    ValueTask<StateRead> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancel);

    /// <summary>
    /// Reads up to <paramref name="limit"/> (1 to <see cref="StateLimits.PageEntriesMax"/>) entries whose keys start with
    /// <paramref name="prefix"/> and sort after <paramref name="after"/> (null: from the first), in ordinal byte order of the UTF-8 keys. A
    /// page is one consistent, linearizable read; its revision is where a watch starts without a gap. A page may hold fewer entries than
    /// asked although <see cref="StatePage.HasMore"/> is true, so that large values never fill the memory. With
    /// <paramref name="keysOnly"/> the entries' values are empty, and neither read nor sent.
    /// </summary>
    ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel);

    /// <summary>
    /// Applies all writes if every condition holds, or none. A durable answer: once <see cref="CommitOutcome.Committed"/> is returned, the
    /// writes survive a crash. The conditions are checked first, then the leases. The revision grows with every commit that changes
    /// something; deleting only absent keys, or writing nothing, leaves it. Cancelling is honoured until the commit is sent; afterwards the
    /// outcome is awaited and returned. Throws <see cref="StateException"/> with <see cref="StateFault.OutcomeUnknown"/> when the engine
    /// cannot tell: the commit may have been applied, or may still be. <see cref="Documents.DocumentStore"/> resolves that. A commit is
    /// never sent twice by the engine. Throws <see cref="ArgumentException"/> when a key is written twice.
    /// </summary>
    ValueTask<CommitResult> CommitAsync(
        IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel);

    /// <summary>
    /// Yields every change of keys under <paramref name="prefix"/> with a revision above <paramref name="afterRevision"/>, in revision
    /// order, without gaps, until cancelled; the changes of one commit in the order of its writes. The first element comes, empty if
    /// nothing has changed, when the watch is established; later an empty one at least every <see cref="StateLimits.WatchProgressEvery"/>
    /// says how far the watch has seen. The revision may lie ahead of the store's. Throws <see cref="StateException"/> with
    /// <see cref="StateFault.HistoryGone"/> when that revision is older than the history kept: the watcher lists again and watches from the
    /// page's revision.
    /// </summary>
    IAsyncEnumerable<StateChanges> WatchAsync(string prefix, long afterRevision, CancellationToken cancel);

    /// <summary>
    /// Grants a lease; keys written with its id are deleted, in one ordinary, watched commit, when it lapses or is revoked. It lapses no
    /// earlier than <paramref name="timeToLive"/> (<see cref="StateLimits.LeaseMin"/> to <see cref="StateLimits.LeaseMax"/>; an engine may
    /// round it up) after it was granted or kept; a restart or a change of leader may give it its full time again. Writing the key without
    /// the lease unbinds it.
    /// </summary>
    ValueTask<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancel);

    /// <summary>
    /// Restarts the lease's time to live. Returns false when the lease has lapsed or was never granted: whoever held it has lost its keys.
    /// </summary>
    ValueTask<bool> KeepLeaseAsync(long leaseId, CancellationToken cancel);

    /// <summary>Ends a lease and deletes its keys. A lease that has lapsed already is no error.</summary>
    ValueTask RevokeLeaseAsync(long leaseId, CancellationToken cancel);

    /// <summary>
    /// Who keeps the state, and how each of them fares at the moment. One that does not answer is told so; throws
    /// <see cref="StateException"/> with <see cref="StateFault.Unavailable"/> when nobody does.
    /// </summary>
    ValueTask<StoreMembers> ReadMembersAsync(CancellationToken cancel);
}

/// <summary>One key's state.</summary>
/// <param name="Key">The key, as written.</param>
/// <param name="Value">The value, 0 to <see cref="StateLimits.ValueBytesMax"/> bytes; empty in a listing of keys.</param>
/// <param name="ModRevision">The revision of the commit that wrote it last; compare-and-set uses it.</param>
/// <param name="LeaseId">The lease it is bound to, or 0.</param>
public sealed record StateEntry(string Key, ReadOnlyMemory<byte> Value, long ModRevision, long LeaseId);

/// <summary>The keys of one read, at one revision.</summary>
/// <param name="Entries">One for each key that was asked for, in that order; null when the key is absent.</param>
/// <param name="Revision">The store's revision that they were read at.</param>
public sealed record StateRead(IReadOnlyList<StateEntry?> Entries, long Revision);

/// <summary>One page of a listing.</summary>
/// <param name="Entries">In key order.</param>
/// <param name="Revision">The store's revision that the page was read at.</param>
/// <param name="HasMore">True when more keys follow the last one.</param>
public sealed record StatePage(IReadOnlyList<StateEntry> Entries, long Revision, bool HasMore);

/// <summary>Holds when the key was last written by the commit with this revision; 0 means that the key is absent.</summary>
public readonly record struct StateCondition(string Key, long ModRevision);

/// <summary>
/// One write of a commit: a value to put (with an optional lease), or null to delete the key (absent already is no error).
/// </summary>
public readonly record struct StateWrite(string Key, ReadOnlyMemory<byte>? Value, long LeaseId = 0);

/// <summary>One change seen by a watch: the new entry, or null when the key was deleted.</summary>
public readonly record struct StateChange(string Key, StateEntry? Entry, long Revision);

/// <summary>What a watch has seen since its last element: whole commits only.</summary>
/// <param name="Changes">The changes under the watch's prefix; empty when nothing changed.</param>
/// <param name="Revision">Every change up to and with this revision has been yielded; another watch can start from here.</param>
/// <param name="AsOf">
/// When it was known, on the store's clock (<see cref="TimeProvider.GetTimestamp"/>), that every commit acknowledged before is among what
/// has been yielded; null when more is on its way.
/// </param>
public sealed record StateChanges(IReadOnlyList<StateChange> Changes, long Revision, long? AsOf);

/// <summary>What became of a commit.</summary>
public enum CommitOutcome
{
    /// <summary>All writes are durable.</summary>
    Committed,

    /// <summary>Nothing was written: a condition did not hold.</summary>
    ConditionFailed,

    /// <summary>Nothing was written: a lease named by a write has lapsed.</summary>
    LeaseLapsed,
}

/// <summary>The answer to a commit.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Revision">The new revision when committed; otherwise 0.</param>
public readonly record struct CommitResult(CommitOutcome Outcome, long Revision);

/// <summary>The contract's limits: the narrower engine's, enforced by every engine with <see cref="StateFault.LimitExceeded"/>.</summary>
public static class StateLimits
{
    /// <summary>
    /// Keys of one read, and conditions and, separately, writes in one commit: etcd's max-txn-ops of 128 less what an engine, a fence and a
    /// mirror add.
    /// </summary>
    public const int CommitOperationsMax = 120;

    /// <summary>Bytes of one value.</summary>
    public const int ValueBytesMax = 1024 * 1024;

    /// <summary>
    /// Bytes of all keys and values of one commit, the keys of conditions counted twice (etcd: max-request-bytes is 1.5 MiB, and a
    /// condition and the answer to its failure each name the key).
    /// </summary>
    public const int CommitBytesMax = 1280 * 1024;

    /// <summary>Bytes of one key in UTF-8; 1 at least.</summary>
    public const int KeyBytesMax = 2048;

    /// <summary>Entries on one page.</summary>
    public const int PageEntriesMax = 1000;

    /// <summary>Watch history is kept at least this long.</summary>
    public static readonly TimeSpan HistoryMin = TimeSpan.FromMinutes(10);

    /// <summary>A watch says at least this often how far it has seen.</summary>
    public static readonly TimeSpan WatchProgressEvery = TimeSpan.FromSeconds(1);

    /// <summary>The shortest lease.</summary>
    public static readonly TimeSpan LeaseMin = TimeSpan.FromSeconds(1);

    /// <summary>The longest lease.</summary>
    public static readonly TimeSpan LeaseMax = TimeSpan.FromDays(1);
}

/// <summary>Why the store could not do what was asked.</summary>
public enum StateFault
{
    /// <summary>The engine cannot be reached or its file cannot be opened.</summary>
    Unavailable,

    /// <summary>What is stored is not what was written: a document does not match its digest.</summary>
    Damaged,

    /// <summary>The engine did not say whether the commit was applied; it may still be.</summary>
    OutcomeUnknown,

    /// <summary>A watch asked for changes that are no longer kept.</summary>
    HistoryGone,

    /// <summary>A limit of <see cref="StateLimits"/> was exceeded.</summary>
    LimitExceeded,

    /// <summary>The disk or quota is full; nothing was written.</summary>
    Full,

    /// <summary>A lease named by a write has lapsed; nothing was written.</summary>
    LeaseLapsed,

    /// <summary>The state is served by the pair of this region; nothing was written.</summary>
    NotServing,

    /// <summary>Other writers won every one of a bounded number of attempts; nothing was written.</summary>
    Contended,
}

/// <summary>A fault of the state store.</summary>
public sealed class StateException(StateFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of fault it is.</summary>
    public StateFault Fault { get; } = fault;
}
