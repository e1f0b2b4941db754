using System.Net;
using Mover.Server.Instances;

namespace Mover.Cli.Host;

/// <summary>The addresses of a server that serves.</summary>
internal static class ServerAddresses
{
    /// <summary>
    /// First the one that commands on this machine use, then those for others. A server that listens at every address is reached on
    /// loopback here.
    /// </summary>
    /// <param name="bound">Where it listens, with its real port.</param>
    /// <param name="advertised">Names and addresses for other machines.</param>
    public static IReadOnlyList<string> Of(string bound, IReadOnlyList<string> advertised)
    {
        var (host, port) = AdvertisedAddress.Split(bound);
        var local = AdvertisedAddress.IsEverywhere(host) ? IPAddress.Loopback.ToString() : host;
        return [AdvertisedAddress.At(local, port), .. advertised.Select(given => AdvertisedAddress.At(given, port))];
    }
}
