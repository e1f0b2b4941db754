using System.Text.Json.Serialization;
using Mover.State.Documents;

namespace Mover.State.Copies;

/// <summary>There while a copy or restore into the store is not finished: no server serves it.</summary>
/// <param name="Kind">One of <see cref="CopyKinds"/>.</param>
/// <param name="Source">The source's name.</param>
/// <param name="Revision">The source's revision.</param>
/// <param name="StartedAt">When it began, or was begun again.</param>
/// <param name="Attempt">Tells this attempt from all others.</param>
public sealed record UnfinishedMark(string Kind, string Source, long Revision, DateTimeOffset StartedAt, string Attempt)
{
    /// <summary>Where it is.</summary>
    public static readonly DocumentKey Key = DocumentKey.Internal("store", "unfinished");

    /// <summary>Refuses a store that holds the beginning of a copy; a server calls it before it reads anything else.</summary>
    public static async Task RefuseAsync(DocumentStore documents, string store, CancellationToken cancel)
    {
        if (await documents.GetAsync(Key, StoreMarksJson.Default.UnfinishedMark, cancel) is { } found)
        {
            throw new StateException(
                StateFault.Unavailable,
                $"The store {store} contains an unfinished {found.Value.Kind} of {found.Value.Source}, started at " +
                $"{found.Value.StartedAt:u}, so no server will use it. Run the same 'mover state {found.Value.Kind}' again to finish it.");
        }
    }

    internal static StateException IsSource(string name) => new(
        StateFault.Unavailable, $"{name} contains an unfinished copy. Finish that copy first.");
}

/// <summary>Notes that the store is a copy of another one.</summary>
/// <param name="Source">The source's name.</param>
/// <param name="Revision">The source's revision.</param>
/// <param name="TakenAt">When the source was as it is copied.</param>
/// <param name="CopiedAt">When the copy was finished.</param>
public sealed record CopyMark(string Source, long Revision, DateTimeOffset TakenAt, DateTimeOffset CopiedAt)
{
    /// <summary>Where it is.</summary>
    public static readonly DocumentKey Key = DocumentKey.Internal("store", "copied");
}

/// <summary>
/// Notes that the store was restored from a backup. Agents may know of runs, and of ends of runs, that it does not.
/// </summary>
/// <param name="Source">The backup's name.</param>
/// <param name="Revision">The revision of the store that was backed up.</param>
/// <param name="TakenAt">The moment that the backup shows.</param>
/// <param name="RestoredAt">When it was restored.</param>
/// <param name="EpochBase">
/// Every claim of a run since then has a higher epoch, and every one that was made before, known or lost, has a lower one.
/// </param>
/// <param name="IsReconciled">What agents knew and the backup did not was taken over.</param>
public sealed record RestoreMark(
    string Source, long Revision, DateTimeOffset TakenAt, DateTimeOffset RestoredAt, long EpochBase, bool IsReconciled)
{
    /// <summary>Where it is.</summary>
    public static readonly DocumentKey Key = DocumentKey.Internal("store", "restored");

    // A run is claimed less than a million times between two restores.
    private const int ClaimBits = 20;

    /// <summary>The mark of a restore. That of the one before, if the backup has one, keeps epochs growing where clocks do not.</summary>
    public static RestoreMark Of(IStateSnapshot source, RestoreMark? before, DateTimeOffset now) => new(
        source.Name, source.Revision, source.TakenAt, now,
        Math.Max(now.ToUnixTimeSeconds() << ClaimBits, (before?.EpochBase ?? 0) + (1L << ClaimBits)), IsReconciled: false);

    /// <summary>How old the backup was when it was restored.</summary>
    [JsonIgnore]
    public TimeSpan Age => RestoredAt - TakenAt;
}

/// <summary>What is done to a store that is being written as a whole; the verbs of <c>mover state</c>.</summary>
public static class CopyKinds
{
    /// <summary>A copy of another store.</summary>
    public const string Copy = "copy";

    /// <summary>A restore of a backup.</summary>
    public const string Restore = "restore";
}

/// <summary>JSON of what a store notes about itself.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(UnfinishedMark))]
[JsonSerializable(typeof(CopyMark))]
[JsonSerializable(typeof(RestoreMark))]
public sealed partial class StoreMarksJson : JsonSerializerContext;
