namespace Mover.State.Etcd;

/// <summary>Options of the replicated engine as one text, which a flag or a configuration file holds.</summary>
internal static class EtcdSetting
{
    private const string Plain = "etcd://";
    private const string Tls = "etcds://";
    private const string Example = "etcds://etcd1.example:2379,etcd2.example:2379?ca=/etc/mover/etcd-ca.pem";

    /// <summary>Reads the text; throws <see cref="FormatException"/>, saying what is wrong with it.</summary>
    public static EtcdStateOptions Parse(string setting)
    {
        var scheme = setting.StartsWith(Tls, StringComparison.OrdinalIgnoreCase) ? Tls
            : setting.StartsWith(Plain, StringComparison.OrdinalIgnoreCase) ? Plain
            : throw new FormatException($"Unknown store '{setting}'. Use sqlite, or etcd as in {Example}");
        var (members, query) = setting[scheme.Length..].Split('?', 2) is [var before, var after] ? (before, after)
            : (setting[scheme.Length..], string.Empty);
        var options = Read(query);
        var isPlain = scheme == Plain;
        if (isPlain && (options.AuthorityPath ?? options.CertificatePath ?? options.KeyPath) is not null)
        {
            throw new FormatException($"ca, cert and key require TLS: use {Tls} instead of {Plain}.");
        }

        return new()
        {
            Endpoints = [.. members.Split(',').Select(member => Endpoint(member.TrimEnd('/'), isPlain ? "http" : "https"))],
            Prefix = options.Prefix,
            AuthorityPath = options.AuthorityPath,
            CertificatePath = options.CertificatePath,
            KeyPath = options.KeyPath,
        };
    }

    private static EtcdStateOptions Read(string query)
    {
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=', 2) is not [("ca" or "cert" or "key" or "prefix") and var name, { Length: > 0 } value])
            {
                throw new FormatException(
                    $"Unknown setting '{part}' after the '?' of the store. Use ca=FILE, cert=FILE, key=FILE or prefix=TEXT/.");
            }

            if (!said.TryAdd(name, Uri.UnescapeDataString(value)))
            {
                throw new FormatException($"'{name}' appears twice after the '?' of the store.");
            }
        }

        if (said.ContainsKey("cert") != said.ContainsKey("key"))
        {
            throw new FormatException("A client certificate for the store needs both cert=FILE and key=FILE.");
        }

        var prefix = said.GetValueOrDefault("prefix", "mover/");
        return prefix.Length > 1 && prefix[^1] == '/'
            ? new()
            {
                Endpoints = [],
                Prefix = prefix,
                AuthorityPath = said.GetValueOrDefault("ca"),
                CertificatePath = said.GetValueOrDefault("cert"),
                KeyPath = said.GetValueOrDefault("key"),
            }
            : throw new FormatException($"The prefix '{prefix}' of the store must end with a slash, as in prefix=mover/.");
    }

    private static Uri Endpoint(string member, string scheme) =>
        Uri.TryCreate($"{scheme}://{member}", UriKind.Absolute, out var endpoint) && endpoint.PathAndQuery == "/"
        && member.Contains(':', StringComparison.Ordinal) && endpoint.UserInfo.Length == 0
            ? endpoint
            : throw new FormatException($"'{member}' is not a valid etcd member; use HOST:PORT, as in {Example}");
}
