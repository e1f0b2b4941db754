using System.Runtime.CompilerServices;

namespace Mover.State.Etcd;

/// <summary>The state of an etcd at one revision, which etcd keeps for as long as watch history.</summary>
internal sealed class EtcdSnapshot(EtcdStateStore store, EtcdReads reads, string name, long revision, DateTimeOffset takenAt)
    : IStateSnapshot
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long Revision => revision;

    /// <inheritdoc/>
    public DateTimeOffset TakenAt => takenAt;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StateEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var (start, end) = StateRules.Range(string.Empty, null);
        StatePage page;
        do
        {
            page = await PageAsync(start, end, cancel);
            foreach (var entry in page.Entries)
            {
                yield return entry;
            }

            if (page.Entries.Count > 0)
            {
                (start, _) = StateRules.Range(string.Empty, page.Entries[^1].Key);
            }
        }
        while (page.HasMore);
    }

    /// <inheritdoc/>
    public async ValueTask<StateEntry?> FindAsync(string key, CancellationToken cancel)
    {
        var bytes = StateRules.Key(key);
        return (await PageAsync(bytes, [.. bytes, 0], cancel)).Entries is [var entry] ? entry : null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => store.DisposeAsync();

    private async ValueTask<StatePage> PageAsync(byte[] start, byte[] end, CancellationToken cancel)
    {
        try
        {
            return await reads.ListAsync(start, end, StateLimits.PageEntriesMax, keysOnly: false, cancel, revision);
        }
        catch (StateException fault) when (EtcdFaults.IsCompacted(fault))
        {
            throw new StateException(
                StateFault.HistoryGone,
                $"etcd compacted revision {revision} while it was being read: reading took longer than history is kept. "
                    + "Run the command again.",
                fault);
        }
    }
}
