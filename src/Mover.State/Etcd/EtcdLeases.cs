using Grpc.Core;
using Mover.State.Etcd.Wire;

namespace Mover.State.Etcd;

/// <summary>The contract's leases, which are etcd's. All calls may be repeated: a grant that nobody heard of lapses by itself.</summary>
internal sealed class EtcdLeases(EtcdCluster cluster)
{
    public async ValueTask<long> GrantAsync(TimeSpan timeToLive, CancellationToken cancel)
    {
        var request = new LeaseGrantRequest { TTL = (long)Math.Ceiling(timeToLive.TotalSeconds) };
        var answer = await cluster.CallAsync(
            isRepeatable: true, (endpoint, options) => endpoint.Lease.LeaseGrantAsync(request, options).ResponseAsync, cancel);
        return answer.ID;
    }

    public async ValueTask<bool> KeepAsync(long id, CancellationToken cancel)
    {
        var answer = await cluster.CallAsync(isRepeatable: true, (endpoint, options) => KeepAtAsync(endpoint, id, options), cancel);
        return answer.TTL > 0;
    }

    public async ValueTask RevokeAsync(long id, CancellationToken cancel)
    {
        var request = new LeaseRevokeRequest { ID = id };
        try
        {
            await cluster.CallAsync(
                isRepeatable: true, (endpoint, options) => endpoint.Lease.LeaseRevokeAsync(request, options).ResponseAsync, cancel);
        }
        catch (StateException fault) when (EtcdFaults.IsLeaseGone(fault))
        {
            // It has ended, which is what was asked for.
        }
    }

    // etcd keeps leases over a stream only.
    private static async Task<LeaseKeepAliveResponse> KeepAtAsync(EtcdEndpoint endpoint, long id, CallOptions options)
    {
        using var call = endpoint.Lease.LeaseKeepAlive(options);
        await call.RequestStream.WriteAsync(new() { ID = id });
        if (!await call.ResponseStream.MoveNext(options.CancellationToken))
        {
            throw new RpcException(new(StatusCode.Unavailable, "the member closed the call without a response"));
        }

        var answer = call.ResponseStream.Current;
        await call.RequestStream.CompleteAsync();
        return answer;
    }
}
