using Mover.Cli.Frame;
using Mover.Core.Regions;
using Mover.Server.Arm;
using Mover.Server.Instances;
using Mover.Server.Regions;
using Mover.Server.Settings;
using Mover.State;

namespace Mover.Cli.Host;

/// <summary>
/// Checks of what flags and configuration say of a server: each is a usage error that names the value and what it should be.
/// </summary>
internal static class ServerSettings
{
    internal static RegionCatalogue Regions(ServerConfig config)
    {
        try
        {
            return config.Regions is { } own ? RegionCatalogue.Azure.With(own) : RegionCatalogue.Azure;
        }
        catch (ArgumentException wrong)
        {
            throw CliException.Usage(wrong.Message, "See 'regions' in the configuration.");
        }
    }

    internal static ThrottleLimits? Limits(ServerConfig config)
    {
        try
        {
            config.Throttling?.Limits.Check();
            return config.Throttling?.Limits;
        }
        catch (InvalidOperationException wrong)
        {
            throw CliException.Usage(wrong.Message, "See 'throttling' in the configuration.");
        }
    }

    internal static StateEngine Store(string setting)
    {
        try
        {
            return StateEngine.Parse(setting);
        }
        catch (FormatException wrong)
        {
            throw CliException.Usage(wrong.Message, "See --store in `mover server --help`.");
        }
    }

    internal static string RegionIn(RegionCatalogue regions, string name) => regions.Find(name)?.Name
        ?? throw CliException.Usage($"The region '{name}' does not exist.", "Add it to 'regions' in the configuration.");

    internal static ExternalIssuer Issuer(IssuerConfig? issuer) =>
        issuer is { Issuer: not null, Audience.Length: > 0 }
        && Uri.TryCreate(issuer.Issuer, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? new(issuer.Issuer, issuer.Audience)
            : throw CliException.Usage(
                $"The issuer '{issuer?.Issuer}' of the configuration has no https address (http on loopback only) or no audience.");

    internal static string Url(string url) =>
        !url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            ? throw CliException.Usage($"'{url}' is not https, which the control plane requires.")
            : IsListenAddress(url) ? url
            : throw CliException.Usage(
                $"'{url}' is not a valid address to listen at.", "Use https://HOST:PORT with a port from 0 to 65535 and no path.");

    internal static string Origin(string? origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var url)
        && url.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase)
            ? origin
            : throw CliException.Usage($"The origin '{origin}' in the configuration must be scheme://host[:port] without a path.");

    internal static IReadOnlyList<string> Advertised(IReadOnlyList<string> given)
    {
        foreach (var one in given)
        {
            if (AdvertisedAddress.Refuse(one) is { } why)
            {
                throw CliException.Usage(
                    $"'{one}' cannot be advertised: {why}.", "--advertise takes a host name, an IP address, or https://HOST:PORT.");
            }
        }

        return given.Count <= AdvertisedAddress.PerInstanceMax ? given : throw CliException.Usage(
            $"{given.Count} addresses are advertised; the maximum is {AdvertisedAddress.PerInstanceMax}.");
    }

    /// <summary>The pair that flags or configuration name: <c>REGION=https://HOST:PORT</c>, once for each address.</summary>
    internal static RegionPair? Pair(RegionCatalogue regions, string own, IReadOnlyList<string> given, string? authority, bool standby)
    {
        const string Form = "Use --pair REGION=https://HOST:PORT, once for each address of the paired region.";
        if (given.Count == 0)
        {
            return authority is null && !standby ? null : throw CliException.Usage("--pair-ca and --standby require --pair.", Form);
        }

        const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var parts = given.SelectMany(one => one.Split(',', Trimmed)).ToList();
        string? name = null;
        var addresses = new List<Uri>();
        foreach (var part in parts)
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var region = equals > 0 ? RegionIn(regions, part[..equals]) : name;
            if (region is null || (name is not null && region != name)
                || !Uri.TryCreate(part[(equals + 1)..], UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps
                || url is not { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" })
            {
                throw CliException.Usage($"'{part}' is not a valid pair.", Form);
            }

            name = region;
            addresses.Add(url);
        }

        if (name is null)
        {
            throw CliException.Usage("--pair specifies no region.", Form);
        }

        if (RegionPair.Refuse(regions, own, name) is { } why)
        {
            throw CliException.Usage($"'{own}' cannot be paired with '{name}': {why}.", Form);
        }

        if (authority is not null && !File.Exists(authority))
        {
            throw CliException.Usage($"The --pair-ca file '{authority}' does not exist.", "Use the ca.pem of the pair's data folder.");
        }

        return new(name, addresses) { AuthorityFile = authority is null ? null : Path.GetFullPath(authority), StartsAsStandby = standby };
    }

    /// <summary>Refuses what is for two regions where there is one.</summary>
    internal static void CheckPaired(bool isPaired, params (string Flag, string? Given)[] flags)
    {
        if (!isPaired && Array.Find(flags, flag => flag.Given is not null).Flag is { } flag)
        {
            throw CliException.Usage($"{flag} requires --pair.", "Use --pair REGION=https://HOST:PORT, once for each address.");
        }
    }

    /// <summary>The witness that <c>--witness</c> names: etcd, since both regions reach it.</summary>
    internal static StateEngine? Witness(string? setting)
    {
        if (setting is null)
        {
            return null;
        }

        const string Form = "Use --witness etcd://HOST:PORT,HOST:PORT… or etcds://HOST:PORT…?ca=FILE&cert=FILE&key=FILE.";
        try
        {
            return StateEngine.Parse(setting) is { IsShared: true } engine ? engine
                : throw CliException.Usage($"'{setting}' cannot be a witness: the other region cannot reach it.", Form);
        }
        catch (FormatException wrong)
        {
            throw CliException.Usage($"--witness: {wrong.Message}", Form);
        }
    }

    internal static bool IsAutomatic(string? given) => given switch
    {
        null or "automatic" => true,
        "manual" => false,
        _ => throw CliException.Usage($"--failover must be automatic or manual, not '{given}'."),
    };

    internal static TimeSpan? MaxLag(string? given) => given switch
    {
        null => null,
        "0" => TimeSpan.Zero,
        _ => Spans.Read(given, "--max-lag"),
    };

    internal static string Zone(string name) => ZoneName.IsValid(name) ? name : throw CliException.Usage(
        $"'{name}' is not a valid zone name.",
        $"Use 1, 2 or 3, or up to {ZoneName.CharsMax} letters, digits, '-', '_' and '.', starting with a letter or digit.");

    // '*' and '+' stand for every address of this machine; a URL cannot hold them.
    private static bool IsListenAddress(string url) =>
        Uri.TryCreate(url.Replace("//*", "//any", StringComparison.Ordinal).Replace("//+", "//any", StringComparison.Ordinal),
            UriKind.Absolute, out var parsed)
        && parsed.AbsolutePath == "/" && parsed.Query.Length == 0 && parsed.Fragment.Length == 0 && parsed.UserInfo.Length == 0;
}
