using System.Runtime.CompilerServices;
using System.Text.Json;
using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.State.Mirror;

/// <summary>
/// What a region wrote that its pair never got: documents whose last write is above the revision that had been copied, joined with the
/// served state; who wrote them and what was deleted comes from the audit records of the same commits. What says the same on both sides is
/// left out. Routine writes, which have no record, are in resources only; agents report those again.
/// </summary>
/// <param name="store">The region's own store.</param>
/// <param name="diverged">The state that was left behind.</param>
/// <param name="served">Where the served state is in the same store.</param>
/// <param name="scope">What belongs to it.</param>
public sealed class Divergence(IStateStore store, DivergedRoot diverged, string served, DivergenceScope scope)
{
    private const string Resources = "/";
    private const string WrittenPlace = "w";
    private const string DeletedPlace = "x";

    /// <summary>Some deletions are not listed: there are too many, or their record is damaged.</summary>
    public bool IsCut { get; private set; }

    private IEnumerable<string> Prefixes => scope.Areas.Prepend(Resources);

    /// <summary>Where a document stands in the order of the list, for the next call.</summary>
    public static string PlaceOf(DivergedDocument document) =>
        (document.Kind == DivergenceKind.DeletedHere ? DeletedPlace : WrittenPlace) + ArmCase.Lower(document.Key);

    /// <summary>Whether a text can be such a place.</summary>
    public static bool IsPlace(string text) => text.Length > 1
        && (text.StartsWith(WrittenPlace, StringComparison.Ordinal) || text.StartsWith(DeletedPlace, StringComparison.Ordinal));

    /// <summary>
    /// The documents that differ: resources in the order of their ids, then the areas, and those that were deleted here last; in bounded
    /// memory. Those up to a place (null: none) are passed over.
    /// </summary>
    public async IAsyncEnumerable<DivergedDocument> ListAsync(string? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        var audit = await DivergedAudit.ReadAsync(store, diverged, Belongs, cancel);
        IsCut = audit.IsCut;
        if (after?.StartsWith(DeletedPlace, StringComparison.Ordinal) != true)
        {
            await foreach (var entry in WrittenAsync(after?[WrittenPlace.Length..], cancel))
            {
                if (entry.ModRevision > diverged.FromRevision && entry.LeaseId == 0
                    && await CompareAsync(entry, audit, cancel) is { } differs)
                {
                    yield return differs;
                }
            }
        }

        foreach (var (key, record) in audit.Deleted)
        {
            if ((after is null || string.CompareOrdinal(DeletedPlace + key, after) > 0)
                && await store.GetAsync(diverged.Root + key, cancel) is null
                && await store.GetAsync(served + key, cancel) is { } there)
            {
                var info = Read(there with { Key = key });
                var gone = new DivergedDocument(
                    info?.Key.Text ?? key, DivergenceKind.DeletedHere, record.By, record.At, record.Correlation, 0, info?.Version ?? 0,
                    null);
                var newBelow = await NewBelowAsync(key, audit, cancel);
                yield return gone.With(info, info?.Version != audit.BaseOf(key)) with { NewBelow = newBelow };
            }
        }
    }

    private bool Belongs(string key) => Prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));

    private async IAsyncEnumerable<StateEntry> WrittenAsync(string? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        var skips = after is not null;
        foreach (var prefix in Prefixes)
        {
            var isThere = after?.StartsWith(prefix, StringComparison.Ordinal) == true;
            if (skips && !isThere)
            {
                continue;
            }

            skips = false;
            var (place, hasMore) = (isThere ? diverged.Root + after : null, true);
            while (hasMore)
            {
                var page = await store.ListAsync(diverged.Root + prefix, place, StateLimits.PageEntriesMax, cancel);
                foreach (var entry in page.Entries)
                {
                    place = entry.Key;
                    yield return entry with { Key = entry.Key[diverged.Root.Length..] };
                }

                hasMore = page.HasMore;
            }
        }
    }

    private async Task<DivergedDocument?> CompareAsync(StateEntry entry, DivergedAudit audit, CancellationToken cancel)
    {
        var found = await store.GetAsync(served + entry.Key, cancel) is { } other ? other with { Key = entry.Key } : null;
        var (here, there) = (Read(entry), found is null ? null : Read(found));
        if (here is null || (there is null && found is not null))
        {
            return new DivergedDocument(
                entry.Key, DivergenceKind.Damaged, here?.Modified.By ?? string.Empty, here?.Modified.At ?? default,
                here?.Modified.Correlation ?? string.Empty, here?.Version ?? 0, there?.Version ?? 0, null).With(there, isChanged: true);
        }

        if (there?.ETag == here.ETag || ValueOf(entry) is not { } value
            || (found is not null && ValueOf(found) is { } counterpart && scope.IsSame(entry.Key, value, counterpart)))
        {
            return null;
        }

        var differs = new DivergedDocument(
            here.Key.Text, there is null ? DivergenceKind.OnlyHere : DivergenceKind.Differs, here.Modified.By, here.Modified.At,
            here.Modified.Correlation, here.Version, there?.Version ?? 0, value);
        return differs.With(
            there, (there?.Version ?? 0) != audit.BaseOf(entry.Key) || (there is not null && there.Created != here.Created));
    }

    // Who deletes it there deletes that with it.
    private async Task<string?> NewBelowAsync(string key, DivergedAudit audit, CancellationToken cancel)
    {
        if (!key.StartsWith(Resources, StringComparison.Ordinal))
        {
            return null;
        }

        await foreach (var below in store.ListAllAsync($"{served}{key}/", cancel))
        {
            if (!audit.IsDeleted(below.Key[served.Length..]))
            {
                return below.Key[served.Length..];
            }
        }

        return null;
    }

    // Null for one that is damaged.
    private static DocumentInfo? Read(StateEntry entry)
    {
        try
        {
            return DocumentEnvelope.ReadInfo(entry);
        }
        catch (StateException damaged) when (damaged.Fault == StateFault.Damaged)
        {
            return null;
        }
    }

    private static JsonElement? ValueOf(StateEntry entry)
    {
        using var whole = JsonDocument.Parse(entry.Value);
        return whole.RootElement.TryGetProperty("value", out var value) ? value.Clone() : null;
    }
}
