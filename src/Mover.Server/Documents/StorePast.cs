using Mover.State.Copies;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>What a store went through before this start, as far as it bears on what the server does.</summary>
/// <param name="Restored">That it was restored from a backup; null when not.</param>
/// <param name="Region">The region that it is served in; null where that is of no account.</param>
internal sealed partial record StorePast(RestoreMark? Restored, IRegion? Region)
{
    /// <summary>The epochs of new claims are above it.</summary>
    public long EpochBase => Math.Max(Restored?.EpochBase ?? 0, Region?.Seat.Role?.ClaimEpochBase ?? 0);

    /// <summary>The epoch that a restore gave to the claims of its backup, which nobody holds; 0 when the state was not restored.</summary>
    public long VoidEpoch => Restored?.EpochBase ?? 0;

    /// <summary>
    /// All that was acknowledged before this is here, and what came after it may be lost; the time before all times for a state that never
    /// lost anything.
    /// </summary>
    public DateTimeOffset CompleteAt
    {
        get
        {
            var role = Region?.Seat.Role;
            var at = Restored?.EpochBase > (role?.ClaimEpochBase ?? 0) ? Restored.TakenAt : role?.Base?.CompleteAt ?? role?.Since;
            return at ?? DateTimeOffset.MinValue;
        }
    }

    /// <summary>What was written last up to this revision was written in another region, with leases of its own; 0 for none.</summary>
    public long ForeignUpTo => Region?.ForeignUpTo ?? 0;

    /// <summary>Looks, before anything else of the store is used. Refuses a store that holds the beginning of a copy.</summary>
    public static async Task<StorePast> ReadAsync(
        DocumentStore documents, IRegion? region, string store, ILogger<StorePast> logger, CancellationToken cancel)
    {
        await UnfinishedMark.RefuseAsync(documents, store, cancel);
        var found = await documents.GetAsync(RestoreMark.Key, StoreMarksJson.Default.RestoreMark, cancel);
        if (found?.Value is { } mark)
        {
            Log.Restored(logger, mark.RestoredAt, mark.Source, mark.TakenAt, mark.Age);
        }

        return new(found?.Value, region);
    }

    private static partial class Log
    {
        [LoggerMessage(3051, LogLevel.Warning, "This state was restored at {RestoredAt:u} from {Source}, taken at {TakenAt:u}, {Age} "
            + "earlier. Writes in between are lost; agents may report runs that are unknown here.")]
        public static partial void Restored(ILogger logger, DateTimeOffset restoredAt, string source, DateTimeOffset takenAt, TimeSpan age);
    }
}
