namespace Mover.Core.Resources;

/// <summary>Blob services and the names that they are reached by.</summary>
public static class BlobServices
{
    /// <summary>
    /// Domains of Azure's Blob service; an account is a name below one of them. Source: Azure Storage, "Storage account endpoints", and the
    /// endpoint lists of Azure Government and Azure in China. Domains that Azure has given up are left out.
    /// </summary>
    public static readonly IReadOnlyList<string> AzureDomains =
        ["blob.core.windows.net", "blob.storage.azure.net", "blob.core.usgovcloudapi.net", "blob.core.chinacloudapi.cn"];

    private const string Secondary = "-secondary";

    /// <summary>
    /// The account that a host of Azure's Blob service belongs to, in lower case: <c>name</c> of <c>name.blob.core.windows.net</c>, its
    /// secondary, its private link and its zone's name; null for any other host.
    /// </summary>
    public static string? AccountOf(string host)
    {
        var name = host.TrimEnd('.').ToLowerInvariant();
        if (!AzureDomains.Any(domain => name.EndsWith("." + domain, StringComparison.Ordinal)))
        {
            return null;
        }

        var label = name.Split('.')[0];
        return label.EndsWith(Secondary, StringComparison.Ordinal) ? label[..^Secondary.Length] : label;
    }

    /// <summary>
    /// The service behind an endpoint, the same text for every name that is known to be its: <c>azure/name</c> for an account of Azure,
    /// otherwise host, port and the first segment of the path, in lower case, with <c>loopback</c> for every address of this machine's
    /// loopback. That two other host names are one machine is not known here.
    /// </summary>
    public static string IdentityOf(Uri endpoint)
    {
        if (AccountOf(endpoint.IdnHost) is { } account)
        {
            return $"azure/{account}";
        }

        var host = endpoint.IsLoopback ? "loopback" : endpoint.IdnHost.TrimEnd('.');
        return $"{host}:{endpoint.Port}/{endpoint.AbsolutePath.Trim('/').Split('/')[0]}".TrimEnd('/').ToLowerInvariant();
    }
}
