using Google.Protobuf;
using Mover.State.Etcd.Wire;

namespace Mover.State.Etcd;

/// <summary>The contract's commits as etcd's transactions: one compare for each condition, one operation for each write.</summary>
internal sealed class EtcdCommits(EtcdCluster cluster, EtcdKeys keys)
{
    public ValueTask<CommitResult> CommitAsync(StateCommit commit, CancellationToken cancel)
    {
        var request = new TxnRequest();
        for (var at = 0; at < commit.Conditions.Count; at++)
        {
            request.Compare.Add(Is(keys.Stored(commit.ConditionKeys[at]), commit.Conditions[at].ModRevision));
        }

        for (var at = 0; at < commit.Writes.Count; at++)
        {
            var key = keys.Stored(commit.WriteKeys[at]);
            request.Success.Add(commit.Writes[at] is { Value: { } value } write
                ? new RequestOp { RequestPut = new() { Key = key, Value = UnsafeByteOperations.UnsafeWrap(value), Lease = write.LeaseId } }
                : new RequestOp { RequestDeleteRange = new() { Key = key } });
        }

        return SendAsync(request, cancel);
    }

    /// <summary>Writes a key that the engine keeps for itself, if its last revision is still the one given.</summary>
    public ValueTask<CommitResult> PutOwnAsync(string name, string value, long modRevision, CancellationToken cancel)
    {
        var key = keys.Own(name);
        var request = new TxnRequest();
        request.Compare.Add(Is(key, modRevision));
        request.Success.Add(new RequestOp { RequestPut = new() { Key = key, Value = ByteString.CopyFromUtf8(value) } });
        return SendAsync(request, cancel);
    }

    private static Compare Is(ByteString key, long modRevision) =>
        new()
        {
            Target = Compare.Types.CompareTarget.Mod,
            Result = Compare.Types.CompareResult.Equal,
            Key = key,
            ModRevision = modRevision,
        };

    private async ValueTask<CommitResult> SendAsync(TxnRequest request, CancellationToken cancel)
    {
        try
        {
            // Without writes it is a read, which may be asked again.
            var answer = await cluster.CallAsync(
                request.Success.Count == 0, (endpoint, options) => endpoint.Kv.TxnAsync(request, options).ResponseAsync, cancel);
            return answer.Succeeded ? new(CommitOutcome.Committed, answer.Header.Revision) : new(CommitOutcome.ConditionFailed, 0);
        }
        catch (StateException fault) when (EtcdFaults.IsLeaseGone(fault))
        {
            return new(CommitOutcome.LeaseLapsed, 0);
        }
    }
}
