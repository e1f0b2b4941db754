using Microsoft.Extensions.Logging;

namespace Mover.State.Etcd;

/// <summary>A moment and a revision: every commit that was acknowledged before the moment has this revision or a lower one.</summary>
/// <param name="At">On the store's clock.</param>
/// <param name="Revision">The revision that etcd told after it.</param>
internal sealed record PulseBeat(long At, long Revision);

/// <summary>
/// Asks etcd for its revision, for all watches together. A watch's own progress notes do not tell how fresh it is: they come from one
/// member, which may lag behind or be cut off. What is read here the majority has agreed on.
/// </summary>
internal sealed class EtcdPulse : IAsyncDisposable
{
    // Twice as often as watches tell of progress, so that they keep to it.
    private static readonly TimeSpan Every = StateLimits.WatchProgressEvery / 2;

    private readonly EtcdReads _reads;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly RunningLoop _loop;
    private volatile PulseBeat? _latest;
    private int _watches;

    public EtcdPulse(EtcdReads reads, TimeProvider clock, ILogger logger)
    {
        _reads = reads;
        _clock = clock;
        _logger = logger;
        _loop = new(RunAsync);
    }

    /// <summary>The newest beat; null before the first.</summary>
    public PulseBeat? Latest => _latest;

    /// <summary>A watch begins; nothing is asked while there is none.</summary>
    public void Join() => Interlocked.Increment(ref _watches);

    /// <summary>A watch has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref _watches);

    /// <summary>Asks now.</summary>
    public async ValueTask<PulseBeat> AskAsync(CancellationToken cancel)
    {
        var at = _clock.GetTimestamp();
        return new(at, await _reads.RevisionAsync(cancel));
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Every, EtcdCluster.Network);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            try
            {
                _latest = Volatile.Read(ref _watches) > 0 ? await AskAsync(cancel) : _latest;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                EtcdLog.PulseFailed(_logger, fault);
            }
        }
    }
}
