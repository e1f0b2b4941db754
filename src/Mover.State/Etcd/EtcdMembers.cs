using Grpc.Core;

namespace Mover.State.Etcd;

/// <summary>Asks every member how it fares, also those that the operator did not name.</summary>
internal sealed class EtcdMembers(EtcdCluster cluster)
{
    /// <summary>
    /// The members as the cluster lists them. Throws <see cref="StateException"/> when no member answers; one that does not is told as
    /// unreachable.
    /// </summary>
    public async ValueTask<StoreMembers> ReadAsync(CancellationToken cancel)
    {
        var listed = await cluster.CallAsync(
            isRepeatable: true, async (endpoint, call) => await endpoint.Cluster.MemberListAsync(new(), call), cancel);
        var alarms = await AlarmsAsync(cancel);

        // Which of the named addresses is which member is told by the answers alone: names and addresses may differ.
        var named = await Task.WhenAll(cluster.Endpoints.Select(endpoint => StatusAsync(endpoint, cancel)));
        var known = named.Where(status => status.Answer is not null)
            .GroupBy(status => status.Answer?.Header.MemberId ?? 0).ToDictionary(group => group.Key, group => group.First());
        var members = await Task.WhenAll(listed.Members.Take(EtcdCluster.EndpointsMax).Select(async member => Describe(
            member, known.GetValueOrDefault(member.ID) ?? await StatusAsync(member, cancel), alarms[member.ID])));
        return new(IsReplicated: true, [.. members.OrderBy(member => member.Name, StringComparer.Ordinal)]);
    }

    private static StoreMember Describe(Wire.Member member, Told told, IEnumerable<string> alarms)
    {
        var status = told.Answer;
        return new()
        {
            Name = member.Name.Length > 0 ? member.Name : member.ID.ToString("x", System.Globalization.CultureInfo.InvariantCulture),
            Addresses = [.. member.ClientURLs],
            IsVoter = !member.IsLearner,
            IsLeader = status is not null && status.Leader == member.ID,
            IsReachable = status is { Leader: not 0 },
            Problem = status is { Leader: 0 } ? "it has no leader" : told.Problem,
            Version = status?.Version,
            Bytes = status?.DbSize,
            BytesInUse = status?.DbSizeInUse,
            BytesMax = status is { DbSizeQuota: > 0 } ? status.DbSizeQuota : null,
            Alarms = [.. alarms],
        };
    }

    private async Task<ILookup<ulong, string>> AlarmsAsync(CancellationToken cancel)
    {
        var answer = await cluster.CallAsync(isRepeatable: true, async (endpoint, call) => await endpoint.Maintenance.AlarmAsync(
            new() { Action = Wire.AlarmRequest.Types.AlarmAction.Get }, call), cancel);
        return answer.Alarms.ToLookup(alarm => alarm.MemberID, alarm => alarm.Alarm switch
        {
            Wire.AlarmType.Nospace => "its disk quota is used up",
            Wire.AlarmType.Corrupt => "its data is corrupt",
            _ => alarm.Alarm.ToString(),
        });
    }

    // One that nobody named, or that does not answer where it was named.
    private async Task<Told> StatusAsync(Wire.Member member, CancellationToken cancel)
    {
        var last = new Told(null, "it has published no address");
        foreach (var address in member.ClientURLs.Take(2))
        {
            if (Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            {
                using var endpoint = new EtcdEndpoint(url, cluster.Connections);
                last = await StatusAsync(endpoint, cancel);
                if (last.Answer?.Header.MemberId == member.ID)
                {
                    return last;
                }

                last = last.Answer is null ? last : new(null, $"another member responds at {address}");
            }
        }

        return last;
    }

    private async Task<Told> StatusAsync(EtcdEndpoint endpoint, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, cluster.Closing);
        patience.CancelAfter(cluster.CallTimeout);
        try
        {
            return new(await endpoint.Maintenance.StatusAsync(new(), cancellationToken: patience.Token), null);
        }
        catch (RpcException fault)
        {
            cancel.ThrowIfCancellationRequested();
            cluster.ThrowIfClosed();
            return new(null, EtcdFaults.Reason(fault));
        }
    }

    private sealed record Told(Wire.StatusResponse? Answer, string? Problem);
}
