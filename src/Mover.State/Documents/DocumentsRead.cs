using System.Text.Json.Serialization.Metadata;

namespace Mover.State.Documents;

/// <summary>Documents that were read at one revision.</summary>
public sealed class DocumentsRead
{
    private readonly Dictionary<string, StateEntry?> _entries;

    internal DocumentsRead(IReadOnlyList<DocumentKey> keys, IReadOnlyList<DocumentKey> asked, StateRead read)
    {
        _entries = new(keys.Count, StringComparer.Ordinal);
        foreach (var key in keys)
        {
            _entries[key.Stored] = null;
        }

        foreach (var (at, key) in asked.Index())
        {
            _entries[key.Stored] = read.Entries[at];
        }
    }

    /// <summary>One of the documents; null when there is none. Throws <see cref="KeyNotFoundException"/> for one not read.</summary>
    public Document<T>? Get<T>(DocumentKey key, JsonTypeInfo<T> type) =>
        _entries[key.Stored] is { } entry ? DocumentEnvelope.Read(entry, type) : null;

    /// <summary>One document's tag, version and stamps; null when there is none.</summary>
    public DocumentInfo? Info(DocumentKey key) => _entries[key.Stored] is { } entry ? DocumentEnvelope.ReadInfo(entry) : null;
}
