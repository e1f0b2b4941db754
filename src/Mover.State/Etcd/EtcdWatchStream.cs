using Grpc.Core;
using Mover.State.Etcd.Wire;

namespace Mover.State.Etcd;

/// <summary>One watch at one member: what it says, and ticks between, so that its silence is noticed. For one reader.</summary>
internal sealed class EtcdWatchStream : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop;
    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;
    private readonly PeriodicTimer _timer = new(Tick, EtcdCluster.Network);
    private Task<bool>? _reading;
    private Task<bool>? _ticking;
    private Task _asking = Task.CompletedTask;
    private long _askedLast = EtcdCluster.Network.GetTimestamp();
    private long? _unanswered;

    private EtcdWatchStream(EtcdEndpoint endpoint, CancellationTokenSource stop)
    {
        Endpoint = endpoint;
        _stop = stop;
        _call = endpoint.Watch.Watch(new(EtcdCluster.Headers, cancellationToken: stop.Token));
    }

    public EtcdEndpoint Endpoint { get; }

    /// <summary>Starts the watch and waits, for a bounded time, until the member has it.</summary>
    public static async Task<EtcdWatchStream> OpenAsync(
        EtcdCluster cluster, EtcdEndpoint endpoint, WatchCreateRequest wanted, CancellationToken cancel)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, cluster.Closing);
        stop.CancelAfter(cluster.CallTimeout * 2);
        var stream = new EtcdWatchStream(endpoint, stop);
        try
        {
            await stream._call.RequestStream.WriteAsync(new() { CreateRequest = wanted }, CancellationToken.None);
            var created = await stream._call.ResponseStream.MoveNext(CancellationToken.None) ? stream._call.ResponseStream.Current : null;
            if (created is not { Created: true, Canceled: false })
            {
                throw new RpcException(new(StatusCode.Unavailable, "the member did not accept the watch "
                    + $"{created?.CancelReason}".TrimEnd()));
            }

            stop.CancelAfter(Timeout.InfiniteTimeSpan);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The next answer; null at a tick. Throws <see cref="RpcException"/> when the watch is over or nothing was heard for too long.
    /// </summary>
    public async ValueTask<WatchResponse?> NextAsync()
    {
        _reading ??= _call.ResponseStream.MoveNext(CancellationToken.None);
        _ticking ??= _timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
        await Task.WhenAny(_reading, _ticking);
        if (_reading.IsCompleted)
        {
            var reading = _reading;
            (_reading, _unanswered) = (null, null);
            return await reading
                ? _call.ResponseStream.Current
                : throw new RpcException(new(StatusCode.Unavailable, "the member ended the watch"));
        }

        _ticking = null;
        if (_unanswered is { } asked && EtcdCluster.Network.GetElapsedTime(asked) > SilenceMax)
        {
            throw new RpcException(new(StatusCode.Unavailable, $"a watch received nothing for {SilenceMax.TotalSeconds:0} s"));
        }

        return null;
    }

    /// <summary>Asks how far the watch has come: now, or as often as it shows that the member is there.</summary>
    public async ValueTask AskAsync(bool now)
    {
        // An answer that does not come shows above; a request that cannot even be sent, here.
        if (!_asking.IsCompleted || (!now && EtcdCluster.Network.GetElapsedTime(_askedLast) < AskEvery))
        {
            return;
        }

        await _asking;
        _askedLast = EtcdCluster.Network.GetTimestamp();
        _unanswered ??= _askedLast;
        _asking = _call.RequestStream.WriteAsync(new() { ProgressRequest = new() });
    }

    public void Dispose()
    {
        _stop.Cancel();
        _call.Dispose();
        _timer.Dispose();
        _stop.Dispose();
    }
}
