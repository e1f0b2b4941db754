using System.Text.Json.Serialization.Metadata;
using Mover.Core.Arm;

namespace Mover.State.Documents;

/// <summary>Lists what lies directly in a resource group, or in all groups of a subscription, without reading what is below it.</summary>
internal static class ResourceLevel
{
    // No character sorts after it, so this text behind a slash is behind everything below.
    private const string Last = "\U0010FFFF";

    // In the key of a resource in a group: /subscriptions/{s}/resourcegroups/{g}/providers/{ns}/{type}/{name}.
    private const int Slashes = 8;

    private const int FirstEntries = 16;

    /// <summary>
    /// The next resources of some types in key order. Ends after <paramref name="limit"/> documents or after looking at
    /// <paramref name="looksMax"/> entries, whichever comes first, so that a page may be empty although more follow.
    /// </summary>
    public static async ValueTask<DocumentPage<T>> PageAsync<T>(
        IStateStore store, ResourceId scope, IReadOnlySet<string> types, Func<Document<T>, bool> wants, JsonTypeInfo<T> type, string? after,
        int limit, int looksMax, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(looksMax, 1);
        var prefix = scope.Key + (scope.ResourceGroup.Length == 0 ? "/resourcegroups/" : "/providers/");
        var documents = new List<Document<T>>();
        var (more, looks, entries) = (true, 0, Math.Min(limit, StateLimits.PageEntriesMax));
        while (more && documents.Count < limit && looks < looksMax)
        {
            var page = await store.ListAsync(prefix, after, entries, cancel);
            var skips = false;
            more = page.HasMore;
            foreach (var entry in page.Entries)
            {
                if (documents.Count == limit)
                {
                    more = true;
                    break;
                }

                looks++;
                (after, var isListed, skips) = Place(entry.Key, types);
                if (isListed && DocumentEnvelope.Read(entry, type) is var found && wants(found))
                {
                    documents.Add(found);
                }
            }

            // After a page that ended below something, the next one starts small: there may be many of the same below everything.
            entries = skips ? FirstEntries : Math.Min(entries * 2, StateLimits.PageEntriesMax);
        }

        return new(documents, more ? after : null);
    }

    // Where to go on, whether the entry is one of those listed, and whether going on skips keys.
    private static (string After, bool IsListed, bool Skips) Place(string key, IReadOnlySet<string> types)
    {
        var (name, below) = (SlashAt(key, Slashes), SlashAt(key, Slashes + 1));
        if (name < 0)
        {
            return (key, false, false);
        }

        if (!types.Contains(TypeOf(key, name)))
        {
            return (key[..(name + 1)] + Last, false, true);
        }

        return below > 0 ? (key[..(below + 1)] + Last, false, true) : (key, true, false);
    }

    // Where the slash with a number is, counted from one; -1 when there are fewer.
    private static int SlashAt(string key, int number)
    {
        var at = -1;
        for (var seen = 0; seen < number; seen++)
        {
            at = key.IndexOf('/', at + 1);
            if (at < 0)
            {
                return at;
            }
        }

        return at;
    }

    // The two segments before the name.
    private static string TypeOf(string key, int nameAt)
    {
        var type = key.LastIndexOf('/', nameAt - 1);
        return key[(key.LastIndexOf('/', type - 1) + 1)..nameAt];
    }
}
