namespace Mover.State.Documents;

/// <summary>One attempt at a commit: what is stored, whether the conditions hold of it, and what to write if so.</summary>
internal sealed class DocumentChange
{
    private readonly IReadOnlyList<DocumentWrite> _writes;

    private DocumentChange(IReadOnlyList<DocumentWrite> writes)
    {
        _writes = writes;
        Before = new DocumentInfo?[writes.Count];
        After = new DocumentInfo?[writes.Count];
    }

    /// <summary>Per write, what was stored before.</summary>
    public DocumentInfo?[] Before { get; }

    /// <summary>Per write, what is stored after; null for deletes and checks.</summary>
    public DocumentInfo?[] After { get; }

    /// <summary>The first write whose condition does not hold; -1 when all do.</summary>
    public int FailedWrite { get; private set; } = -1;

    /// <summary>
    /// Learns what the writes touch, in one read, and checks their conditions. A condition that tells what is stored is taken at its word
    /// with <paramref name="trust"/>: the commit itself requires it.
    /// </summary>
    public static async ValueTask<DocumentChange> ReadAsync(
        IStateStore store, IReadOnlyList<DocumentWrite> writes, bool trust, CancellationToken cancel)
    {
        var change = new DocumentChange(writes);
        var unknown = new List<int>();
        for (var at = 0; at < writes.Count; at++)
        {
            if (trust && writes[at].Condition.Tells(out var stored))
            {
                change.Before[at] = stored;
            }
            else
            {
                unknown.Add(at);
            }
        }

        if (unknown.Count > 0)
        {
            var read = await store.ReadAsync([.. unknown.Select(at => writes[at].Key.Stored)], cancel);
            foreach (var (index, at) in unknown.Index())
            {
                change.Before[at] = read.Entries[index] is { } entry ? DocumentEnvelope.ReadInfo(entry) : null;
            }

            change.FailedWrite = unknown.FindIndex(at => !writes[at].Condition.Holds(change.Before[at])) is var failed and >= 0
                ? unknown[failed]
                : -1;
        }

        return change;
    }

    /// <summary>The answer when a condition does not hold.</summary>
    public DocumentCommit Refused() => new(FailedWrite, new DocumentInfo?[_writes.Count]);

    /// <summary>The answer when all is written.</summary>
    public DocumentCommit Done(long revision) =>
        new(-1, [.. After.Select(info => info is null ? null : info with { Revision = revision })]);

    /// <summary>
    /// The store's conditions, that nothing has changed since the read, its writes, and what the audit log says of them.
    /// </summary>
    public (List<StateCondition> Conditions, List<StateWrite> Writes, List<AuditChange> Audit) Prepare(WriteStamp stamp)
    {
        var conditions = new List<StateCondition>(_writes.Count + 1);
        var writes = new List<StateWrite>(_writes.Count + 1);
        var audit = new List<AuditChange>(_writes.Count);
        for (var at = 0; at < _writes.Count; at++)
        {
            var (write, before) = (_writes[at], Before[at]);
            conditions.Add(new(write.Key.Stored, before?.Revision ?? 0));
            if (write.Json is { } json)
            {
                var version = (before?.Version ?? 0) + 1;
                var info = new DocumentInfo(
                    write.Key, DocumentTag.Of(write.Key, version, stamp, json), version, before?.Created ?? stamp, stamp);
                After[at] = info;
                writes.Add(new(write.Key.Stored, DocumentEnvelope.Write(info, json), write.LeaseId));
                audit.Add(new(write.Key.Text, before is null ? "created" : "updated", version));
            }
            else if (write.Deletes && before is not null)
            {
                writes.Add(new(write.Key.Stored, null));
                audit.Add(new(before.Key.Text, "deleted", before.Version));
            }
        }

        return (conditions, writes, audit);
    }
}
