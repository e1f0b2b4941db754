using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Mover.State.Documents;

/// <summary>One document's part in a commit: a value to put, a delete, or only a condition to check.</summary>
public sealed class DocumentWrite
{
    private DocumentWrite(DocumentKey key, DocumentCondition condition, byte[]? json = null, long leaseId = 0, bool deletes = false)
    {
        Key = key;
        Condition = condition;
        Json = json;
        LeaseId = leaseId;
        Deletes = deletes;
    }

    /// <summary>The document written or checked.</summary>
    public DocumentKey Key { get; }

    internal DocumentCondition Condition { get; }

    internal byte[]? Json { get; }

    internal long LeaseId { get; }

    internal bool Deletes { get; }

    /// <summary>
    /// Stores a value. With a lease (see <see cref="IStateStore.GrantLeaseAsync"/>) the document vanishes when that lapses.
    /// </summary>
    public static DocumentWrite Put<T>(
        DocumentKey key, T value, JsonTypeInfo<T> type, DocumentCondition condition = default, long leaseId = 0) =>
        new(key, condition, JsonSerializer.SerializeToUtf8Bytes(value, type), leaseId);

    /// <summary>Deletes a document; absent already is no error unless the condition says so.</summary>
    public static DocumentWrite Delete(DocumentKey key, DocumentCondition condition = default) => new(key, condition, deletes: true);

    /// <summary>Writes nothing, but the others are written only if this condition holds at the same moment.</summary>
    public static DocumentWrite Check(DocumentKey key, DocumentCondition condition) => new(key, condition);
}
