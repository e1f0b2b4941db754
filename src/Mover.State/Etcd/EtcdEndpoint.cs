using Grpc.Net.Client;

namespace Mover.State.Etcd;

/// <summary>How a member is to be used.</summary>
internal enum EndpointHealth
{
    /// <summary>Its version is not known: nothing is sent there but the question for it.</summary>
    Unchecked,

    /// <summary>It answers.</summary>
    Good,

    /// <summary>It did not answer: asked when no good one is left.</summary>
    Failing,
}

/// <summary>One member's address, the connection to it, and how it fares.</summary>
internal sealed class EtcdEndpoint : IDisposable
{
    /// <summary>No answer is taken that is larger: a fragment of a watch, or a few of the largest values.</summary>
    private const int AnswerBytesMax = 16 * 1024 * 1024;

    private readonly GrpcChannel _channel;
    private int _health = (int)EndpointHealth.Unchecked;
    private long _failedAt;

    public EtcdEndpoint(Uri address, EtcdConnections connections)
    {
        Address = address;
        _channel = GrpcChannel.ForAddress(address, new()
        {
            HttpHandler = connections.Handler(),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = AnswerBytesMax,
        });
        Kv = new(_channel);
        Watch = new(_channel);
        Lease = new(_channel);
        Cluster = new(_channel);
        Maintenance = new(_channel);
    }

    public Uri Address { get; }

    public Wire.KV.KVClient Kv { get; }

    public Wire.Watch.WatchClient Watch { get; }

    public Wire.Lease.LeaseClient Lease { get; }

    public Wire.Cluster.ClusterClient Cluster { get; }

    public Wire.Maintenance.MaintenanceClient Maintenance { get; }

    public EndpointHealth Health => (EndpointHealth)Volatile.Read(ref _health);

    /// <summary>When it failed last, on the network's clock.</summary>
    public long FailedAt => Volatile.Read(ref _failedAt);

    /// <summary>Why it may not be used; null when it may, or was never reached.</summary>
    public string? Refusal { get; private set; }

    /// <summary>It was asked how it fares, and may be used.</summary>
    public void IsGood()
    {
        Refusal = null;
        Volatile.Write(ref _health, (int)EndpointHealth.Good);
    }

    /// <summary>It did not answer, or not as it should; answers whether that is news.</summary>
    public bool HasFailed(long at)
    {
        Volatile.Write(ref _failedAt, at);
        return Interlocked.CompareExchange(ref _health, (int)EndpointHealth.Failing, (int)EndpointHealth.Good) == (int)EndpointHealth.Good;
    }

    /// <summary>It may not be used until it has been checked again.</summary>
    public void IsRefused(string why)
    {
        Refusal = why;
        Volatile.Write(ref _health, (int)EndpointHealth.Unchecked);
    }

    public void Dispose() => _channel.Dispose();
}
