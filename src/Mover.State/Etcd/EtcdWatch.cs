using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Mover.State.Etcd.Wire;

namespace Mover.State.Etcd;

/// <summary>
/// One watch of the contract over etcd's, which end when a member does: goes on at another one after the last commit that was yielded
/// whole. For one reader.
/// </summary>
internal sealed class EtcdWatch : IDisposable
{
    // A member that answers, but has not come to what the majority had agreed on, is behind or cut off.
    private static readonly TimeSpan LagMax = TimeSpan.FromSeconds(3);

    private readonly EtcdCluster _cluster;
    private readonly EtcdPulse _pulse;
    private readonly EtcdKeys _keys;
    private readonly byte[] _prefix;
    private readonly ILogger _logger;
    private readonly List<StateChange> _part = [];
    private EtcdWatchStream? _stream;
    private long _seen;
    private bool _isSeen;
    private PulseBeat? _awaited;
    private long _awaitedSince;
    private long _asOf = long.MinValue;
    private long? _brokenSince;

    public EtcdWatch(EtcdCluster cluster, EtcdPulse pulse, EtcdKeys keys, byte[] prefix, long after, ILogger logger)
    {
        (_cluster, _pulse, _keys, _prefix, _seen, _logger) = (cluster, pulse, keys, prefix, after, logger);
        _pulse.Join();
    }

    /// <summary>The next element, as the contract has it.</summary>
    public async ValueTask<StateChanges> NextAsync(CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            _cluster.ThrowIfClosed();
            try
            {
                if (_stream is null)
                {
                    _stream = await OpenAsync(cancel);
                    _brokenSince = null;
                    if (Reached() is { } at)
                    {
                        return new([], _seen, at);
                    }
                }

                var heard = await _stream.NextAsync();
                if ((heard is null ? await TickAsync(_stream) : Take(heard)) is { } told)
                {
                    return told;
                }
            }
            catch (Exception fault) when (fault is RpcException or InvalidOperationException)
            {
                await MoveAsync(fault, cancel);
            }
        }
    }

    public void Dispose()
    {
        _pulse.Leave();
        _stream?.Dispose();
    }

    private async Task<EtcdWatchStream> OpenAsync(CancellationToken cancel)
    {
        var beat = await _pulse.AskAsync(cancel);
        if (_isSeen && beat.Revision < _seen)
        {
            throw EtcdFaults.HistoryGone(_seen, $"etcd is at revision {beat.Revision}, so it was restored from a backup");
        }

        // From one revision earlier than needed: what starts exactly where history was dropped may lack a deletion, and is refused so.
        var wanted = new WatchCreateRequest
        {
            Key = _keys.Stored(_prefix),
            RangeEnd = _keys.Stored(StateRules.PrefixEnd(_prefix)),
            StartRevision = beat.Revision <= _seen ? _seen + 1 : Math.Max(_seen, 1),
            Fragment = true,
        };
        _part.Clear();
        var tried = 0;
        var endpoint = _cluster.Next(ref tried) ?? throw EtcdFaults.NobodyAnswered(["no member has been checked"], null);
        try
        {
            var stream = await EtcdWatchStream.OpenAsync(_cluster, endpoint, wanted, cancel);
            (_awaited, _awaitedSince) = (beat, EtcdCluster.Network.GetTimestamp());
            return stream;
        }
        catch (RpcException fault)
        {
            Fail(endpoint, fault, cancel);
            throw;
        }
    }

    private StateChanges? Take(WatchResponse heard)
    {
        if (heard.Canceled)
        {
            throw heard.CompactRevision > 0
                ? EtcdFaults.HistoryGone(_seen, $"history up to revision {heard.CompactRevision} was compacted")
                : new RpcException(new(StatusCode.Unavailable, $"the member ended the watch ({heard.CancelReason})"));
        }

        if (heard.Events.Count == 0)
        {
            Saw(heard.Header.Revision);
            return Reached() is { } at ? new([], _seen, at) : null;
        }

        foreach (var change in heard.Events.Where(change => change.Kv.ModRevision > _seen))
        {
            var entry = change.Type == Event.Types.EventType.Put ? _keys.Entry(change.Kv) : null;
            _part.Add(new(_keys.Text(change.Kv.Key), entry, change.Kv.ModRevision));
        }

        _awaitedSince = EtcdCluster.Network.GetTimestamp();
        return Whole(heard.Fragment, heard.Events[^1].Kv.ModRevision);
    }

    // While more of an answer is to come, its last commit may not be whole.
    private StateChanges? Whole(bool hasMore, long last)
    {
        var count = hasMore ? _part.FindIndex(change => change.Revision == last) : _part.Count;
        if (count < 1)
        {
            if (!hasMore)
            {
                Saw(last);
            }

            return Reached() is { } at ? new([], _seen, at) : null;
        }

        var changes = _part.GetRange(0, count);
        _part.RemoveRange(0, count);
        Saw(changes[^1].Revision);
        return new(changes, _seen, Reached());
    }

    private async ValueTask<StateChanges?> TickAsync(EtcdWatchStream stream)
    {
        if (_awaited is null && _pulse.Latest is { } latest && latest.At > _asOf)
        {
            (_awaited, _awaitedSince) = (latest, EtcdCluster.Network.GetTimestamp());
        }

        if (Reached() is { } at)
        {
            return new([], _seen, at);
        }

        if (_awaited is not null && EtcdCluster.Network.GetElapsedTime(_awaitedSince) > LagMax)
        {
            throw new RpcException(new(StatusCode.Unavailable, $"it is behind the other members by more than {LagMax.TotalSeconds:0} s"));
        }

        await stream.AskAsync(now: _awaited is not null);
        return null;
    }

    private void Saw(long revision)
    {
        // A note may come for a watch whose start lies ahead.
        _isSeen |= revision >= _seen;
        _seen = Math.Max(_seen, revision);
    }

    // The moment as of which everything has been seen, when that is news.
    private long? Reached()
    {
        if (_awaited is null || _awaited.Revision > _seen)
        {
            return null;
        }

        var newest = _pulse.Latest is { } latest && latest.At > _awaited.At && latest.Revision <= _seen ? latest : _awaited;
        _awaited = null;
        if (newest.At < _asOf)
        {
            return null;
        }

        _asOf = newest.At;
        return _asOf;
    }

    private async Task MoveAsync(Exception fault, CancellationToken cancel)
    {
        var reason = fault is RpcException told ? EtcdFaults.Reason(told) : fault.Message;
        if (_stream is not null)
        {
            Fail(_stream.Endpoint, fault, cancel);
            EtcdLog.WatchMoved(_logger, Encoding.UTF8.GetString(_prefix), _seen, reason);
            _stream.Dispose();
            _stream = null;
            _brokenSince = EtcdCluster.Network.GetTimestamp();
            return;
        }

        _brokenSince ??= EtcdCluster.Network.GetTimestamp();
        if (EtcdCluster.Network.GetElapsedTime(_brokenSince.Value) > _cluster.Patience)
        {
            throw EtcdFaults.NobodyAnswered([reason], fault);
        }

        await _cluster.PauseAsync(cancel);
    }

    // Not when it was ended from here.
    private void Fail(EtcdEndpoint endpoint, Exception fault, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _cluster.ThrowIfClosed();
        _cluster.Fail(endpoint, fault is RpcException told ? EtcdFaults.Reason(told) : fault.Message);
    }
}
