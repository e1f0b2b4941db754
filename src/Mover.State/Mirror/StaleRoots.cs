namespace Mover.State.Mirror;

/// <summary>Deletes states of a store that are of no more use.</summary>
public static class StaleRoots
{
    /// <summary>
    /// Deletes the first of them, in batches, while the role stays as it is; answers the role as it is then, or null when another changed
    /// it: then the rest goes another time.
    /// </summary>
    public static async Task<RegionSeat?> TidyAsync(IStateStore store, RegionSeat seat, CancellationToken cancel)
    {
        if (seat.Role is not { Stale: [var root, ..] } || root == seat.Role.Root)
        {
            return seat;
        }

        string? after = null;
        for (var hasMore = true; hasMore;)
        {
            var page = await store.ListAsync(root, after, StateLimits.CommitOperationsMax, keysOnly: true, cancel);
            var gone = page.Entries.Where(entry => root.Length > 0 || !RegionKeys.IsOwn(entry.Key))
                .Select(entry => new StateWrite(entry.Key, null)).ToList();
            if (gone.Count > 0
                && (await store.CommitAsync([new(RegionRole.Key, seat.Revision)], gone, cancel)).Outcome != CommitOutcome.Committed)
            {
                // A mirror writes its position all the time: the same is tried under the role as it is now.
                var now = await RegionSeat.ReadAsync(store, cancel);
                if (now.Role is not { } current || !current.Stale.Contains(root, StringComparer.Ordinal) || current.Root == root)
                {
                    return null;
                }

                seat = now;
                continue;
            }

            (after, hasMore) = (page.Entries.Count > 0 ? page.Entries[^1].Key : after, page.HasMore);
        }

        for (var attempt = 0; attempt < 20 && seat.Role is { } last && last.Stale.Contains(root, StringComparer.Ordinal); attempt++)
        {
            if (await seat.ChangeAsync(store, last with { Stale = [.. last.Stale.Where(one => one != root)] }, [], cancel) is { } done)
            {
                return done;
            }

            seat = await RegionSeat.ReadAsync(store, cancel);
        }

        return null;
    }
}
