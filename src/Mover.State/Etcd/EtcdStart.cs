using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Mover.State.Etcd;

/// <summary>Finds the members and refuses, before anything is read or written, what would not keep the contract.</summary>
internal static class EtcdStart
{
    private const int PrefixBytesMax = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Refuses options that no etcd could serve.</summary>
    public static void Check(EtcdStateOptions options)
    {
        if (options.HistoryKept < StateLimits.HistoryMin)
        {
            throw new ArgumentException($"Watch history must be kept for at least {StateLimits.HistoryMin}.", nameof(options));
        }

        if (options.Prefix.Length < 2 || options.Prefix[^1] != '/' || StateRules.Prefix(options.Prefix).Length > PrefixBytesMax)
        {
            throw new ArgumentException($"The prefix must have 2 to {PrefixBytesMax} bytes and end with a slash.", nameof(options));
        }

        if (options.Endpoints.Count is < 1 or > EtcdCluster.EndpointsMax)
        {
            throw new ArgumentException($"Specify 1 to {EtcdCluster.EndpointsMax} etcd endpoints.", nameof(options));
        }

        foreach (var endpoint in options.Endpoints)
        {
            if (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https") || endpoint.PathAndQuery != "/")
            {
                throw new ArgumentException(
                    $"'{endpoint}' is not a valid etcd address, such as https://etcd1.example:2379.", nameof(options));
            }
        }
    }

    /// <summary>Waits until a member is well, and refuses when one that answers must not be used.</summary>
    public static async Task<EtcdCluster> ConnectAsync(EtcdStateOptions options, ILogger logger, CancellationToken cancel)
    {
        var connections = new EtcdConnections(options);
        var endpoints = options.Endpoints.Select(address => new EtcdEndpoint(address, connections)).ToArray();
        try
        {
            var checks = new EtcdChecks(options.CallTimeout);
            await FindAsync(endpoints, checks, options, cancel);
            await CheckOthersAsync(endpoints, checks, connections, cancel);
            return new(endpoints, connections, options, checks, logger);
        }
        catch
        {
            Array.ForEach(endpoints, endpoint => endpoint.Dispose());
            throw;
        }
    }

    private static async Task FindAsync(EtcdEndpoint[] endpoints, EtcdChecks checks, EtcdStateOptions options, CancellationToken cancel)
    {
        var started = EtcdCluster.Network.GetTimestamp();
        while (true)
        {
            var found = await Task.WhenAll(endpoints.Select(endpoint => checks.CheckAsync(endpoint, cancel)));
            if (Array.Exists(found, reason => reason is null))
            {
                return;
            }

            if (EtcdCluster.Network.GetElapsedTime(started) >= options.Patience)
            {
                throw EtcdFaults.NobodyAnswered([.. found.OfType<string>()], null);
            }

            await Task.Delay(Pause, EtcdCluster.Network, cancel);
        }
    }

    // A member that nobody named takes part in every decision, too: an old one as leader revokes leases that are kept.
    private static async Task CheckOthersAsync(
        EtcdEndpoint[] endpoints, EtcdChecks checks, EtcdConnections connections, CancellationToken cancel)
    {
        var asked = endpoints.Select(endpoint => endpoint.Address).ToHashSet();
        foreach (var address in await OthersAsync(endpoints.First(endpoint => endpoint.Health == EndpointHealth.Good), cancel))
        {
            if (Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && asked.Add(url))
            {
                using var other = new EtcdEndpoint(url, connections);
                await checks.CheckAsync(other, cancel);
            }
        }
    }

    private static async Task<IEnumerable<string>> OthersAsync(EtcdEndpoint endpoint, CancellationToken cancel)
    {
        try
        {
            var members = await endpoint.Cluster.MemberListAsync(new(), cancellationToken: cancel);
            return members.Members.SelectMany(member => member.ClientURLs).Take(EtcdCluster.EndpointsMax);
        }
        catch (RpcException fault)
        {
            throw EtcdFaults.NobodyAnswered([$"{endpoint.Address}: {EtcdFaults.Reason(fault)}"], fault);
        }
    }
}
