using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>How many of something there are at most, by what is counted; what is not there has to be counted again.</summary>
internal sealed record RoleCounts(IReadOnlyDictionary<string, int> Of);

/// <summary>
/// One document that every commit changes which adds or takes away a role assignment, a custom role or a service principal. So what such
/// a change reads of all others, after it has read the guard, still holds when it is committed: that an Owner is left, that a role is not
/// in use, that a limit is kept. Its counts are never too low: what goes with a resource is not taken off, so a count that is at its limit
/// is made again before anything is refused.
/// </summary>
internal sealed class RoleGuard(DocumentStore documents, TimeProvider clock) : IDisposable
{
    /// <summary>
    /// A count that showed no room is good for this long: refusals cost no more than that, however many are asked for. A place that a
    /// deleted resource left may be given so much later.
    /// </summary>
    public static readonly TimeSpan FullFor = TimeSpan.FromSeconds(1);

    /// <summary>The name that custom roles are counted under.</summary>
    public const string Roles = "roles";

    private const int FullPlacesMax = 1000;

    private static readonly DocumentKey Key = DocumentKey.Internal("accessguard", "counts");

    // Only the store decides; taking turns keeps the writers of one process from losing to each other again and again.
    private readonly SemaphoreSlim _turn = new(1);

    // What was counted last, and when; touched in turn only.
    private readonly Dictionary<string, (int Count, long At)> _full = new(StringComparer.Ordinal);

    /// <summary>Runs one change while no other one of this process runs.</summary>
    public async Task<T> InTurnAsync<T>(Func<Task<T>> change, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            return await change();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The guard as it is. What the change depends on is read after it.</summary>
    public async Task<GuardState> ReadAsync(CancellationToken cancel) =>
        new(await documents.GetAsync(Key, AuthorizationJson.Default.RoleCounts, cancel));

    /// <summary>True when one more may be added; counts again, below the place given, when it seems not. In turn only.</summary>
    public async Task<bool> HasRoomAsync(GuardState guard, string counted, DocumentKey place, int countMax, CancellationToken cancel)
    {
        if (!guard.Counts.TryGetValue(counted, out var count) || count >= countMax)
        {
            count = await CountAsync(place, countMax, cancel);
            guard.Counts[counted] = count;
        }

        return count < countMax;
    }

    /// <summary>True when there is room for one more below the place, counted in the store. In turn only.</summary>
    public async Task<bool> HasRoomAsync(DocumentKey place, int countMax, CancellationToken cancel) =>
        await CountAsync(place, countMax, cancel) < countMax;

    private async Task<int> CountAsync(DocumentKey place, int countMax, CancellationToken cancel)
    {
        if (_full.TryGetValue(place.Stored, out var known) && known.Count >= countMax && clock.GetElapsedTime(known.At) < FullFor)
        {
            return known.Count;
        }

        var count = 0;
        await foreach (var _ in documents.ListBelowAsync(place, cancel))
        {
            count++;
        }

        if (_full.Count >= FullPlacesMax)
        {
            _full.Clear();
        }

        _full[place.Stored] = (count, clock.GetTimestamp());
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>The guard as it was read, and what it becomes.</summary>
    internal sealed class GuardState(Document<RoleCounts>? before)
    {
        /// <summary>The counts.</summary>
        public Dictionary<string, int> Counts { get; } = before is null ? [] : new(before.Value.Of, StringComparer.Ordinal);

        /// <summary>The write that belongs into the change's commit.</summary>
        /// <param name="counted">What becomes more or fewer; null for nothing that is counted.</param>
        /// <param name="by">By how many.</param>
        public DocumentWrite Write(string? counted = null, int by = 0)
        {
            if (counted is not null && Counts.TryGetValue(counted, out var count))
            {
                Counts[counted] = Math.Max(0, count + by);
            }

            return DocumentWrite.Put(
                Key, new(Counts), AuthorizationJson.Default.RoleCounts,
                DocumentCondition.AsRead(before?.Info));
        }
    }
}
