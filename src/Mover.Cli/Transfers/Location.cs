using System.Globalization;
using Mover.Cli.Frame;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Transfers;

/// <summary>Where data is, as it was named on the command line. Holds no secret but a SAS that stood in a URL.</summary>
internal abstract record Location
{
    /// <summary>
    /// Reads a local path, <c>nfs://host/export/path?version=3</c>, or the URL of a container or a folder in one.
    /// Anything with another scheme is refused; everything without one is a local path.
    /// </summary>
    public static Location Parse(string text)
    {
        var at = text.IndexOf("://", StringComparison.Ordinal);
        if (at <= 0 || !text[..at].All(char.IsAsciiLetterOrDigit))
        {
            return text.Length > 0 ? new LocalLocation(Path.GetFullPath(text)) : throw CliException.Usage("A path is empty.");
        }

        return text[..at].ToLowerInvariant() switch
        {
            "file" => new LocalLocation(new Uri(text).LocalPath),
            "nfs" => NfsLocation.Of(text),
            "http" or "https" when BlobContainerAddress.TryParse(text, out var address, out var sas) => new BlobLocation(address, sas),
            "http" or "https" => throw CliException.Usage(
                $"'{WithoutQuery(text)}' does not name a container.",
                "It looks like https://ACCOUNT.blob.core.windows.net/CONTAINER[/FOLDER]."),
            var scheme => throw CliException.Usage(
                $"'{scheme}' is not a place that can be read or written.",
                "Use a local path, nfs://HOST/EXPORT or the URL of a blob container."),
        };
    }

    protected static string WithoutQuery(string text) => text.Split('?')[0];
}

/// <summary>A folder of this machine.</summary>
internal sealed record LocalLocation(string Folder) : Location
{
    public override string ToString() => Folder;
}

/// <summary>A container, or a folder in one.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Sas">The SAS that stood in the URL; empty when there was none.</param>
internal sealed record BlobLocation(BlobContainerAddress Address, string Sas) : Location
{
    public override string ToString() => Address.ToString();
}

/// <summary>An NFS export, or a folder in one.</summary>
/// <param name="Host">The file server.</param>
/// <param name="Export">The export with the path below it.</param>
/// <param name="Version">3 or 4; null lets the driver find out.</param>
/// <param name="NfsPort">Port of the NFS service; null for the usual one.</param>
/// <param name="MountPort">Port of the v3 mount service; null to ask the port mapper.</param>
internal sealed record NfsLocation(string Host, string Export, int? Version, int? NfsPort, int? MountPort) : Location
{
    public static NfsLocation Of(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw CliException.Usage($"'{text}' does not name an export.", "It looks like nfs://HOST/EXPORT[/PATH][?version=3|4].");
        }

        int? version = null, nfsPort = null, mountPort = null;
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var cut = pair.IndexOf('=', StringComparison.Ordinal);
            var value = Number(text, cut < 0 ? string.Empty : pair[(cut + 1)..]);
            switch (cut < 0 ? pair : pair[..cut])
            {
                case "version" when value is 3 or 4: version = value; break;
                case "nfsport": nfsPort = value; break;
                case "mountport": mountPort = value; break;
                default: throw CliException.Usage(
                    $"'{pair}' is not a setting of an NFS source.", "Settings: version=3|4, nfsport=N, mountport=N.");
            }
        }

        return new(uri.Host, Uri.UnescapeDataString(uri.AbsolutePath), version, uri.IsDefaultPort ? nfsPort : uri.Port, mountPort);
    }

    public override string ToString() => $"nfs://{Host}{Export}";

    private static int Number(string text, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw CliException.Usage($"'{value}' in '{text}' is not a number.");
}
