using System.Text.Json.Serialization.Metadata;

namespace Mover.State.Documents;

/// <summary>Lists one level of the tree of keys without reading what is below it.</summary>
internal static class DocumentLevel
{
    // No character sorts after it, so this text behind a child's slash is behind everything below that child.
    private const string Last = "\U0010FFFF";

    // After a page that ended below a child, the next one starts small: it may be that every child has many below it.
    private const int FirstEntries = 16;

    /// <summary>The documents directly behind the prefix, which ends with a slash.</summary>
    public static async ValueTask<DocumentPage<T>> PageAsync<T>(
        IStateStore store, string prefix, JsonTypeInfo<T> type, string? after, int limit, CancellationToken cancel,
        Action<StateException>? skipDamaged = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var documents = new List<Document<T>>();
        var more = true;
        var entries = Math.Min(limit, StateLimits.PageEntriesMax);
        while (more && documents.Count < limit)
        {
            var page = await store.ListAsync(prefix, after, Math.Min(entries, limit - documents.Count), cancel);
            var endsBelow = false;
            foreach (var entry in page.Entries)
            {
                var slash = entry.Key.IndexOf('/', prefix.Length);
                endsBelow = slash >= 0;
                after = endsBelow ? entry.Key[..(slash + 1)] + Last : entry.Key;
                if (!endsBelow && Open(entry, type, skipDamaged) is { } document)
                {
                    documents.Add(document);
                }
            }

            more = page.HasMore;
            entries = endsBelow ? FirstEntries : Math.Min(entries * 2, StateLimits.PageEntriesMax);
        }

        return new(documents, more ? after : null);
    }

    private static Document<T>? Open<T>(StateEntry entry, JsonTypeInfo<T> type, Action<StateException>? skipDamaged) =>
        skipDamaged is null ? DocumentEnvelope.Read(entry, type) : DocumentStore.OpenWhole(entry, type, skipDamaged);
}
