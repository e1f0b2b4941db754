using System.Diagnostics.CodeAnalysis;
using System.Net;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>Where a container is, and which part of it is meant. Holds no secrets.</summary>
public sealed record BlobContainerAddress
{
    private BlobContainerAddress(string endpoint, string account, string container, EntryPath prefix)
    {
        Endpoint = endpoint;
        Account = account;
        Container = container;
        Prefix = prefix;
    }

    /// <summary>The service's URL without a slash at its end; in path style it ends in the account's name.</summary>
    public string Endpoint { get; }

    /// <summary>The storage account's name.</summary>
    public string Account { get; }

    /// <summary>The container's name.</summary>
    public string Container { get; }

    /// <summary>The folder inside the container that is the volume's root; the container itself when empty.</summary>
    public EntryPath Prefix { get; }

    /// <summary>
    /// From a blob endpoint such as <c>https://name.blob.core.windows.net</c> or <c>http://127.0.0.1:10000/devstoreaccount1</c>,
    /// with the folder inside the container, empty for none. Null when the endpoint is not an absolute http(s) URL, or has a user in it.
    /// </summary>
    public static BlobContainerAddress? Of(string endpoint, string account, string container, string folder) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && IsService(uri) && container.Length > 0
            ? new(uri.GetLeftPart(UriPartial.Path).TrimEnd('/'), account, container, EntryPath.Of(folder.Trim('/')))
            : null;

    /// <summary>
    /// From a container's or folder's URL, with or without a SAS: <c>https://account.blob.core.windows.net/container/folder?sv=…</c>,
    /// or path style <c>http://127.0.0.1:10000/account/container/folder</c> when the host is an address or <c>localhost</c>.
    /// </summary>
    /// <param name="url">The URL.</param>
    /// <param name="address">The address, without the SAS.</param>
    /// <param name="sas">The query without its question mark; empty when there is none.</param>
    /// <returns>False when the URL does not name a container.</returns>
    public static bool TryParse(string url, [NotNullWhen(true)] out BlobContainerAddress? address, out string sas)
    {
        address = null;
        sas = "";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || !IsService(uri))
        {
            return false;
        }

        var mark = url.IndexOf('?', StringComparison.Ordinal);
        sas = mark < 0 ? "" : url[(mark + 1)..];
        var isPathStyle = IPAddress.TryParse(uri.Host.Trim('[', ']'), out _) || uri.IsLoopback || !uri.Host.Contains('.',
            StringComparison.Ordinal);
        var parts = uri.AbsolutePath.Trim('/').Split('/', isPathStyle ? 3 : 2);
        var at = isPathStyle ? 1 : 0;
        if (parts.Length <= at || parts[at].Length == 0)
        {
            return false;
        }

        var root = uri.GetLeftPart(UriPartial.Authority);
        var account = isPathStyle ? parts[0] : uri.Host[..uri.Host.IndexOf('.', StringComparison.Ordinal)];
        var folder = parts.Length > at + 1 ? Uri.UnescapeDataString(parts[at + 1]) : "";
        address = new(isPathStyle ? $"{root}/{account}" : root, account, Uri.UnescapeDataString(parts[at]), EntryPath.Of(folder));
        return true;
    }

    /// <summary>The container's URL with the folder, without a query.</summary>
    public override string ToString() => Prefix.IsRoot ? $"{Endpoint}/{Container}" : $"{Endpoint}/{Container}/{Prefix}";

    private static bool IsService(Uri uri) => uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0;
}
