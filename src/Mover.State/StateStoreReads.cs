using System.Runtime.CompilerServices;

namespace Mover.State;

/// <summary>The common cases of the contract's reads.</summary>
public static class StateStoreReads
{
    /// <summary>Reads one key; null when absent.</summary>
    public static async ValueTask<StateEntry?> GetAsync(this IStateStore store, string key, CancellationToken cancel) =>
        (await store.ReadAsync([key], cancel)).Entries[0];

    /// <summary>All entries below a prefix, page after page, each page as the store is at that moment.</summary>
    public static async IAsyncEnumerable<StateEntry> ListAllAsync(
        this IStateStore store, string prefix, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(prefix, after, StateLimits.PageEntriesMax, cancel);
            foreach (var entry in page.Entries)
            {
                yield return entry;
            }

            after = page.Entries.Count > 0 ? page.Entries[^1].Key : after;
        }
        while (page.HasMore);
    }

    /// <summary>A page of entries with their values.</summary>
    public static ValueTask<StatePage> ListAsync(
        this IStateStore store, string prefix, string? after, int limit, CancellationToken cancel) =>
        store.ListAsync(prefix, after, limit, keysOnly: false, cancel);
}
