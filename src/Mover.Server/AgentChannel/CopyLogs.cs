using System.Globalization;
using System.Text.Json;
using Mover.Core;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>Items that did not arrive, per run: appended in chunks, each a document, up to a limit.</summary>
internal sealed class CopyLogs(DocumentStore documents, RunClaims claims)
{
    /// <summary>Entries of one run's log.</summary>
    public const long EntriesMax = 100_000;

    /// <summary>Bytes of one run's log.</summary>
    public const long BytesMax = 64 * 1024 * 1024;

    // A chunk is a document and has to stay below what the store keeps in one.
    private const int ChunkBytesMax = 960 * 1024;
    private const int ChunkBytes = 256 * 1024;

    /// <summary>Adds the entries that are new; what the log has already changes nothing.</summary>
    public async Task<Result<CopyLogAnswer>> AppendAsync(ResourceId agent, CopyLogBatch batch, CancellationToken cancel)
    {
        if (!ChannelRules.TryReadRun(batch.RunId, out var run)
            || await claims.FindAsync(agent, run, cancel) is not { } claim
            || claim.Value.Epoch != batch.Epoch)
        {
            return ArmErrors.RunOwnedElsewhere(run, batch.Epoch);
        }

        var rounds = documents.Rounds();
        do
        {
            var stored = await documents.GetAsync(HeadKey(run), RunsJson.Default.CopyLogHead, cancel);
            var head = stored?.Value ?? new(batch.Journal, 0, 0, 0, 0, false, 0);
            head = head.Journal == batch.Journal ? head : head with { Journal = batch.Journal, NextIndex = 0 };
            var skip = head.NextIndex - batch.FirstIndex;
            if (skip < 0 || skip >= batch.Entries.Count || head.Truncated)
            {
                // Nothing new, a gap that the agent fills next, or no room.
                return new CopyLogAnswer(head.NextIndex, head.Truncated);
            }

            var fresh = batch.Entries.Skip((int)skip).Take((int)(EntriesMax - head.Entries)).ToList();
            if (SizeOf(new(fresh)) > ChunkBytesMax)
            {
                return ArmErrors.BodyTooLarge(AgentChannelLimits.LogBytesMax);
            }

            var (next, write) = await PlanAsync(run, head, fresh, cancel);
            var condition = DocumentCondition.AsRead(stored?.Info);
            var commit = await documents.CommitAsync(
                [
                    DocumentWrite.Put(HeadKey(run), next, RunsJson.Default.CopyLogHead, condition), write,
                    DocumentWrite.Check(run, DocumentCondition.Exists),
                ],
                claims.Stamp(routine: true),
                cancel);
            if (commit.Committed)
            {
                return new CopyLogAnswer(next.NextIndex, next.Truncated);
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(run);
    }

    /// <summary>One chunk of a run's log and the number of the next; null when there is none.</summary>
    public async Task<(
        IReadOnlyList<CopyLogEntry> Entries, int? Next, bool Truncated)> ReadAsync(ResourceId run, int chunk, CancellationToken cancel)
    {
        var head = await documents.GetAsync(HeadKey(run), RunsJson.Default.CopyLogHead, cancel);
        if (head is null || chunk >= head.Value.Chunks)
        {
            return ([], null, head?.Value.Truncated ?? false);
        }

        var found = await documents.GetAsync(ChunkKey(run, chunk), RunsJson.Default.CopyLogChunk, cancel);
        return (found?.Value.Entries ?? [], chunk + 1 < head.Value.Chunks ? chunk + 1 : null, head.Value.Truncated);
    }

    private async Task<(CopyLogHead Head, DocumentWrite Write)> PlanAsync(
        ResourceId run, CopyLogHead head, List<CopyLogEntry> fresh, CancellationToken cancel)
    {
        var goesOn = head.Chunks > 0 && head.LastChunkBytes < ChunkBytes && head.LastChunkBytes + SizeOf(new(fresh)) <= ChunkBytesMax;
        var number = goesOn ? head.Chunks - 1 : head.Chunks;
        var before = goesOn
            ? (await documents.GetAsync(ChunkKey(run, number), RunsJson.Default.CopyLogChunk, cancel))?.Value.Entries ?? []
            : [];
        var chunk = new CopyLogChunk([.. before, .. fresh]);
        var entries = head.Entries + fresh.Count;
        var chunkBytes = SizeOf(chunk);
        var bytes = head.Bytes + chunkBytes - (goesOn ? head.LastChunkBytes : 0);
        var next = head with
        {
            NextIndex = head.NextIndex + fresh.Count,
            Chunks = number + 1,
            LastChunkBytes = chunkBytes,
            Entries = entries,
            Bytes = bytes,
            Truncated = entries >= EntriesMax || bytes >= BytesMax,
        };
        return (next, DocumentWrite.Put(ChunkKey(run, number), chunk, RunsJson.Default.CopyLogChunk));
    }

    private static int SizeOf(CopyLogChunk chunk) =>
        JsonSerializer.SerializeToUtf8Bytes(chunk, RunsJson.Default.CopyLogChunk).Length;

    private static DocumentKey HeadKey(ResourceId run) => DocumentKey.Internal(["copylog", .. MirroredArea.PartsOf(run)]);

    private static DocumentKey ChunkKey(ResourceId run, int number) =>
        DocumentKey.Internal(["copylog", .. MirroredArea.PartsOf(run), number.ToString("D6", CultureInfo.InvariantCulture)]);
}
