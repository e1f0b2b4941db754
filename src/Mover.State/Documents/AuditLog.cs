using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mover.State.Documents;

/// <summary>What one commit changed, who did it and when; or what was denied, and then nothing changed.</summary>
public sealed record AuditRecord(DateTimeOffset At, string By, string ByType, string Correlation, IReadOnlyList<AuditChange> Changes)
{
    /// <summary>The RBAC action that was asked for; null for what the control plane did by itself.</summary>
    public string? Action { get; init; }

    /// <summary>The scope it was asked for at; null as above.</summary>
    public string? Scope { get; init; }

    /// <summary>Object id of who asked; null as above.</summary>
    public string? ObjectId { get; init; }

    /// <summary>True when it was refused for want of rights.</summary>
    public bool IsDenied { get; init; }

    /// <summary>Why the control plane did not do what was due; null for what was done.</summary>
    public AuditRefusal? Refused { get; init; }

    /// <summary>True when its commit was not applied: the record holds its place, so that it never can be.</summary>
    public bool IsVoid { get; init; }

    /// <summary>How many further denials of this principal the record stands for.</summary>
    public long Repeats { get; init; }
}

/// <summary>Why something was not done.</summary>
/// <param name="Code">The ARM code.</param>
/// <param name="Message">The sentence.</param>
public sealed record AuditRefusal(string Code, string Message);

/// <summary>One document's change.</summary>
/// <param name="Key">The document.</param>
/// <param name="What"><c>created</c>, <c>updated</c> or <c>deleted</c>.</param>
/// <param name="Version">The version written, or the one that was deleted.</param>
public sealed record AuditChange(string Key, string What, long Version);

/// <summary>A record and its place in the log.</summary>
public sealed record AuditEntry(string Key, AuditRecord Record);

/// <summary>
/// The record of every write, kept in the store beside the documents under <c>audit/{UTC ticks}/{correlation}/{number}</c>, written by the
/// same commit; and of denials, which are written by themselves.
/// </summary>
public sealed class AuditLog(IStateStore store)
{
    /// <summary>Records of one <see cref="AppendAsync"/>.</summary>
    public const int AppendMax = StateLimits.CommitOperationsMax;

    internal const string Prefix = "audit/";
    private const int CorrelationCharsMax = 64;

    // A listing from the newest on looks at windows of time; a window with more records is read in smaller ones.
    private const int WindowEntriesMax = 2000;
    private static readonly long FirstWindowTicks = TimeSpan.FromMinutes(1).Ticks;

    /// <summary>The records from a time on and before another, oldest first.</summary>
    public async IAsyncEnumerable<AuditRecord> ListAsync(
        DateTimeOffset from, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var entry in RangeAsync(Place(from.UtcTicks), Place(before.UtcTicks), cancel))
        {
            yield return entry.Record;
        }
    }

    /// <summary>
    /// At most <paramref name="limit"/> records from a time on and before another, newest first, in bounded memory.
    /// </summary>
    /// <param name="from">The oldest time.</param>
    /// <param name="before">The time they are before.</param>
    /// <param name="beforeKey">The last key of the page before; null for the first page.</param>
    /// <param name="limit">Records of a page.</param>
    /// <param name="cancel">Stops the call.</param>
    public async ValueTask<IReadOnlyList<AuditEntry>> ListBackAsync(
        DateTimeOffset from, DateTimeOffset before, string? beforeKey, int limit, CancellationToken cancel)
    {
        var end = Place(before.UtcTicks);
        end = beforeKey is not null && string.CompareOrdinal(beforeKey, end) < 0 ? beforeKey : end;
        var found = new List<AuditEntry>();
        var (top, width) = (TicksOf(end) + 1, FirstWindowTicks);
        while (found.Count < limit && top > from.UtcTicks)
        {
            var bottom = Math.Max(from.UtcTicks, top - width);
            var topPlace = Place(top);
            var window = await WindowAsync(Place(bottom), string.CompareOrdinal(end, topPlace) < 0 ? end : topPlace, width > 1, cancel);
            if (window is null)
            {
                width = Math.Max(1, width / 16);
                continue;
            }

            window.Reverse();
            found.AddRange(window.Take(limit - found.Count));
            top = bottom;
            width = window.Count < WindowEntriesMax / 8 ? width * 4 : width;
        }

        return found;
    }

    /// <summary>
    /// Writes records that no commit brings along, at most <see cref="AppendMax"/>; those of one time have different numbers.
    /// </summary>
    /// <param name="records">The records.</param>
    /// <param name="batch">A name that no other batch has: after a fault the same batch is written again, and is there once.</param>
    /// <param name="cancel">Stops the call.</param>
    public async ValueTask AppendAsync(IReadOnlyList<AuditRecord> records, string batch, CancellationToken cancel)
    {
        var writes = records.Select((record, number) => Write(record, $"denied-{number:x}-{batch}")).ToList();
        await store.CommitAsync([], writes, cancel);
    }

    /// <summary>When the oldest record was written; null when there is none.</summary>
    public async ValueTask<DateTimeOffset?> OldestAsync(CancellationToken cancel)
    {
        var page = await store.ListAsync(Prefix, null, 1, keysOnly: true, cancel);
        return page.Entries is [var first, ..] ? new(TicksOf(first.Key), TimeSpan.Zero) : null;
    }

    /// <summary>
    /// Deletes records before a time, oldest first: one batch of at most <see cref="StateLimits.CommitOperationsMax"/>, so that other
    /// writers come in between. Answers how many went; 0 when none are left.
    /// </summary>
    public async ValueTask<int> TrimBatchAsync(DateTimeOffset before, CancellationToken cancel)
    {
        var end = Place(before.UtcTicks);
        var page = await store.ListAsync(Prefix, null, StateLimits.CommitOperationsMax, keysOnly: true, cancel);
        var old = page.Entries
            .TakeWhile(entry => string.CompareOrdinal(entry.Key, end) < 0)
            .Select(entry => new StateWrite(entry.Key, null))
            .ToList();
        if (old.Count > 0)
        {
            await store.CommitAsync([], old, cancel);
        }

        return old.Count;
    }

    /// <summary>
    /// Deletes the records before a time, in batches; cancelling leaves the rest for the next call. Answers how many went.
    /// </summary>
    public async ValueTask<long> TrimAsync(DateTimeOffset before, CancellationToken cancel)
    {
        var gone = 0L;
        int batch;
        do
        {
            batch = await TrimBatchAsync(before, cancel);
            gone += batch;
        }
        while (batch > 0);

        return gone;
    }

    /// <summary>What is wrong with an entry of the log, as the rest of a sentence; null when nothing is. Records have no digest.</summary>
    public static string? Check(StateEntry entry)
    {
        try
        {
            var read = JsonSerializer.Deserialize(entry.Value.Span, AuditJson.Default.AuditRecord);
            return read is not { Changes: not null, By: not null } record ? "is not an audit record"
                : TicksOf(entry.Key) != record.At.UtcTicks ? "is stored under another time than it states"
                : null;
        }
        catch (JsonException)
        {
            return "is not JSON";
        }
    }

    /// <summary>Whether a text can be the place of a record, as a page's end names one.</summary>
    public static bool IsPlace(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>
    /// The write that records a commit. Writer and number together make its key one that only this commit writes.
    /// </summary>
    internal static AuditWrite Record(WriteStamp stamp, IReadOnlyList<AuditChange> changes, string writer, long number)
    {
        var record = new AuditRecord(stamp.At.ToUniversalTime(), stamp.By, stamp.ByType, stamp.Correlation, changes)
        {
            Action = stamp.Action,
            Scope = stamp.Scope,
            ObjectId = stamp.ObjectId,
            Refused = stamp.Refused,
        };
        var place = string.Create(CultureInfo.InvariantCulture, $"{number:x}-{writer}");
        return new(Write(record, place), Write(record with { Changes = [], IsVoid = true }, place));
    }

    private static StateWrite Write(AuditRecord record, string number)
    {
        var correlation = Uri.EscapeDataString(record.Correlation);
        correlation = correlation.Length <= CorrelationCharsMax ? correlation : correlation[..CorrelationCharsMax];
        var json = JsonSerializer.SerializeToUtf8Bytes(record, AuditJson.Default.AuditRecord);
        return new($"{Place(record.At.UtcTicks)}{correlation}/{number}", json);
    }

    // Null when the window has more than is read at once and can be made smaller.
    private async ValueTask<List<AuditEntry>?> WindowAsync(string start, string end, bool canShrink, CancellationToken cancel)
    {
        var window = new List<AuditEntry>();
        await foreach (var entry in RangeAsync(start, end, cancel))
        {
            window.Add(entry);
            if (canShrink && window.Count > WindowEntriesMax)
            {
                return null;
            }
        }

        return window;
    }

    private async IAsyncEnumerable<AuditEntry> RangeAsync(string start, string end, [EnumeratorCancellation] CancellationToken cancel)
    {
        var after = start;
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

                if (JsonSerializer.Deserialize(entry.Value.Span, AuditJson.Default.AuditRecord) is { IsVoid: false } record)
                {
                    yield return new(entry.Key, record);
                }
            }
        }
        while (page.HasMore);
    }

    private static string Place(long utcTicks) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{utcTicks:D19}/");

    private static long TicksOf(string key)
    {
        var rest = key.AsSpan(Prefix.Length);
        var end = rest.IndexOf('/');
        return long.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? Math.Min(ticks, DateTime.MaxValue.Ticks - 1)
            : 0;
    }
}

/// <summary>The JSON of the audit log.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(AuditRecord))]
internal sealed partial class AuditJson : JsonSerializerContext;
