namespace Mover.State.Documents;

/// <summary>One attempt at a commit: what is stored, whether the conditions hold of it, and what to write if so.</summary>
internal sealed class DocumentChange
{
    private readonly IReadOnlyList<DocumentWrite> _writes;
    private readonly long[] _revisions;

    private DocumentChange(IReadOnlyList<DocumentWrite> writes)
    {
        _writes = writes;
        _revisions = new long[writes.Count];
        Before = new DocumentInfo?[writes.Count];
        After = new DocumentInfo?[writes.Count];
    }

    /// <summary>Per write, what was stored before.</summary>
    public DocumentInfo?[] Before { get; }

    /// <summary>Per write, what is stored after; null for deletes and checks.</summary>
    public DocumentInfo?[] After { get; }

    /// <summary>The first write whose condition does not hold; -1 when all do.</summary>
    public int FailedWrite { get; private set; } = -1;

    /// <summary>Reads what the writes touch and checks their conditions.</summary>
    public static async ValueTask<DocumentChange> ReadAsync(
        IStateStore store, IReadOnlyList<DocumentWrite> writes, CancellationToken cancel)
    {
        var change = new DocumentChange(writes);
        for (var at = 0; at < writes.Count; at++)
        {
            if (await store.GetAsync(writes[at].Key.Stored, cancel) is { } entry)
            {
                change.Before[at] = DocumentEnvelope.ReadInfo(entry);
                change._revisions[at] = entry.ModRevision;
            }

            if (change.FailedWrite < 0 && !writes[at].Condition.Holds(change.Before[at]))
            {
                change.FailedWrite = at;
            }
        }

        return change;
    }

    /// <summary>The answer when a condition does not hold.</summary>
    public DocumentCommit Refused() => new(FailedWrite, new DocumentInfo?[_writes.Count]);

    /// <summary>
    /// The store's conditions, that nothing has changed since the read, and its writes with the audit record, which overwrites no other.
    /// </summary>
    public (List<StateCondition> Conditions, List<StateWrite> Writes) Prepare(WriteStamp stamp, long auditNumber)
    {
        var conditions = new List<StateCondition>(_writes.Count);
        var writes = new List<StateWrite>(_writes.Count + 1);
        var audit = new List<AuditChange>(_writes.Count);
        for (var at = 0; at < _writes.Count; at++)
        {
            var (write, before) = (_writes[at], Before[at]);
            conditions.Add(new(write.Key.Stored, _revisions[at]));
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

        if (audit.Count > 0 && !stamp.Routine)
        {
            var record = AuditLog.Record(stamp, audit, auditNumber);
            writes.Add(record);
            conditions.Add(new(record.Key, 0));
        }

        return (conditions, writes);
    }
}
