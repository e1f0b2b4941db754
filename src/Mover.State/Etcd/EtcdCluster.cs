using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Mover.State.Etcd;

/// <summary>
/// The members, and how one is asked after another: the first good one in the operator's order, at once the next when it does not answer,
/// in rounds until somebody does or patience ends. One that failed comes back when it has told that it is well.
/// </summary>
internal sealed class EtcdCluster : IAsyncDisposable
{
    /// <summary>No more members than this are named.</summary>
    public const int EndpointsMax = 16;

    private const int SlowestRound = 2;
    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    private readonly EtcdEndpoint[] _endpoints;
    private readonly EtcdStateOptions _options;
    private readonly EtcdChecks _checks;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private readonly RunningLoop _checkLoop;

    public EtcdCluster(
        EtcdEndpoint[] endpoints, EtcdConnections connections, EtcdStateOptions options, EtcdChecks checks, ILogger logger)
    {
        Connections = connections;
        _endpoints = endpoints;
        _options = options;
        _checks = checks;
        _logger = logger;
        Closing = _closing.Token;
        _checkLoop = new(CheckAsync);
    }

    /// <summary>
    /// What a network answers takes real time, whatever clock the program is given: limits and pauses towards etcd are on this one.
    /// </summary>
    public static TimeProvider Network { get; } = TimeProvider.System;

    /// <summary>Sent with every request: a member without a leader refuses at once instead of being silent.</summary>
    public static Metadata Headers { get; } = new() { { "hasleader", "true" } };

    /// <summary>The members that the operator named.</summary>
    public IReadOnlyList<EtcdEndpoint> Endpoints => _endpoints;

    /// <summary>How members are connected to.</summary>
    public EtcdConnections Connections { get; }

    /// <summary>Ends when the store closes.</summary>
    public CancellationToken Closing { get; }

    /// <summary>How long the members are asked in turn.</summary>
    public TimeSpan Patience => _options.Patience;

    /// <summary>How long one may take to answer.</summary>
    public TimeSpan CallTimeout => _options.CallTimeout;

    /// <summary>
    /// Sends a request until a member answers. One that is not repeatable is sent anew only when it was certainly not carried out, ignores
    /// <paramref name="cancel"/> once it is sent, and ends with <see cref="StateFault.OutcomeUnknown"/> when it is not answered.
    /// </summary>
    public async ValueTask<T> CallAsync<T>(bool isRepeatable, Func<EtcdEndpoint, CallOptions, Task<T>> send, CancellationToken cancel)
    {
        var started = Network.GetTimestamp();
        Dictionary<Uri, string>? reasons = null;
        RpcException? last = null;
        for (var round = 0; ; round++)
        {
            var limit = CallTimeout * (isRepeatable ? 1 << Math.Min(round, SlowestRound) : 1);
            for (var tried = 0; Next(ref tried) is { } endpoint;)
            {
                cancel.ThrowIfCancellationRequested();
                ThrowIfClosed();
                try
                {
                    return await SendAsync(endpoint, send, limit, isRepeatable ? cancel : CancellationToken.None);
                }
                catch (RpcException fault)
                {
                    Judge(endpoint, fault, isRepeatable, cancel);
                    (reasons ??= [])[endpoint.Address] = $"{endpoint.Address}: {EtcdFaults.Reason(fault)}";
                    last = fault;
                }
            }

            if (Network.GetElapsedTime(started) >= Patience)
            {
                var refused = _endpoints.Select(endpoint => endpoint.Refusal).OfType<string>();
                throw EtcdFaults.NobodyAnswered([.. reasons?.Values ?? Enumerable.Empty<string>(), .. refused], last);
            }

            await PauseAsync(cancel);
        }
    }

    /// <summary>The best endpoint that is not among the tried ones (a bit for each), which it joins; null when all were tried.</summary>
    public EtcdEndpoint? Next(ref int tried)
    {
        var best = -1;
        for (var at = 0; at < _endpoints.Length; at++)
        {
            if ((tried & (1 << at)) != 0 || _endpoints[at].Health == EndpointHealth.Unchecked)
            {
                continue;
            }

            if (_endpoints[at].Health == EndpointHealth.Good)
            {
                best = at;
                break;
            }

            best = best < 0 || _endpoints[at].FailedAt < _endpoints[best].FailedAt ? at : best;
        }

        tried |= best < 0 ? 0 : 1 << best;
        return best < 0 ? null : _endpoints[best];
    }

    /// <summary>An endpoint did not answer as it should: the others are asked first, until it is well again.</summary>
    public void Fail(EtcdEndpoint endpoint, string reason)
    {
        if (endpoint.HasFailed(Network.GetTimestamp()))
        {
            EtcdLog.EndpointFailed(_logger, endpoint.Address, reason);
        }
    }

    /// <summary>Waits a little before the endpoints are asked again.</summary>
    public async Task PauseAsync(CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, Closing);
        await Task.Delay(RoundPause, Network, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
        ThrowIfClosed();
    }

    public void ThrowIfClosed()
    {
        if (Closing.IsCancellationRequested)
        {
            throw EtcdFaults.Closed();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        await _checkLoop.DisposeAsync();
        Array.ForEach(_endpoints, endpoint => endpoint.Dispose());
        _closing.Dispose();
    }

    private async Task<T> SendAsync<T>(
        EtcdEndpoint endpoint, Func<EtcdEndpoint, CallOptions, Task<T>> send, TimeSpan limit, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, Closing);
        patience.CancelAfter(limit);
        try
        {
            return await send(endpoint, new(Headers, cancellationToken: patience.Token));
        }
        catch (ObjectDisposedException gone) when (Closing.IsCancellationRequested)
        {
            throw EtcdFaults.Closed(gone);
        }
    }

    // Goes on with the next endpoint by returning.
    private void Judge(EtcdEndpoint endpoint, RpcException fault, bool isRepeatable, CancellationToken cancel)
    {
        var kind = EtcdFaults.Kind(fault);
        if (kind == CallFault.Refused)
        {
            throw EtcdFaults.Refused(endpoint.Address, fault);
        }

        if (kind == CallFault.Unanswered && !isRepeatable)
        {
            Fail(endpoint, EtcdFaults.Reason(fault));
            throw EtcdFaults.Unknown(endpoint.Address, fault);
        }

        cancel.ThrowIfCancellationRequested();
        ThrowIfClosed();
        Fail(endpoint, EtcdFaults.Reason(fault));
    }

    private async Task CheckAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(CheckEvery, Network);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            await Task.WhenAll(_endpoints.Where(endpoint => endpoint.Health != EndpointHealth.Good).Select(e => CheckAsync(e, cancel)));
        }
    }

    private async Task CheckAsync(EtcdEndpoint endpoint, CancellationToken cancel)
    {
        var before = endpoint.Refusal;
        try
        {
            if (await _checks.CheckAsync(endpoint, cancel) is null)
            {
                EtcdLog.EndpointIsBack(_logger, endpoint.Address);
            }
        }
        catch (StateException refused)
        {
            if (endpoint.Refusal != before)
            {
                EtcdLog.EndpointRefused(_logger, endpoint.Address, refused.Message);
            }
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            EtcdLog.EndpointFailed(_logger, endpoint.Address, fault.Message);
        }
    }
}
