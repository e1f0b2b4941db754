namespace Mover.Core.Resources;

/// <summary>Where Azure's Blob service is reached.</summary>
public static class AzureStorageHosts
{
    /// <summary>
    /// Domains of Azure's Blob service; an account is a name below one of them. Source: Azure Storage, "Storage account endpoints", and the
    /// endpoint lists of Azure Government and Azure in China. Domains that Azure has given up are left out.
    /// </summary>
    public static readonly IReadOnlyList<string> BlobDomains =
        ["blob.core.windows.net", "blob.storage.azure.net", "blob.core.usgovcloudapi.net", "blob.core.chinacloudapi.cn"];

    private const string Secondary = "-secondary";

    /// <summary>
    /// The account that a host of Azure's Blob service belongs to, in lower case: <c>name</c> of <c>name.blob.core.windows.net</c>, its
    /// secondary, its private link and its zone's name; null for any other host.
    /// </summary>
    public static string? AccountOf(string host)
    {
        var name = host.TrimEnd('.').ToLowerInvariant();
        if (!BlobDomains.Any(domain => name.EndsWith("." + domain, StringComparison.Ordinal)))
        {
            return null;
        }

        var label = name.Split('.')[0];
        return label.EndsWith(Secondary, StringComparison.Ordinal) ? label[..^Secondary.Length] : label;
    }
}
