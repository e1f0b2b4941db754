using Mover.State.Copies;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>What a store went through before this start, as far as it bears on what the server does.</summary>
/// <param name="Restored">That it was restored from a backup; null when not.</param>
internal sealed partial record StorePast(RestoreMark? Restored)
{
    /// <summary>The epochs of claims are above it.</summary>
    public long EpochBase => Restored?.EpochBase ?? 0;

    /// <summary>Looks, before anything else of the store is used. Refuses a store that holds the beginning of a copy.</summary>
    public static async Task<StorePast> ReadAsync(
        DocumentStore documents, string store, ILogger<StorePast> logger, CancellationToken cancel)
    {
        await UnfinishedMark.RefuseAsync(documents, store, cancel);
        var found = await documents.GetAsync(RestoreMark.Key, StoreMarksJson.Default.RestoreMark, cancel);
        if (found?.Value is { } mark)
        {
            Log.Restored(logger, mark.RestoredAt, mark.Source, mark.TakenAt, mark.Age);
        }

        return new(found?.Value);
    }

    private static partial class Log
    {
        [LoggerMessage(3051, LogLevel.Warning, "This state was restored at {RestoredAt:u} from {Source}, which shows {TakenAt:u}, {Age} "
            + "before. What was written in between is lost; agents may know of runs that are not here.")]
        public static partial void Restored(ILogger logger, DateTimeOffset restoredAt, string source, DateTimeOffset takenAt, TimeSpan age);
    }
}
