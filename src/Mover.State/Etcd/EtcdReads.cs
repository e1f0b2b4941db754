using Grpc.Core;
using Mover.State.Etcd.Wire;

namespace Mover.State.Etcd;

/// <summary>The contract's reads over etcd.</summary>
internal sealed class EtcdReads(EtcdCluster cluster, EtcdKeys keys)
{
    private const int PageBytesMax = 8 * 1024 * 1024;
    private const int FirstEntries = 32;
    private const int FewestEntries = 8;
    private const int Growth = 4;

    /// <summary>The store's revision: no commit acknowledged before the call has a higher one.</summary>
    public async ValueTask<long> RevisionAsync(CancellationToken cancel) => (await TxnAsync(new(), cancel)).Header.Revision;

    /// <summary>Keys at one revision.</summary>
    public async ValueTask<StateRead> ReadAsync(byte[][] wanted, CancellationToken cancel)
    {
        var found = new StateEntry?[wanted.Length];
        var revision = await FillAsync(wanted, found, 0, wanted.Length, 0, cancel);
        return new(found, revision);
    }

    /// <summary>
    /// The entries from <paramref name="start"/> on, before <paramref name="end"/>. etcd bounds an answer by their number alone, so a page
    /// is read in parts that grow while the values are small. At a revision, or at the newest one when it is 0.
    /// </summary>
    public async ValueTask<StatePage> ListAsync(
        byte[] start, byte[] end, int limit, bool keysOnly, CancellationToken cancel, long revision = 0)
    {
        var (entries, bytes) = (new List<StateEntry>(), 0L);
        var request = new RangeRequest
        {
            Key = keys.Stored(start), RangeEnd = keys.Stored(end), KeysOnly = keysOnly, Revision = revision,
        };
        var most = keysOnly ? limit : FirstEntries;
        while (true)
        {
            request.Limit = Math.Min(most, limit - entries.Count);
            if (await PartAsync(request, cancel) is not { } part)
            {
                most = Math.Max(FewestEntries, most / Growth);
                continue;
            }

            request.Revision = request.Revision == 0 ? part.Header.Revision : request.Revision;
            foreach (var found in part.Kvs)
            {
                if (entries.Count > 0 && bytes + found.Value.Length > PageBytesMax)
                {
                    return new(entries, request.Revision, HasMore: true);
                }

                entries.Add(keys.Entry(found));
                bytes += found.Key.Length + found.Value.Length;
            }

            if (!part.More || entries.Count == limit)
            {
                return new(entries, request.Revision, part.More);
            }

            var average = (bytes / entries.Count) + 1;
            most = (int)Math.Clamp((PageBytesMax - bytes) / average, FewestEntries, (long)most * Growth);
            request.Key = keys.Stored([.. StateRules.Key(entries[^1].Key), 0]);
        }
    }

    /// <summary>One key that the engine keeps for itself; null when absent.</summary>
    public async ValueTask<KeyValue?> OwnAsync(string name, CancellationToken cancel)
    {
        var request = new RangeRequest { Key = keys.Own(name) };
        var found = await RangeAsync(request, cancel);
        return found.Kvs.Count > 0 ? found.Kvs[0] : null;
    }

    // At the revision, or at the newest one when it is 0; answers which. More than is taken in one answer is asked for in halves.
    private async ValueTask<long> FillAsync(
        byte[][] wanted, StateEntry?[] found, int from, int count, long revision, CancellationToken cancel)
    {
        var request = new TxnRequest();
        for (var at = from; at < from + count; at++)
        {
            request.Success.Add(new RequestOp { RequestRange = new() { Key = keys.Stored(wanted[at]), Revision = revision } });
        }

        try
        {
            var answer = await TxnAsync(request, cancel);
            for (var at = 0; at < count; at++)
            {
                found[from + at] = answer.Responses[at].ResponseRange.Kvs is [var entry] ? keys.Entry(entry) : null;
            }

            return revision == 0 ? answer.Header.Revision : revision;
        }
        catch (StateException fault) when (count > 1 && EtcdFaults.IsAnswerTooLarge(fault))
        {
            var half = count / 2;
            revision = await FillAsync(wanted, found, from, half, revision, cancel);
            return await FillAsync(wanted, found, from + half, count - half, revision, cancel);
        }
    }

    // Null when the answer was larger than what is taken at once.
    private async ValueTask<RangeResponse?> PartAsync(RangeRequest request, CancellationToken cancel)
    {
        try
        {
            return await RangeAsync(request, cancel);
        }
        catch (StateException fault) when (request.Limit > FewestEntries && EtcdFaults.IsAnswerTooLarge(fault))
        {
            return null;
        }
    }

    private ValueTask<RangeResponse> RangeAsync(RangeRequest request, CancellationToken cancel) =>
        cluster.CallAsync(isRepeatable: true, (endpoint, options) => endpoint.Kv.RangeAsync(request, options).ResponseAsync, cancel);

    private ValueTask<TxnResponse> TxnAsync(TxnRequest request, CancellationToken cancel) =>
        cluster.CallAsync(isRepeatable: true, (endpoint, options) => endpoint.Kv.TxnAsync(request, options).ResponseAsync, cancel);
}
