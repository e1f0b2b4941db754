using Grpc.Core;

namespace Mover.State.Etcd;

/// <summary>Asks a member how it fares before anything is sent there: its version, its cluster, whether it has a leader.</summary>
internal sealed class EtcdChecks(TimeSpan limit)
{
    // Older ones revoke leases that are kept, lose deletions from watches, and claim progress that they have not made.
    private static readonly Version OldestVersion = new(3, 5, 16);

    private long _clusterId;

    /// <summary>
    /// Null when the endpoint may be used, otherwise why it cannot for the time being. Throws <see cref="StateException"/> when it must not
    /// be used at all.
    /// </summary>
    public async Task<string?> CheckAsync(EtcdEndpoint endpoint, CancellationToken cancel)
    {
        Wire.StatusResponse status;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(limit);
        try
        {
            status = await endpoint.Maintenance.StatusAsync(new(), cancellationToken: patience.Token);
        }
        catch (RpcException fault) when (EtcdFaults.Kind(fault) != CallFault.Refused)
        {
            cancel.ThrowIfCancellationRequested();
            return $"{endpoint.Address}: {EtcdFaults.Reason(fault)}";
        }
        catch (RpcException fault)
        {
            throw EtcdFaults.Refused(endpoint.Address, fault);
        }

        if (Refusal(endpoint.Address, status) is { } refusal)
        {
            endpoint.IsRefused(refusal);
            throw EtcdFaults.Unavailable(refusal);
        }

        if (status.Leader == 0 || status.IsLearner)
        {
            return $"{endpoint.Address}: {(status.IsLearner ? "it is a learner, which serves nobody" : "it has no leader")}";
        }

        endpoint.IsGood();
        return null;
    }

    private string? Refusal(Uri address, Wire.StatusResponse status)
    {
        if (!Version.TryParse(status.Version.Split('-', '+')[0], out var version) || version < OldestVersion)
        {
            return $"The etcd at {address} has version {status.Version}; Mover needs {OldestVersion} or newer, "
                + "because older versions revoke " +
                "leases that are still kept alive and lose watch events. Upgrade every member, one at a time, and start again.";
        }

        var cluster = unchecked((long)status.Header.ClusterId);
        var known = Interlocked.CompareExchange(ref _clusterId, cluster, 0);
        return known == 0 || known == cluster
            ? null
            : $"The etcd at {address} belongs to another cluster ({(ulong)cluster:x}), not to the one in use ({(ulong)known:x}), or was " +
                "restored from a backup. Use members of one cluster only; after a restore, restart the server.";
    }
}
