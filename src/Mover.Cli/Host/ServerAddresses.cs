using System.Net;

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
        var (host, port) = Split(bound);
        var local = IsEverywhere(host) ? IPAddress.Loopback.ToString() : host;
        return [At(local, port), .. advertised.Select(name => At(name, port))];
    }

    /// <summary>Whether a text names one host: a DNS name, or an address that is not a wildcard.</summary>
    public static bool IsHost(string host) =>
        !IsEverywhere(host) && (IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns);

    private static bool IsEverywhere(string host) =>
        host is "*" or "+" || (IPAddress.TryParse(host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));

    private static (string Host, string Port) Split(string url)
    {
        var rest = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        var colon = rest.LastIndexOf(':');
        return (rest[..colon].Trim('[', ']'), rest[(colon + 1)..]);
    }

    private static string At(string host, string port) =>
        host.Contains(':', StringComparison.Ordinal) ? $"https://[{host}]:{port}" : $"https://{host}:{port}";
}
