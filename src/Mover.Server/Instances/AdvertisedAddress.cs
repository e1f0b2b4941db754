using System.Net;
using System.Net.Sockets;

namespace Mover.Server.Instances;

/// <summary>Where an instance can be reached: checked when an operator says it, and made whole once the port is known.</summary>
public static class AdvertisedAddress
{
    /// <summary>Addresses of one instance; clients keep 16 in all.</summary>
    public const int PerInstanceMax = 4;

    /// <summary>
    /// Null when others can be told it: a DNS name or an IP address, which stands for https at the port that is listened at, or a whole
    /// <c>https://HOST[:PORT]</c>. Otherwise what is wrong with it.
    /// </summary>
    public static string? Refuse(string given)
    {
        if (!given.Contains("://", StringComparison.Ordinal))
        {
            return IsEverywhere(given) ? "it stands for all addresses of this machine, but clients need one of them"
                : IsHost(given) ? null
                : "it is neither a host name, nor an IP address, nor https://HOST:PORT";
        }

        if (!given.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return "it is not https, which clients require";
        }

        // '*' and '+' stand for every address of this machine; a URL cannot hold them.
        var rest = given["https://".Length..];
        if (rest.StartsWith('*') || rest.StartsWith('+')
            || (Uri.TryCreate(given, UriKind.Absolute, out var url) && IsEverywhere(url.IdnHost.Trim('[', ']'))))
        {
            return "it stands for all addresses of this machine, but clients need one of them";
        }

        return url is not null && IsHost(url.IdnHost.Trim('[', ']')) && url.Port > 0
            && url is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }
                ? null
                : "it is not https://HOST:PORT with a port from 1 to 65535 and nothing after it";
    }

    /// <summary>The host that the certificate needs for it.</summary>
    public static string HostOf(string given) =>
        Uri.TryCreate(given, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps ? url.IdnHost.Trim('[', ']') : given;

    /// <summary>The whole address of what was given, with the port that is listened at unless it has one.</summary>
    public static string At(string given, int port) => new Uri(
        given.Contains("://", StringComparison.Ordinal) ? given
        : given.Contains(':', StringComparison.Ordinal) ? $"https://[{given}]:{port}" : $"https://{given}:{port}")
        .GetLeftPart(UriPartial.Authority);

    /// <summary>
    /// The addresses to tell others: those that are advertised, or those that are listened at, where every address of this machine is told
    /// by the machine's name.
    /// </summary>
    /// <param name="bound">Where the instance listens, with real ports.</param>
    /// <param name="advertised">What is advertised; each passed <see cref="Refuse"/>.</param>
    /// <param name="machineName">This machine's name.</param>
    public static IReadOnlyList<string> Of(IEnumerable<string> bound, IReadOnlyList<string> advertised, string machineName)
    {
        var listened = bound.Select(Split).ToList();
        var port = listened.Count > 0 ? listened[0].Port : 443;
        var all = advertised.Count > 0
            ? advertised.Select(given => At(given, port))
            : listened.Select(at => At(IsEverywhere(at.Host) ? machineName.ToLowerInvariant() : at.Host, at.Port));
        return [.. all.Distinct(StringComparer.OrdinalIgnoreCase).Take(PerInstanceMax)];
    }

    /// <summary>Whether only this machine, or only its own link, reaches an address.</summary>
    public static bool IsLocal(string address)
    {
        var host = HostOf(address);
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var ip) && (IPAddress.IsLoopback(ip) || IsLinkLocal(ip)));
    }

    /// <summary>Whether a text names one host: a DNS name, or an address that is not a wildcard.</summary>
    public static bool IsHost(string host) =>
        !IsEverywhere(host) && (IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns);

    /// <summary>Whether a host stands for every address of this machine.</summary>
    public static bool IsEverywhere(string host) =>
        host is "*" or "+" || (IPAddress.TryParse(host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));

    /// <summary>Host and port of an address that is listened at, wildcards among them.</summary>
    public static (string Host, int Port) Split(string url)
    {
        var rest = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        var colon = rest.LastIndexOf(':');
        return (rest[..colon].Trim('[', ']'), int.Parse(rest[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static bool IsLinkLocal(IPAddress ip) =>
        ip.IsIPv6LinkLocal || (ip.AddressFamily == AddressFamily.InterNetwork && ip.GetAddressBytes() is [169, 254, ..]);
}
