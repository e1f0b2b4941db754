using System.Buffers;
using System.Net;
using System.Text;
using Mover.Core.Resources;
using Mover.Transfer.Contract;

namespace Mover.Volumes.AzureBlob;

/// <summary>Where a container is, and which part of it is meant. Holds no secrets.</summary>
public sealed record BlobContainerAddress
{
    /// <summary>Lower case, digits and hyphens, and the dollar of <c>$root</c> and <c>$web</c>.</summary>
    private static readonly SearchValues<char> ContainerCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-$");

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

    /// <summary>Where the root is, the same text for every name that its service is known to have.</summary>
    public string Place => $"blob://{BlobServices.IdentityOf(new(Endpoint))}/{Container}" + (Prefix.IsRoot ? string.Empty : $"/{Prefix}");

    /// <summary>
    /// From a blob endpoint such as <c>https://name.blob.core.windows.net</c> or <c>http://127.0.0.1:10000/devstoreaccount1</c>,
    /// with the folder inside the container, empty for none. Null when the endpoint is not an absolute http(s) URL, or has a user in it.
    /// </summary>
    public static BlobContainerAddress? Of(string endpoint, string account, string container, string folder) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && IsService(uri) && container.Length > 0
            ? new(uri.GetLeftPart(UriPartial.Path).TrimEnd('/'), account, container, EntryPath.Of(folder.Trim('/')))
            : null;

    /// <summary>
    /// From a container's or folder's URL: <c>https://account.blob.core.windows.net/container/folder</c>, or path style
    /// <c>http://127.0.0.1:10000/account/container/folder</c> when the host is an address, <c>localhost</c> or a bare name. Null when it
    /// names no container; throws <see cref="FormatException"/> when the service could not keep the folder under that name.
    /// </summary>
    public static BlobContainerAddress? Of(AddressUrl url)
    {
        if (url.Scheme is not ("http" or "https") || !url.TryGetHost(out var host) || !IsService(host))
        {
            return null;
        }

        var isPathStyle = IPAddress.TryParse(host.Host.Trim('[', ']'), out _) || host.IsLoopback
            || !host.Host.Contains('.', StringComparison.Ordinal);
        var parts = url.Path.Split('/', isPathStyle ? 3 : 2);
        var at = isPathStyle ? 1 : 0;
        if (parts.Length <= at || parts[at].Length == 0 || parts[at].AsSpan().IndexOfAnyExcept(ContainerCharacters) >= 0)
        {
            return null;
        }

        var folder = parts.Length > at + 1 ? parts[at + 1] : "";
        if (folder.Length > 0 && BlobName.Judge(Encoding.UTF8.GetBytes(folder)) is { } unsupported)
        {
            throw new FormatException($"'{folder}' is not a valid folder in a container. {unsupported.Why}");
        }

        var root = host.GetLeftPart(UriPartial.Authority);
        var account = isPathStyle ? parts[0] : host.Host[..host.Host.IndexOf('.', StringComparison.Ordinal)];
        return new(isPathStyle ? $"{root}/{account}" : root, account, parts[at], EntryPath.Of(folder));
    }

    /// <summary>The container's URL with the folder, without a query, as <see cref="AddressUrl"/> reads it.</summary>
    public override string ToString() =>
        Prefix.IsRoot ? $"{Endpoint}/{Container}" : $"{Endpoint}/{Container}/{AddressUrl.Escape(Prefix.ToString())}";

    private static bool IsService(Uri uri) => uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0;
}
