using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Mover.State.Documents;

namespace Mover.State.Mirror;

/// <summary>How a document differs between a state that was left behind and the one that is served.</summary>
public enum DivergenceKind
{
    /// <summary>It was written here after the copy, and the served state does not have it.</summary>
    OnlyHere,

    /// <summary>It was written here after the copy, and the served state has another version.</summary>
    Differs,

    /// <summary>It was deleted here after the copy, and the served state has it.</summary>
    DeletedHere,
}

/// <summary>A resource that the two states do not have alike because of what was written here.</summary>
/// <param name="Key">Its id.</param>
/// <param name="Kind">How it differs.</param>
/// <param name="By">Who wrote it here.</param>
/// <param name="At">When.</param>
/// <param name="Correlation">The correlation id of that.</param>
/// <param name="HereVersion">The version here; 0 for none.</param>
/// <param name="ThereVersion">The version in the served state; 0 for none.</param>
/// <param name="Here">The document here, as JSON; null when there is none.</param>
public sealed record DivergedDocument(
    string Key, DivergenceKind Kind, string By, DateTimeOffset At, string Correlation, long HereVersion, long ThereVersion,
    JsonElement? Here);

/// <summary>
/// What a region wrote that its pair never got: documents whose last write is above the revision that had been copied, joined with the
/// served state; who wrote them and what was deleted comes from the audit records of the same commits. Routine writes, which have no
/// record, are in resources only; agents report those again.
/// </summary>
public static class Divergence
{
    /// <summary>Audit records that are held at a time.</summary>
    public const int RecordsMax = 20_000;

    private const string Resources = "/";
    private const string Audit = "audit/";

    /// <summary>The resources that differ, in the order of their ids, in bounded memory; each in one look at both states.</summary>
    public static async IAsyncEnumerable<DivergedDocument> ListAsync(
        IStateStore store, DivergedRoot diverged, string served, [EnumeratorCancellation] CancellationToken cancel)
    {
        var deleted = await DeletedAsync(store, diverged, cancel);
        await foreach (var entry in PagesAsync(store, diverged.Root + Resources, cancel))
        {
            var key = entry.Key[diverged.Root.Length..];
            deleted.Remove(key);
            if (entry.ModRevision <= diverged.FromRevision || entry.LeaseId != 0)
            {
                continue;
            }

            var here = DocumentEnvelope.ReadInfo(entry with { Key = key });
            var there = await InfoAsync(store, served, key, cancel);
            if (there?.ETag != here.ETag)
            {
                yield return new(
                    here.Key.Text, there is null ? DivergenceKind.OnlyHere : DivergenceKind.Differs, here.Modified.By, here.Modified.At,
                    here.Modified.Correlation, here.Version, there?.Version ?? 0, ValueOf(entry));
            }
        }

        foreach (var (key, record) in deleted.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (await InfoAsync(store, served, key, cancel) is { } there)
            {
                yield return new(
                    there.Key.Text, DivergenceKind.DeletedHere, record.By, record.At, record.Correlation, 0, there.Version, null);
            }
        }
    }

    private static async Task<Dictionary<string, AuditRecord>> DeletedAsync(
        IStateStore store, DivergedRoot diverged, CancellationToken cancel)
    {
        var deleted = new Dictionary<string, AuditRecord>(StringComparer.Ordinal);
        await foreach (var entry in PagesAsync(store, diverged.Root + Audit, cancel))
        {
            if (entry.ModRevision <= diverged.FromRevision
                || JsonSerializer.Deserialize(entry.Value.Span, AuditJson.Default.AuditRecord) is not { IsVoid: false } record)
            {
                continue;
            }

            foreach (var change in record.Changes.Where(change => change.Key.StartsWith('/')))
            {
                var key = Core.Arm.ArmCase.Lower(change.Key);
                if (change.What != "deleted")
                {
                    deleted.Remove(key);
                }
                else if (deleted.Count < RecordsMax)
                {
                    deleted[key] = record;
                }
            }
        }

        return deleted;
    }

    private static async ValueTask<DocumentInfo?> InfoAsync(IStateStore store, string root, string key, CancellationToken cancel) =>
        await store.GetAsync(root + key, cancel) is { } entry ? DocumentEnvelope.ReadInfo(entry with { Key = key }) : null;

    private static JsonElement? ValueOf(StateEntry entry)
    {
        using var whole = JsonDocument.Parse(entry.Value);
        return whole.RootElement.TryGetProperty("value", out var value) ? value.Clone() : null;
    }

    private static async IAsyncEnumerable<StateEntry> PagesAsync(
        IStateStore store, string prefix, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(prefix, after, StateLimits.PageEntriesMax, cancel);
            foreach (var entry in page.Entries)
            {
                yield return entry;
            }

            after = page.Entries.Count > 0 ? page.Entries[^1].Key : after;
        }
        while (page.HasMore);
    }
}
