using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mover.State.Documents;

/// <summary>What one commit changed, who did it and when.</summary>
public sealed record AuditRecord(DateTimeOffset At, string By, string ByType, string Correlation, IReadOnlyList<AuditChange> Changes);

/// <summary>One document's change.</summary>
/// <param name="Key">The document.</param>
/// <param name="What"><c>created</c>, <c>updated</c> or <c>deleted</c>.</param>
/// <param name="Version">The version written, or the one that was deleted.</param>
public sealed record AuditChange(string Key, string What, long Version);

/// <summary>
/// The record of every write, kept in the store beside the documents under <c>audit/{UTC ticks}/{correlation}/{number}</c>, written by the
/// same commit.
/// </summary>
public sealed class AuditLog(IStateStore store)
{
    private const string Prefix = "audit/";
    private const int CorrelationCharsMax = 64;

    /// <summary>The records from a time on and before another, oldest first.</summary>
    public async IAsyncEnumerable<AuditRecord> ListAsync(
        DateTimeOffset from, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancel)
    {
        var after = Place(from);
        var end = Place(before);
        StatePage page;
        do
        {
            page = await store.ListAsync(Prefix, after, StateLimits.PageEntriesMax, cancel);
            foreach (var entry in page.Entries)
            {
                after = entry.Key;
                if (string.CompareOrdinal(after, end) >= 0)
                {
                    yield break;
                }

                if (JsonSerializer.Deserialize(entry.Value.Span, AuditJson.Default.AuditRecord) is { } record)
                {
                    yield return record;
                }
            }
        }
        while (page.HasMore);
    }

    /// <summary>
    /// Deletes the records before a time, in batches; cancelling leaves the rest for the next call. Answers how many went.
    /// </summary>
    public async ValueTask<long> TrimAsync(DateTimeOffset before, CancellationToken cancel)
    {
        var end = Place(before);
        var gone = 0L;
        while (true)
        {
            var page = await store.ListAsync(Prefix, null, StateLimits.CommitOperationsMax, cancel);
            var old = page.Entries
                .TakeWhile(entry => string.CompareOrdinal(entry.Key, end) < 0)
                .Select(entry => new StateWrite(entry.Key, null))
                .ToList();
            if (old.Count == 0)
            {
                return gone;
            }

            await store.CommitAsync([], old, cancel);
            gone += old.Count;
        }
    }

    /// <summary>The write that records a commit. The number tells apart the commits of one request at one time.</summary>
    internal static StateWrite Record(WriteStamp stamp, IReadOnlyList<AuditChange> changes, long number)
    {
        var correlation = Uri.EscapeDataString(stamp.Correlation);
        correlation = correlation.Length <= CorrelationCharsMax ? correlation : correlation[..CorrelationCharsMax];
        var record = new AuditRecord(stamp.At.ToUniversalTime(), stamp.By, stamp.ByType, stamp.Correlation, changes);
        var json = JsonSerializer.SerializeToUtf8Bytes(record, AuditJson.Default.AuditRecord);
        return new($"{Place(stamp.At)}{correlation}/{number:x}", json);
    }

    private static string Place(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{at.UtcTicks:D19}/");
}

/// <summary>The JSON of the audit log.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AuditRecord))]
internal sealed partial class AuditJson : JsonSerializerContext;
