namespace Mover.State.Mirror;

/// <summary>A store's role as it was read.</summary>
/// <param name="Role">The role; null for a store that is in no pair.</param>
/// <param name="Revision">The revision that wrote it; 0 for none.</param>
public sealed record RegionSeat(RegionRole? Role, long Revision)
{
    private const int AttemptsMax = 10;

    /// <summary>What the commits of whoever sits here require.</summary>
    public StateCondition Fence => new(RegionRole.Key, Revision);

    /// <summary>Whether writes are taken here.</summary>
    public bool IsServing => Role is null or { Duty: RegionDuty.Serving };

    /// <summary>Reads it.</summary>
    public static async Task<RegionSeat> ReadAsync(IStateStore store, CancellationToken cancel) =>
        await store.GetAsync(RegionRole.Key, cancel) is { } entry ? Of(entry) : new(null, 0);

    /// <summary>What a stored role says.</summary>
    public static RegionSeat Of(StateEntry? entry) => entry is null ? new(null, 0) : new(RegionRole.Read(entry), entry.ModRevision);

    /// <summary>
    /// Puts another role in its place, and writes with it; null when the role has changed since, and nothing was written. A commit of
    /// unknown outcome is sent again: it makes its own condition false, so it is applied once at most.
    /// </summary>
    public Task<RegionSeat?> ChangeAsync(
        IStateStore store, RegionRole next, IReadOnlyList<StateWrite> with, CancellationToken cancel) =>
        ChangeAsync(store, next, with, [], cancel);

    /// <summary>As above, on further conditions.</summary>
    public async Task<RegionSeat?> ChangeAsync(
        IStateStore store, RegionRole next, IReadOnlyList<StateWrite> with, IReadOnlyList<StateCondition> conditions,
        CancellationToken cancel)
    {
        var bytes = next.ToBytes();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await store.CommitAsync([Fence, .. conditions], [new(RegionRole.Key, bytes), .. with], cancel);
                if (result.Outcome == CommitOutcome.Committed)
                {
                    return new(next, result.Revision);
                }

                var now = await store.GetAsync(RegionRole.Key, cancel);
                return attempt > 1 && now is not null && now.Value.Span.SequenceEqual(bytes.Span) ? new(next, now.ModRevision) : null;
            }
            catch (StateException unknown) when (unknown.Fault == StateFault.OutcomeUnknown && attempt < AttemptsMax)
            {
                // Asked again.
            }
        }
    }
}
