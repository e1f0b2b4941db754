using System.Runtime.CompilerServices;
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

    /// <summary>It was written here after the copy, and it or the served one cannot be read: it does not match its digest.</summary>
    Damaged,
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
/// <param name="store">The region's own store.</param>
/// <param name="diverged">The state that was left behind.</param>
/// <param name="served">Where the served state is in the same store.</param>
public sealed class Divergence(IStateStore store, DivergedRoot diverged, string served)
{
    /// <summary>Deletions that are held at a time.</summary>
    public const int DeletionsMax = 20_000;

    private const string Resources = "/";
    private const string Audit = "audit/";

    /// <summary>There were more deletions than that, and some are not listed.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The resources that differ, in the order of their ids, those that were deleted here last; in bounded memory.</summary>
    public async IAsyncEnumerable<DivergedDocument> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var deleted = await DeletedAsync(cancel);
        await foreach (var entry in store.ListAllAsync(diverged.Root + Resources, cancel))
        {
            var key = entry.Key[diverged.Root.Length..];
            deleted.Remove(key);
            if (entry.ModRevision > diverged.FromRevision && entry.LeaseId == 0
                && await CompareAsync(entry with { Key = key }, cancel) is { } differs)
            {
                yield return differs;
            }
        }

        foreach (var (key, record) in deleted.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (await store.GetAsync(served + key, cancel) is { } there)
            {
                var info = Read(there with { Key = key });
                var name = info?.Key.Text ?? key;
                yield return new(
                    name, DivergenceKind.DeletedHere, record.By, record.At, record.Correlation, 0, info?.Version ?? 0, null);
            }
        }
    }

    private async Task<DivergedDocument?> CompareAsync(StateEntry entry, CancellationToken cancel)
    {
        var found = await store.GetAsync(served + entry.Key, cancel);
        var (here, there) = (Read(entry), found is null ? null : Read(found with { Key = entry.Key }));
        if (here is null || (there is null && found is not null))
        {
            return new(
                entry.Key, DivergenceKind.Damaged, here?.Modified.By ?? string.Empty, here?.Modified.At ?? default,
                here?.Modified.Correlation ?? string.Empty, here?.Version ?? 0, there?.Version ?? 0, null);
        }

        return there?.ETag == here.ETag ? null : new(
            here.Key.Text, there is null ? DivergenceKind.OnlyHere : DivergenceKind.Differs, here.Modified.By, here.Modified.At,
            here.Modified.Correlation, here.Version, there?.Version ?? 0, ValueOf(entry));
    }

    private async Task<Dictionary<string, AuditRecord>> DeletedAsync(CancellationToken cancel)
    {
        var deleted = new Dictionary<string, AuditRecord>(StringComparer.Ordinal);
        await foreach (var entry in store.ListAllAsync(diverged.Root + Audit, cancel))
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
                else if (deleted.Count < DeletionsMax || deleted.ContainsKey(key))
                {
                    deleted[key] = record;
                }
                else
                {
                    IsCut = true;
                }
            }
        }

        return deleted;
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
