using System.Net;

namespace Mover.Server.Tls;

/// <summary>Which names and addresses a server certificate must carry.</summary>
internal static class CertificateHosts
{
    /// <summary>
    /// Loopback, this machine's name, the hosts of the given URLs and what is advertised, lower-cased, each once, in order. Wildcards
    /// (<c>*</c>, <c>+</c>, <c>0.0.0.0</c>, <c>[::]</c>) name no host and are left out.
    /// </summary>
    public static IReadOnlyList<string> For(string machineName, IEnumerable<string> urls, params IEnumerable<string> advertised)
    {
        var hosts = new List<string> { "localhost", "127.0.0.1", "::1" };
        Add(hosts, machineName);
        foreach (var url in urls)
        {
            if (Uri.TryCreate(url, UriKind.Absolute, out var parsed))
            {
                Add(hosts, parsed.IdnHost.Trim('[', ']'));
            }
        }

        foreach (var name in advertised)
        {
            Add(hosts, name);
        }

        return hosts;
    }

    private static void Add(List<string> hosts, string name)
    {
        var host = name.ToLowerInvariant();
        var address = IPAddress.TryParse(host, out var parsed) ? parsed : null;
        var names = address is null
            ? Uri.CheckHostName(host) == UriHostNameType.Dns
            : !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
        if (names && !hosts.Contains(host, StringComparer.Ordinal))
        {
            hosts.Add(address?.ToString() ?? host);
        }
    }
}
