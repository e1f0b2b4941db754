using Microsoft.Extensions.Logging;
using Mover.State.Etcd.Wire;

namespace Mover.State.Etcd;

/// <summary>
/// Drops history that is older than it is to be kept. Each note is a commit of the engine's own, and history is dropped only up to one of
/// them, so that no commit of the state lies on the edge. Of several servers the one whose note comes first goes on; the others look on.
/// </summary>
internal sealed class EtcdHistoryLoop : IAsyncDisposable
{
    private const string Key = "history";
    private const int NotesMax = 60;
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    private readonly EtcdCluster _cluster;
    private readonly EtcdReads _reads;
    private readonly EtcdCommits _commits;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly TimeSpan _kept;
    private readonly TimeSpan _period;
    private readonly RunningLoop _loop;
    private long _known = -1;
    private long _knownAt;

    public EtcdHistoryLoop(
        EtcdCluster cluster, EtcdReads reads, EtcdCommits commits, TimeSpan kept, TimeProvider clock, ILogger logger)
    {
        (_cluster, _reads, _commits, _clock, _logger, _kept) = (cluster, reads, commits, clock, logger, kept);
        _period = kept / NotesMax > Shortest ? kept / NotesMax : Shortest;
        _loop = new(RunAsync);
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(_period, _clock);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            try
            {
                await NoteAsync(cancel);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                EtcdLog.CompactionFailed(_logger, fault);
            }
        }
    }

    private async Task NoteAsync(CancellationToken cancel)
    {
        var found = await _reads.OwnAsync(Key, cancel);
        var revision = found?.ModRevision ?? 0;
        if (revision != _known)
        {
            // Somebody else's, or from before this start: how long ago it was is not known, so it counts as made now.
            (_known, _knownAt) = (revision, _clock.GetTimestamp());
            if (found is not null)
            {
                return;
            }
        }

        var history = EtcdHistory.Parse(found?.Value.ToStringUtf8() ?? string.Empty);
        var now = _clock.GetTimestamp();
        var (next, old) = history.After(_clock.GetElapsedTime(_knownAt, now), revision, _kept);
        var noted = await _commits.PutOwnAsync(Key, next.Text(), revision, cancel);
        if (noted.Outcome != CommitOutcome.Committed)
        {
            return;
        }

        (_known, _knownAt) = (noted.Revision, now);
        if (old > 0)
        {
            await CompactAsync(old, cancel);
        }
    }

    private async Task CompactAsync(long revision, CancellationToken cancel)
    {
        var request = new CompactionRequest { Revision = revision };
        try
        {
            await _cluster.CallAsync(
                isRepeatable: true, (endpoint, options) => endpoint.Kv.CompactAsync(request, options).ResponseAsync, cancel);
            EtcdLog.Compacted(_logger, revision);
        }
        catch (StateException fault) when (EtcdFaults.IsCompacted(fault))
        {
            // A call that was not answered had done it, or an operator was first.
        }
    }
}
