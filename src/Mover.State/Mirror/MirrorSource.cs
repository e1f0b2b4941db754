using Mover.State.Copies;

namespace Mover.State.Mirror;

/// <summary>
/// What of a served state goes to the other region: all but what is bound to a lease, the markers of writers, and what a store keeps for
/// itself. Safe for concurrent use.
/// </summary>
/// <param name="state">The served state, as <see cref="RegionStore"/> shows it.</param>
/// <param name="identity">Who serves it.</param>
/// <param name="clock">The clock.</param>
public sealed class MirrorSource(IStateStore state, MirrorIdentity identity, TimeProvider clock) : IMirrorSource
{
    /// <summary>Whether what lies under a key is copied, unless a lease is bound to it.</summary>
    public static bool Goes(string key) => !RegionKeys.IsOwn(key) && !MovedEntries.IsMarker(key) && !MovedEntries.IsNote(key);

    /// <inheritdoc/>
    public Task<MirrorIdentity> IdentifyAsync(CancellationToken cancel) => Task.FromResult(identity);

    /// <inheritdoc/>
    public async Task<MirrorPart> ListAsync(string? after, CancellationToken cancel)
    {
        var page = await state.ListAsync(string.Empty, after, StateLimits.PageEntriesMax, cancel);
        var entries = new List<MirrorEntry>(page.Entries.Count + 1);
        var bytes = 0L;
        foreach (var entry in page.Entries)
        {
            // The last key tells where to go on, whether it goes along or not.
            var goes = entry.LeaseId == 0 && Goes(entry.Key);
            entries.Add(new(entry.Key, entry.ModRevision, goes ? entry.Value : (ReadOnlyMemory<byte>?)null));
            bytes += entry.Key.Length + (goes ? entry.Value.Length : 0);
            if (bytes >= MirrorLimits.PartBytesMax)
            {
                return new(entries, page.Revision, null, page.HasMore || entries.Count < page.Entries.Count);
            }
        }

        return new(entries, page.Revision, null, page.HasMore);
    }

    /// <inheritdoc/>
    public async Task<MirrorPart> ChangesAsync(long after, bool isKept, CancellationToken cancel)
    {
        var begun = clock.GetTimestamp();
        var (entries, bytes, revision) = (new List<MirrorEntry>(), 0L, after);
        await foreach (var seen in state.WatchAsync(string.Empty, after, cancel))
        {
            foreach (var change in seen.Changes)
            {
                if (Goes(change.Key))
                {
                    // What becomes bound to a lease is no longer part of the copy.
                    var value = change.Entry is { LeaseId: 0 } entry ? entry.Value : (ReadOnlyMemory<byte>?)null;
                    entries.Add(new(change.Key, change.Revision, value));
                    bytes += change.Key.Length + (value?.Length ?? 0);
                }
            }

            revision = seen.Revision;
            var waited = clock.GetElapsedTime(begun);
            if (bytes >= MirrorLimits.PartBytesMax
                || (seen.AsOf is { } asOf && (entries.Count > 0 || (waited >= MirrorLimits.WaitMax && asOf >= begun))))
            {
                return new(entries, revision, seen.AsOf is { } known ? clock.GetElapsedTime(begun, known) : null, HasMore: false);
            }
        }

        throw new StateException(StateFault.Unavailable, "The stream of state changes ended.");
    }
}
