using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mover.State.Documents;

namespace Mover.State.Copies;

/// <summary>How a store is written as a whole.</summary>
/// <param name="Kind">One of <see cref="CopyKinds"/>.</param>
/// <param name="Stamp">Who does it; of the audit record that its end writes.</param>
public sealed record CopyTerms(string Kind, WriteStamp Stamp)
{
    /// <summary>Begins again over what another copy has left unfinished.</summary>
    public bool OverwritesUnfinished { get; init; }

    /// <summary>What becomes of each entry; null copies them as they are.</summary>
    public Func<StateEntry, StateEntry>? Change { get; init; }

    /// <summary>The mark of a restore; null for a copy.</summary>
    public RestoreMark? Restored { get; init; }
}

/// <summary>What a copy did.</summary>
/// <param name="Sum">What source and target both hold.</param>
/// <param name="Written">Entries that were written, or deleted again, by this command; fewer than all when it resumed.</param>
/// <param name="Resumed">It went on where another was cut off.</param>
public sealed record CopyResult(StateSum Sum, long Written, bool Resumed);

/// <summary>
/// Writes a snapshot into an empty store. The store is marked until the end, so that no server serves a part; one that was cut off is
/// resumed by walking source and target side by side, so it does not matter where it was, nor that the source has changed since. At the
/// end both are read again and compared.
/// </summary>
public sealed class StateCopy(IStateSnapshot source, IStateStore target, CopyTerms terms, TimeProvider clock)
{
    private static readonly string[] Serving = ["identity/deployment", "server/owner"];
    private readonly string _attempt = Guid.NewGuid().ToString("n");

    /// <summary>
    /// Copies. Throws <see cref="StateException"/>: <see cref="StateFault.Unavailable"/> when the target is not empty,
    /// <see cref="StateFault.Damaged"/> when it does not hold in the end what the source holds.
    /// </summary>
    public async Task<CopyResult> RunAsync(IProgress<long>? progress, CancellationToken cancel)
    {
        var (mark, resumed) = await BeginAsync(cancel);
        var written = await WriteAsync(mark, resumed, progress, cancel);
        var sum = await CompareAsync(cancel);
        await EndAsync(mark, cancel);
        return new(sum, written, resumed);
    }

    private async Task<(StateCondition Mark, bool Resumed)> BeginAsync(CancellationToken cancel)
    {
        var key = UnfinishedMark.Key.Stored;
        var found = await target.GetAsync(key, cancel);
        if (found is not null)
        {
            CheckSame(DocumentEnvelope.Read(found, StoreMarksJson.Default.UnfinishedMark).Value);
        }
        else if ((await target.ListAsync(string.Empty, null, 1, keysOnly: true, cancel)).Entries is [var some])
        {
            throw new StateException(
                StateFault.Unavailable,
                $"The target is not empty: it contains '{some.Key}'. Nothing was written. Use an empty store, prefix or folder.");
        }

        var mark = new UnfinishedMark(terms.Kind, source.Name, source.Revision, clock.GetUtcNow(), _attempt);
        var conditions = new List<StateCondition> { new(key, found?.ModRevision ?? 0) };
        conditions.AddRange(found is null ? Serving.Select(one => new StateCondition(one, 0)) : []);
        var write = Note(UnfinishedMark.Key, mark, StoreMarksJson.Default.UnfinishedMark);
        await CopyWrites.RepeatAsync(target, [.. conditions], [write], clock, cancel);

        // One that was not answered may have been applied: the mark says whose it is.
        var now = await target.GetAsync(key, cancel);
        return now is not null && DocumentEnvelope.Read(now, StoreMarksJson.Default.UnfinishedMark).Value.Attempt == _attempt
            ? (new(key, now.ModRevision), found is not null)
            : throw CopyWrites.Overtaken();
    }

    private void CheckSame(UnfinishedMark found)
    {
        if (!terms.OverwritesUnfinished && (found.Kind != terms.Kind || found.Source != source.Name))
        {
            throw new StateException(
                StateFault.Unavailable,
                $"The target contains an unfinished {found.Kind} of {found.Source}, started at {found.StartedAt:u}. " +
                "Run that command again to finish it, or add --overwrite-unfinished to this command.");
        }
    }

    private async Task<long> WriteAsync(StateCondition mark, bool resumed, IProgress<long>? progress, CancellationToken cancel)
    {
        var writes = new CopyWrites(target, mark, clock);
        try
        {
            await using var there = (resumed ? TargetAsync(cancel) : NothingAsync()).GetAsyncEnumerator(cancel);
            var (seen, has) = (0L, await there.MoveNextAsync());
            await foreach (var entry in WantedAsync(cancel))
            {
                var key = Encoding.UTF8.GetBytes(entry.Key);
                for (; has && Compare(there.Current, key) < 0; has = await there.MoveNextAsync())
                {
                    await writes.AddAsync(there.Current.Key, null, cancel);
                }

                var isThere = has && Compare(there.Current, key) == 0;
                if (!isThere || !there.Current.Value.Span.SequenceEqual(entry.Value.Span) || there.Current.LeaseId != 0)
                {
                    await writes.AddAsync(entry.Key, entry.Value, cancel);
                }

                has = isThere ? await there.MoveNextAsync() : has;
                progress?.Report(++seen);
            }

            for (; has; has = await there.MoveNextAsync())
            {
                await writes.AddAsync(there.Current.Key, null, cancel);
            }

            await writes.FlushAsync(cancel);
            return writes.Count;
        }
        catch
        {
            // What is under way belongs to this attempt; it is not left behind.
            await writes.SettleAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task<StateSum> CompareAsync(CancellationToken cancel)
    {
        var wanted = await SumAsync(WantedAsync(cancel));
        var found = await SumAsync(TargetAsync(cancel));
        return wanted == found ? wanted : throw new StateException(
            StateFault.Damaged,
            $"The target does not match the source: it has {found.Entries} entries with digest {found.Sha256}, not {wanted.Entries} " +
            $"with {wanted.Sha256}. No server will use it. Check what else writes to it, then run the command again.");
    }

    private async Task EndAsync(StateCondition mark, CancellationToken cancel)
    {
        var note = terms.Restored is { } restored
            ? Note(RestoreMark.Key, restored, StoreMarksJson.Default.RestoreMark)
            : Note(
                CopyMark.Key,
                new CopyMark(source.Name, source.Revision, source.TakenAt, clock.GetUtcNow()),
                StoreMarksJson.Default.CopyMark);
        var audit = AuditLog.Record(
            terms.Stamp, [new(terms.Restored is null ? CopyMark.Key.Text : RestoreMark.Key.Text, "created", 1)], _attempt, 0);
        if (!await CopyWrites.RepeatAsync(target, [mark], [new(mark.Key, null), note, audit.Record], clock, cancel)
            && await target.GetAsync(mark.Key, cancel) is not null)
        {
            throw CopyWrites.Overtaken();
        }
    }

    // A mark that the backup brings along is replaced in the end.
    private async IAsyncEnumerable<StateEntry> WantedAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var entry in MovedEntries.OfAsync(source, cancel))
        {
            if (terms.Restored is null || entry.Key != RestoreMark.Key.Stored)
            {
                yield return terms.Change?.Invoke(entry) ?? entry;
            }
        }
    }

    private async IAsyncEnumerable<StateEntry> TargetAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var entry in target.ListAllAsync(string.Empty, cancel))
        {
            if (!MovedEntries.IsNote(entry.Key))
            {
                yield return entry;
            }
        }
    }

    private static async IAsyncEnumerable<StateEntry> NothingAsync()
    {
        await Task.CompletedTask;
        yield break;
    }

    private static async Task<StateSum> SumAsync(IAsyncEnumerable<StateEntry> entries)
    {
        using var digest = new StateDigest();
        await foreach (var entry in entries)
        {
            digest.Add(entry);
        }

        return digest.Sum();
    }

    private static int Compare(StateEntry there, byte[] key) => Encoding.UTF8.GetBytes(there.Key).AsSpan().SequenceCompareTo(key);

    private StateWrite Note<T>(DocumentKey key, T value, JsonTypeInfo<T> type)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, type);
        var info = new DocumentInfo(key, DocumentTag.Of(key, 1, terms.Stamp, json), 1, terms.Stamp, terms.Stamp);
        return new(key.Stored, DocumentEnvelope.Write(info, json));
    }
}
