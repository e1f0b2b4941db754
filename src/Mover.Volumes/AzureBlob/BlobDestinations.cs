using System.Buffers;
using System.Net;
using Mover.Core.Resources;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// Where a credential may be sent. Judged for each request before anything secret is added to it, by the address that the connection will
/// be made to. Thread-safe.
/// </summary>
public sealed class BlobDestinations
{
    /// <summary>Domains of Azure's Blob service; an account is a name below one of them.</summary>
    public static readonly IReadOnlyList<string> AzureDomains = BlobServices.AzureDomains;

    private static readonly SearchValues<char> AccountCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    private readonly Uri? _only;
    private readonly bool _allowHttp;
    private readonly IReadOnlyList<string> _domains;

    private BlobDestinations(Uri? only, bool allowHttp, IReadOnlyList<string> domains)
    {
        _only = only;
        _allowHttp = allowHttp;
        _domains = domains;
    }

    /// <summary>One service, for a signature or key that was given for it: the same scheme, host and port.</summary>
    /// <param name="address">The container that it was given for.</param>
    /// <param name="allowHttp">True to send it without TLS to another machine too, which the person who runs the program decides.</param>
    public static BlobDestinations Only(BlobContainerAddress address, bool allowHttp = false) =>
        new(new Uri(address.Endpoint), allowHttp, []);

    /// <summary>Azure's Blob service, for a token that is good for every account: over TLS only.</summary>
    /// <param name="domains">
    /// Further domains or hosts from <see cref="ReadDomain"/>, which the person who runs the program decides.
    /// </param>
    public static BlobDestinations Azure(IReadOnlyList<string> domains) => new(null, allowHttp: false, domains);

    /// <summary>
    /// A domain, host name or IP address as it is compared; null when the text is none. A name with a dot stands for itself and everything
    /// below it, any other name or address for itself alone.
    /// </summary>
    public static string? ReadDomain(string text)
    {
        var name = text.Trim().TrimStart('.').Trim('[', ']');
        if (Uri.CheckHostName(name) is UriHostNameType.Unknown || name.EndsWith('.'))
        {
            return null;
        }

        return new UriBuilder(Uri.UriSchemeHttps, name).Uri.IdnHost;
    }

    /// <summary>Null when a credential may go to the address; otherwise why not, and what to do.</summary>
    public (string Why, string Advice)? Refuse(Uri address)
    {
        if (address.UserInfo.Length > 0)
        {
            return ("Not sending the credential to a URL that contains a user name.", "Remove the part before '@' from the URL.");
        }

        return _only is null ? RefuseToken(address) : RefuseOther(address, _only);
    }

    private (string Why, string Advice)? RefuseToken(Uri address)
    {
        if (address.Scheme != Uri.UriSchemeHttps)
        {
            return ($"Not sending the Azure token to {Where(address)} because the connection does not use TLS.", "Use an https URL.");
        }

        var host = address.IdnHost;
        var isKnown = (address.IsDefaultPort && AzureDomains.Any(domain => IsBelow(host, domain)))
            || _domains.Any(domain => IsAllowed(host, domain));
        return isKnown ? null : (
            $"Not sending the Azure token to {Where(address)}, which is not Azure Storage.",
            $"Set the account's key, or start the agent with --token-domain {host} if you trust that host with the token.");
    }

    private (string Why, string Advice)? RefuseOther(Uri address, Uri only)
    {
        if (address.Scheme != only.Scheme || address.IdnHost != only.IdnHost || address.Port != only.Port)
        {
            return (
                $"Not sending the credential for {Where(only)} to {Where(address)}.", "Provide a credential for the new address.");
        }

        return address.Scheme == Uri.UriSchemeHttps || _allowHttp || address.IsLoopback ? null : (
            $"Not sending the credential to {Where(address)}: without TLS, others on the network can read it.",
            "Use an https URL, or --allow-http if you trust the network.");
    }

    private static string Where(Uri address) => $"{address.Scheme}://{address.Authority}";

    private static bool IsBelow(string host, string domain) =>
        host.Length > domain.Length + 1 && host[^(domain.Length + 1)] == '.' && host.EndsWith(domain, StringComparison.Ordinal)
        && !host.AsSpan(0, host.Length - domain.Length - 1).ContainsAnyExcept(AccountCharacters);

    private static bool IsAllowed(string host, string domain) =>
        host == domain || (domain.Contains('.', StringComparison.Ordinal) && !IPAddress.TryParse(domain, out _)
            && host.EndsWith("." + domain, StringComparison.Ordinal));
}
