namespace Mover.State.Documents;

/// <summary>Who wrote, when, and on which request; the source of <c>systemData</c> and of the audit log.</summary>
/// <param name="By">The principal: a user's or application's object id or name.</param>
/// <param name="ByType">ARM's word for its kind: <c>User</c>, <c>Application</c>, <c>ManagedIdentity</c> or <c>Key</c>.</param>
/// <param name="At">The time of the request, given by its owner's clock.</param>
/// <param name="Correlation">The correlation id of the request.</param>
/// <param name="Routine">
/// True for what a machine refreshes all the time (beats, progress): the document states who and when, the audit log does not repeat it.
/// </param>
public sealed record WriteStamp(string By, string ByType, DateTimeOffset At, string Correlation, bool Routine = false)
{
    /// <summary>The RBAC action of the request; null for what the control plane does by itself. Only the audit log keeps it.</summary>
    public string? Action { get; init; }

    /// <summary>The scope that the action was done at; null as above.</summary>
    public string? Scope { get; init; }

    /// <summary>The principal's object id; null as above.</summary>
    public string? ObjectId { get; init; }

    /// <summary>Why the action was not done, when the commit only notes that; null for what was done. Only the audit log keeps
    /// it.</summary>
    public AuditRefusal? Refused { get; init; }
}

/// <summary>What is known of a stored document besides its value.</summary>
/// <param name="Key">Where it is, with the casing of the last write.</param>
/// <param name="ETag">The strong, quoted tag of this version; it stays the same in every copy of the store.</param>
/// <param name="Version">1 when created; grows by one with each write.</param>
/// <param name="Created">The first write.</param>
/// <param name="Modified">The last write.</param>
public sealed record DocumentInfo(DocumentKey Key, string ETag, long Version, WriteStamp Created, WriteStamp Modified)
{
    /// <summary>The revision of this store that wrote it; another store has another one, so only a change relies on it.</summary>
    public long Revision { get; init; }
}

/// <summary>A document as it was read or saved.</summary>
/// <param name="Value">What was stored.</param>
/// <param name="Info">Its place, tag, version and stamps.</param>
public sealed record Document<T>(T Value, DocumentInfo Info)
{
    /// <summary>Where it is, with the casing of the last write.</summary>
    public DocumentKey Key => Info.Key;

    /// <summary>The strong, quoted tag of this version.</summary>
    public string ETag => Info.ETag;

    /// <summary>1 when created; grows by one with each write.</summary>
    public long Version => Info.Version;
}

/// <summary>One page of a listing.</summary>
/// <param name="Documents">In key order.</param>
/// <param name="Next">Where the next page starts: pass it as <c>after</c>; null on the last page.</param>
public sealed record DocumentPage<T>(IReadOnlyList<Document<T>> Documents, string? Next);

/// <summary>What became of a commit of documents.</summary>
/// <param name="FailedWrite">
/// The index of the first write whose condition does not hold; -1 when all are durable. Nothing is written when one fails.
/// </param>
/// <param name="Saved">Per write what is stored now: null for a delete, a check, and when nothing was written.</param>
public sealed record DocumentCommit(int FailedWrite, IReadOnlyList<DocumentInfo?> Saved)
{
    /// <summary>True when every write is durable.</summary>
    public bool Committed => FailedWrite < 0;
}

/// <summary>What became of a delete.</summary>
public enum DeleteOutcome
{
    /// <summary>The document is gone.</summary>
    Deleted,

    /// <summary>There was none; nothing was written.</summary>
    Absent,

    /// <summary>The condition does not hold; nothing was written.</summary>
    ConditionFailed,
}
