using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Mover.Core.Arm;

namespace Mover.State.Documents;

/// <summary>
/// Typed JSON documents over the state store, each with its own ETag, version and stamps, so that those survive a move to another engine or
/// region. Every write appends its audit record in the same commit. Safe for concurrent use; faults are <see cref="StateException"/>.
/// </summary>
public sealed class DocumentStore(IStateStore store, TimeProvider? clock = null)
{
    /// <summary>Writes of one commit: one operation of the store's limit is its marker.</summary>
    public const int CommitWritesMax = StateLimits.CommitOperationsMax - 1;

    private const int DeleteBatch = 100;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly ExactCommits _commits = new(store, clock ?? TimeProvider.System);

    // Tells apart the audit records of one request at one time; nothing else depends on it.
    private long _audited;

    /// <summary>Reads a document; null when there is none.</summary>
    public async ValueTask<Document<T>?> GetAsync<T>(DocumentKey key, JsonTypeInfo<T> type, CancellationToken cancel) =>
        await store.GetAsync(key.Stored, cancel) is { } entry ? DocumentEnvelope.Read(entry, type) : null;

    /// <summary>Reads a document's tag, version and stamps; null when there is none.</summary>
    public async ValueTask<DocumentInfo?> GetInfoAsync(DocumentKey key, CancellationToken cancel) =>
        await store.GetAsync(key.Stored, cancel) is { } entry ? DocumentEnvelope.ReadInfo(entry) : null;

    /// <summary>Creates or replaces a document; null when the condition does not hold. What was created keeps its creation stamp.</summary>
    public async ValueTask<Document<T>?> PutAsync<T>(
        DocumentKey key, T value, JsonTypeInfo<T> type, DocumentCondition condition, WriteStamp stamp, CancellationToken cancel)
    {
        var commit = await CommitAsync([DocumentWrite.Put(key, value, type, condition)], stamp, cancel);
        return commit.Saved[0] is { } info ? new(value, info) : null;
    }

    /// <summary>Deletes a document.</summary>
    public async ValueTask<DeleteOutcome> DeleteAsync(
        DocumentKey key, DocumentCondition condition, WriteStamp stamp, CancellationToken cancel)
    {
        var attempt = await AttemptAsync([DocumentWrite.Delete(key, condition)], stamp, cancel);
        return !attempt.Answer.Committed ? DeleteOutcome.ConditionFailed
            : attempt.Before[0] is null ? DeleteOutcome.Absent : DeleteOutcome.Deleted;
    }

    /// <summary>
    /// Applies all writes if every condition holds, or none; at most <see cref="CommitWritesMax"/>, each key written once. Throws
    /// <see cref="StateFault.Contended"/> after too many lost races, and <see cref="StateFault.LeaseLapsed"/> when a write's lease has
    /// lapsed.
    /// </summary>
    public async ValueTask<DocumentCommit> CommitAsync(IReadOnlyList<DocumentWrite> writes, WriteStamp stamp, CancellationToken cancel) =>
        (await AttemptAsync(writes, stamp, cancel)).Answer;

    /// <summary>
    /// Reads, changes and writes a document, and reads again when another writer came between. The change may run more than once and
    /// answers null to leave the document as it is. Answers what is stored in the end; null when there is none.
    /// </summary>
    public async ValueTask<Document<T>?> UpdateAsync<T>(
        DocumentKey key, JsonTypeInfo<T> type, Func<Document<T>, T?> change, WriteStamp stamp, CancellationToken cancel)
        where T : class
    {
        var rounds = Rounds();
        do
        {
            var found = await GetAsync(key, type, cancel);
            if (found is null || change(found) is not { } value)
            {
                return found;
            }

            if (await PutAsync(key, value, type, DocumentCondition.Unchanged(found.Info), stamp, cancel) is { } saved)
            {
                return saved;
            }
        }
        while (await rounds.NextAsync(cancel));

        throw Contended(key);
    }

    /// <summary>
    /// The direct children of <paramref name="parent"/> in key order; what is below them is passed over, not read. A type with a slash,
    /// such as <c>Microsoft.StorageMover/storageMovers</c>, is a provider's type in a subscription or group; one without is a child type
    /// such as <c>endpoints</c>.
    /// </summary>
    public async IAsyncEnumerable<Document<T>> ListAsync<T>(
        ResourceId parent, string childType, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? after = null;
        do
        {
            var page = await ListPageAsync(parent, childType, type, after, StateLimits.PageEntriesMax, cancel);
            foreach (var document in page.Documents)
            {
                yield return document;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>
    /// One page of <see cref="ListAsync"/>: at most <paramref name="limit"/> documents behind the place that the last page gave.
    /// </summary>
    public ValueTask<DocumentPage<T>> ListPageAsync<T>(
        ResourceId parent, string childType, JsonTypeInfo<T> type, string? after, int limit, CancellationToken cancel)
    {
        var level = childType.Contains('/', StringComparison.Ordinal) ? $"/providers/{childType}/" : $"/{childType}/";
        return DocumentLevel.PageAsync(store, ArmCase.Lower(parent.Key + level), type, after, limit, cancel);
    }

    /// <summary>
    /// One page of the resources of some types (lower case, such as <c>microsoft.storagemover/storagemovers</c>) that lie directly in a
    /// group, or in the groups of a subscription, in key order; what is below them is passed over, not read. A page ends after
    /// <paramref name="limit"/> documents that are wanted or after <paramref name="looksMax"/> entries looked at: it may be empty although
    /// more follow.
    /// </summary>
    public ValueTask<DocumentPage<T>> ListResourcesPageAsync<T>(
        ResourceId scope, IReadOnlySet<string> types, Func<Document<T>, bool> wants, JsonTypeInfo<T> type, string? after, int limit,
        int looksMax, CancellationToken cancel) =>
        ResourceLevel.PageAsync(store, scope, types, wants, type, after, limit, looksMax, cancel);

    /// <summary>
    /// One page of the documents directly below a place of the control plane's own. A damaged one is a fault, or, for a loop that must
    /// not stop at it, is given to <paramref name="skipDamaged"/> and left out.
    /// </summary>
    public ValueTask<DocumentPage<T>> ListInternalAsync<T>(
        DocumentKey parent, JsonTypeInfo<T> type, string? after, int limit, CancellationToken cancel,
        Action<StateException>? skipDamaged = null) =>
        DocumentLevel.PageAsync(store, parent.Stored + "/", type, after, limit, cancel, skipDamaged);

    /// <summary>Reads a document out of an entry that a listing or watch of the store gave.</summary>
    public static Document<T> Open<T>(StateEntry entry, JsonTypeInfo<T> type) => DocumentEnvelope.Read(entry, type);

    /// <summary>
    /// As <see cref="Open"/>, for whoever reads many: null for a document that is damaged, which is given to
    /// <paramref name="tell"/> and holds up no other.
    /// </summary>
    public static Document<T>? OpenWhole<T>(StateEntry entry, JsonTypeInfo<T> type, Action<StateException> tell)
    {
        try
        {
            return Open(entry, type);
        }
        catch (StateException fault) when (fault.Fault == StateFault.Damaged)
        {
            tell(fault);
            return null;
        }
    }

    /// <summary>
    /// What is known of an entry that is a document, once it is checked against its digest. Throws <see cref="StateException"/> with
    /// <see cref="StateFault.Damaged"/> when it does not match it.
    /// </summary>
    public static DocumentInfo OpenInfo(StateEntry entry) => DocumentEnvelope.ReadInfo(entry);

    /// <summary>The entry of a document's next version, for whoever writes a store as a whole.</summary>
    public static StateEntry Next<T>(StateEntry entry, T value, JsonTypeInfo<T> type, WriteStamp stamp)
    {
        var before = DocumentEnvelope.ReadInfo(entry);
        var (json, version) = (System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(value, type), before.Version + 1);
        var info = new DocumentInfo(before.Key, DocumentTag.Of(before.Key, version, stamp, json), version, before.Created, stamp);
        return entry with { Value = DocumentEnvelope.Write(info, json) };
    }

    /// <summary>Everything below a document, at any depth, in key order; open with <see cref="Open"/>.</summary>
    public IAsyncEnumerable<StateEntry> ListBelowAsync(DocumentKey root, CancellationToken cancel) =>
        store.ListAllAsync(root.Stored + "/", cancel);

    /// <summary>
    /// Deletes everything below a document, in batches that are each atomic. Cancelled or crashed, the next call goes on with the rest.
    /// Answers how many went; null when <paramref name="only"/> stopped holding, and then what is left stays.
    /// </summary>
    /// <param name="root">The document.</param>
    /// <param name="stamp">Who deletes, and when.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <param name="only">What must hold of another document for each batch; null for nothing.</param>
    public async ValueTask<long?> DeleteBelowAsync(
        DocumentKey root, WriteStamp stamp, CancellationToken cancel, DocumentWrite? only = null)
    {
        var gone = 0L;
        while (true)
        {
            var page = await store.ListAsync(root.Stored + "/", null, DeleteBatch, cancel);
            if (page.Entries.Count == 0)
            {
                return gone;
            }

            var batch = page.Entries.Select(entry => Delete(DocumentEnvelope.ReadInfo(entry))).ToList();
            if (only is not null)
            {
                batch.Add(only);
            }

            var commit = await CommitAsync(batch, stamp, cancel);
            if (only is not null && commit.FailedWrite == batch.Count - 1)
            {
                return null;
            }

            // Otherwise one of them changed meanwhile: the next page shows it as it is.
            gone += commit.Committed ? page.Entries.Count : 0;
        }
    }

    /// <summary>Rounds for a change that spans several documents: read, decide, commit, and again after a lost race.</summary>
    public Rounds Rounds() => new(_clock);

    /// <summary>
    /// Reads documents at one revision, up to <see cref="StateLimits.CommitOperationsMax"/>. A key that is too long for the store is one
    /// without a document.
    /// </summary>
    public async ValueTask<DocumentsRead> ReadAsync(IReadOnlyList<DocumentKey> keys, CancellationToken cancel)
    {
        var possible = keys.Where(key => Encoding.UTF8.GetByteCount(key.Stored) <= StateLimits.KeyBytesMax).ToList();
        return new(keys, possible, await store.ReadAsync([.. possible.Select(key => key.Stored)], cancel));
    }

    /// <summary>Deletes what writers that are gone left behind to tell the outcome of their commits; answers how much went.</summary>
    public ValueTask<int> TidyAsync(DateTimeOffset before, CancellationToken cancel) => _commits.TidyAsync(before, cancel);

    private static DocumentWrite Delete(DocumentInfo read) => DocumentWrite.Delete(read.Key, DocumentCondition.Unchanged(read));

    private async ValueTask<Attempt> AttemptAsync(IReadOnlyList<DocumentWrite> writes, WriteStamp stamp, CancellationToken cancel)
    {
        var rounds = Rounds();
        var trust = true;
        do
        {
            var change = await DocumentChange.ReadAsync(store, writes, trust, cancel);
            if (change.FailedWrite >= 0)
            {
                return new(change.Refused(), change.Before);
            }

            var (conditions, prepared, audit) = change.Prepare(stamp);
            var record = audit.Count == 0 || stamp.Routine
                ? null
                : AuditLog.Record(stamp, audit, _commits.Writer, Interlocked.Increment(ref _audited));
            var result = prepared.Count > 0 ? await _commits.CommitAsync(conditions, prepared, record, stamp.At, cancel)
                : trust ? await _commits.CheckAsync(conditions, cancel)
                : new(CommitOutcome.Committed, 0);
            switch (result.Outcome)
            {
                case CommitOutcome.Committed:
                    return new(change.Done(result.Revision), change.Before);
                case CommitOutcome.LeaseLapsed:
                    throw new StateException(
                        StateFault.LeaseLapsed, $"The lease for the write of '{writes[0].Key}' has expired; nothing was written.");
                case CommitOutcome.ConditionFailed:
                default:
                    trust = false;
                    break;
            }
        }
        while (await rounds.NextAsync(cancel));

        throw Contended(writes[0].Key);
    }

    private static StateException Contended(DocumentKey key) => new(
        StateFault.Contended,
        $"'{key}' kept changing for {Documents.Rounds.Bound.TotalSeconds} s; nothing was written. Retry later.");

    private sealed record Attempt(DocumentCommit Answer, IReadOnlyList<DocumentInfo?> Before);
}
