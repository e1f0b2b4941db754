using System.Globalization;
using Mover.Cli.Frame;
using Mover.Volumes;
using Mover.Volumes.AzureBlob;
using Mover.Volumes.Local;
using Mover.Volumes.Nfs;

namespace Mover.Cli.Transfers;

/// <summary>Where data is, as it was named on the command line. Holds no secret but a SAS that stood in a URL.</summary>
internal abstract record Location
{
    private static readonly Dictionary<string, Func<AddressUrl, Location>> OfSchemes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["http"] = BlobLocation.Of,
        ["https"] = BlobLocation.Of,
        ["nfs"] = NfsLocation.Of,
        ["file"] = LocalLocation.Of,
    };

    /// <summary>What is opened.</summary>
    public abstract VolumePlace Place { get; }

    /// <summary>As a person reads it: without a SAS that stood in a URL.</summary>
    public sealed override string ToString() => $"{Place}";

    /// <summary>
    /// Reads a local path, <c>nfs://host/export/path?version=3</c>, or the URL of a container or a folder in one, each as
    /// <see cref="AddressUrl"/> says. Anything with another scheme is refused; everything without one is a local path, character by
    /// character.
    /// </summary>
    public static Location Parse(string text)
    {
        if (text.Contains('\uFFFD', StringComparison.Ordinal))
        {
            throw CliException.Usage(
                $"'{text}' is not valid UTF-8, or contains the replacement character.", "Use a parent folder.");
        }

        if (!AddressUrl.HasScheme(text))
        {
            return LocalLocation.Of(text);
        }

        try
        {
            var url = AddressUrl.Parse(text);
            return OfSchemes.TryGetValue(url.Scheme, out var read) ? read(url) : throw CliException.Usage(
                $"'{url.Scheme}' is not a supported location.",
                "Use a local path, nfs://HOST/EXPORT or the URL of a blob container.");
        }
        catch (FormatException wrong)
        {
            throw CliException.Usage(wrong.Message);
        }
    }

    /// <summary>A scheme with one slash is a slip of the finger, not a folder of that name.</summary>
    protected static bool LacksSlash(string text) =>
        OfSchemes.Keys.Any(scheme => text.StartsWith(scheme + ":/", StringComparison.OrdinalIgnoreCase));
}

/// <summary>A folder of this machine.</summary>
internal sealed record LocalLocation(string Folder) : Location
{
    public static LocalLocation Of(string path)
    {
        if (path.Length == 0)
        {
            throw CliException.Usage("The path is empty.");
        }

        if (LacksSlash(path))
        {
            throw CliException.Usage($"'{path}' has one slash after its scheme.", $"Write two, or ./{path} for a folder of that name.");
        }

        RefuseLinksBeforeDots(path);
        return new(Path.GetFullPath(path));
    }

    public static LocalLocation Of(AddressUrl url) => url switch
    {
        { Query: not null } => throw CliException.Usage("A file URL cannot have a query.", "Write the path without file://."),
        { Authority: not ("" or "localhost") } => throw CliException.Usage(
            $"'{url.Authority}' is another host.", "Write file:///PATH, or the path alone."),
        _ => new("/" + url.Path),
    };

    public override VolumePlace Place => new LocalPlace(Folder);

    /// <summary>The kernel goes up from where a link leads, a path's text from where the link is: two different folders.</summary>
    private static void RefuseLinksBeforeDots(string path)
    {
        for (var at = path.IndexOf("/..", StringComparison.Ordinal); at >= 0; at = path.IndexOf("/..", at + 1, StringComparison.Ordinal))
        {
            var isStep = at + 3 == path.Length || path[at + 3] == '/';
            var before = path[..at].TrimEnd('/');
            if (isStep && before.Length > 0 && new DirectoryInfo(before).LinkTarget is not null)
            {
                throw CliException.Usage($"'{before}' is a link, and '..' follows it.", "Use the resolved path.");
            }
        }
    }
}

/// <summary>A container, or a folder in one.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Sas">The SAS that stood in the URL; empty when there was none.</param>
internal sealed record BlobLocation(BlobContainerAddress Address, string Sas) : Location
{
    public static BlobLocation Of(AddressUrl url)
    {
        if (url.Query is { } query && !IsSas(query))
        {
            throw CliException.Usage("The text after '?' is not a SAS.", "Write %3F for a question mark in a name.");
        }

        return new(
            BlobContainerAddress.Of(url) ?? throw CliException.Usage(
                $"'{url.Scheme}://{url.Authority}/{url.Path}' does not name a container.",
                "Use the form https://ACCOUNT.blob.core.windows.net/CONTAINER[/FOLDER]."),
            url.Query ?? string.Empty);
    }

    public override BlobPlace Place => new(Address);

    private static bool IsSas(string query) =>
        query.Split('&').Any(pair => pair.StartsWith("sig=", StringComparison.Ordinal)) && !query.Contains('#', StringComparison.Ordinal);
}

/// <summary>An NFS export, or a folder in one.</summary>
/// <param name="Host">The file server.</param>
/// <param name="Export">The export with the path below it.</param>
/// <param name="Version">3 or 4; null lets the driver find out.</param>
/// <param name="NfsPort">Port of the NFS service; null for the usual one.</param>
/// <param name="MountPort">Port of the v3 mount service; null to ask the port mapper.</param>
internal sealed record NfsLocation(string Host, string Export, int? Version, int? NfsPort, int? MountPort) : Location
{
    public static NfsLocation Of(AddressUrl url)
    {
        if (!url.TryGetHost(out var uri))
        {
            throw CliException.Usage(
                $"'nfs://{url.Authority}' does not name a host.", "Use the form nfs://HOST/EXPORT[/PATH][?version=3|4].");
        }

        int? version = null, nfsPort = null, mountPort = null;
        foreach (var pair in url.Query?.Split('&') ?? [])
        {
            var cut = pair.IndexOf('=', StringComparison.Ordinal);
            var value = Number(cut < 0 ? string.Empty : pair[(cut + 1)..]);
            switch (cut < 0 ? pair : pair[..cut])
            {
                case "version" when value is 3 or 4: version = value; break;
                case "nfsport" when value is not null: nfsPort = value; break;
                case "mountport" when value is not null: mountPort = value; break;
                default: throw CliException.Usage(
                    $"'{pair}' is not a valid setting for an NFS source.",
                    "Settings: version=3|4, nfsport=N, mountport=N. Write %3F for a question mark in a name.");
            }
        }

        return new(uri.Host, "/" + url.Path, version, uri.IsDefaultPort ? nfsPort : uri.Port, mountPort);
    }

    public override VolumePlace Place => new NfsPlace(new(Host, Export)
    {
        Version = Version switch { 3 => NfsVersion.V3, 4 => NfsVersion.V4, _ => NfsVersion.Auto },
        NfsPort = NfsPort,
        MountPort = MountPort,
    });

    private static int? Number(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>Where a storage endpoint is.</summary>
internal sealed record EndpointLocation(VolumePlace Place) : Location
{
    public override VolumePlace Place { get; } = Place;
}
