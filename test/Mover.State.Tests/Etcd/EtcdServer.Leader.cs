using Mover.State.Etcd;

namespace Mover.State.Tests.Etcd;

internal sealed partial class EtcdServer
{
    /// <summary>Waits until a member leads, other than one that led before, and answers which.</summary>
    public async Task<int> LeaderAsync(int other = -1)
    {
        var connections = new EtcdConnections(new() { Endpoints = Endpoints });
        while (true)
        {
            foreach (var member in Enumerable.Range(0, _members.Length).Where(member => member != other && _members[member] is not null))
            {
                using var endpoint = new EtcdEndpoint(Endpoint(member), connections);
                var status = await endpoint.Maintenance.StatusAsync(new());
                if (status.Leader == status.Header.MemberId)
                {
                    return member;
                }
            }

            await Task.Delay(50);
        }
    }
}
