namespace Mover.State;

/// <summary>The common cases of the contract's reads.</summary>
public static class StateStoreReads
{
    /// <summary>Reads one key; null when absent.</summary>
    public static async ValueTask<StateEntry?> GetAsync(this IStateStore store, string key, CancellationToken cancel) =>
        (await store.ReadAsync([key], cancel)).Entries[0];

    /// <summary>A page of entries with their values.</summary>
    public static ValueTask<StatePage> ListAsync(
        this IStateStore store, string prefix, string? after, int limit, CancellationToken cancel) =>
        store.ListAsync(prefix, after, limit, keysOnly: false, cancel);
}
