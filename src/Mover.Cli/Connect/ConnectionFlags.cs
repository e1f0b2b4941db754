using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.AgentProtocol;
using Mover.Recovery.Status;

namespace Mover.Cli.Connect;

/// <summary>
/// How a command finds the control plane: <c>--server</c> with <c>--ca</c> and a token, the same from the environment, or
/// <c>--data</c> of a server on this machine, or the sign-in that <c>mover login</c> keeps. Flags win over the environment, and that over
/// the sign-in, which is then told: its token goes to the server that gave it and to no other. A token is never an argument, where every
/// user of the machine could read it.
/// </summary>
/// <param name="dataFlag">The flag that names a local server's data folder, where <c>--data</c> means something else.</param>
/// <param name="serverAliases">Further names of <c>--server</c>.</param>
internal sealed class ConnectionFlags(string dataFlag = "--data", params string[] serverAliases)
{
    private readonly Option<string[]> _server = new("--server", serverAliases)
    {
        Description = "Address of the control plane, such as https://mover.example:7443; several, repeated or separated by commas, are "
            + "tried in turn [env: MOVER_SERVER].",
        HelpName = "url",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _ca = new("--ca")
    {
        Description = "PEM file of the only CA to trust [env: MOVER_CA].",
        HelpName = "file",
    };
    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "File with the bearer token [env: MOVER_TOKEN, the token itself].",
        HelpName = "file",
    };
    private readonly Option<bool> _tokenStdin = new("--token-stdin") { Description = "Read the bearer token from standard input." };
    private readonly Option<string?> _data = new(dataFlag)
    {
        Description = "Data folder of a server on this machine; provides the address, the CA and the administrator's token "
            + "[env: MOVER_DATA, which takes precedence over `mover login`].",
        HelpName = "folder",
    };
    private readonly Option<string?> _subscription = new("--subscription")
    {
        Description = "Subscription id; by default, the first one listed [env: MOVER_SUBSCRIPTION].",
        HelpName = "id",
    };

    public void AddTo(Command command)
    {
        command.Add(_server);
        command.Add(_ca);
        command.Add(_tokenFile);
        command.Add(_tokenStdin);
        command.Add(_data);
        command.Add(_subscription);
    }

    /// <summary>The flags that say where, without those that say as whom.</summary>
    public void AddServerTo(Command command)
    {
        command.Add(_server);
        command.Add(_ca);
        command.Add(_data);
    }

    /// <summary>Those that were given, for another command that is pasted.</summary>
    public string Repeated(ParseResult parsed) =>
        RepeatedFlags.Of(parsed, [_server, _ca, _tokenFile, _tokenStdin, _data, _subscription]);

    /// <summary>
    /// The same place for a command whose local server's folder has another flag, and that may be pasted where neither this environment nor
    /// this sign-in is.
    /// </summary>
    public string RepeatedElsewhere(ParseResult parsed, Terminal terminal, ConnectionSettings settings, string elsewhereDataFlag)
    {
        var rest = RepeatedFlags.Of(parsed, [_tokenFile, _tokenStdin, _subscription]);
        if (ReadData(parsed, terminal) is { } data)
        {
            return $" {elsewhereDataFlag} {ShellText.Of(data)}{rest}";
        }

        var servers = settings.Addresses.Select(address => $" --server {ShellText.Of(address.ToString().TrimEnd('/'))}");
        var ca = (parsed.GetValue(_ca) ?? Set(terminal, "MOVER_CA")) is { } file ? $" --ca {ShellText.Of(file)}" : string.Empty;
        return string.Concat(servers) + ca + rest;
    }

    public bool TokenComesByStdin(ParseResult parsed) => parsed.GetValue(_tokenStdin);

    public ControlPlane Open(ParseResult parsed, Terminal terminal) => Open(Resolve(parsed, terminal), terminal);

    public static ControlPlane Open(ConnectionSettings settings, Terminal terminal)
    {
        var client = new MoverClient(
            new() { Addresses = settings.Addresses, Token = settings.Token },
            ArmTransport.CreateHandler(settings.ReadAuthorities(), settings.Others.Count > 0),
            terminal.Clock);
        return new(client, settings.Subscription);
    }

    /// <summary>Everything that decides where and as whom; throws <see cref="CliException"/> with what is missing.</summary>
    public ConnectionSettings Resolve(ParseResult parsed, Terminal terminal)
    {
        var subscription = parsed.GetValue(_subscription) ?? Set(terminal, "MOVER_SUBSCRIPTION");
        if (ReadData(parsed, terminal) is { } data)
        {
            var local = LocalServer.Read(data, terminal) with { Subscription = subscription };
            if (parsed.GetValue(_data) is null)
            {
                TellPassedOver(local.Address, data, terminal);
            }

            return local;
        }

        var login = SignIn.Find(terminal);
        var addresses = ReadServers(parsed, terminal) ?? login?.Addresses ?? throw CliException.Usage(
            "No control plane specified.",
            "Sign in (mover login), use --server URL (or MOVER_SERVER), or --data DIR for a server on this machine.");
        var own = login is not null && addresses.All(login.IsAt) ? login : null;
        var token = ReadToken(parsed, terminal, own);
        return Anonymous(addresses, ReadCa(parsed, terminal) ?? own?.CaPem) with
        {
            Token = (_, _) => ValueTask.FromResult(token),
            Subscription = subscription,
        };
    }

    // Whoever signed in expects that to count; the environment that wins over it was set some time ago.
    private static void TellPassedOver(Uri address, string data, Terminal terminal)
    {
        if (SignIn.FindReadable(terminal) is { } login && terminal.Clock.GetUtcNow() < login.End
            && !(login.IsAt(address) && LocalServer.IsAdministrator(data, login.AppId)))
        {
            terminal.Error.WriteLine(
                $"mover: using MOVER_DATA (the administrator at {address.GetLeftPart(UriPartial.Authority)}) instead of the "
                    + $"sign-in as {login.AppId} at {login.Address.GetLeftPart(UriPartial.Authority)}. "
                    + "Unset MOVER_DATA to use the sign-in.");
        }
    }

    /// <summary>Where a control plane is, for what needs no token.</summary>
    public static ConnectionSettings Anonymous(IReadOnlyList<Uri> addresses, string? caPem) =>
        new(addresses[0], caPem ?? string.Empty, (_, _) => ValueTask.FromResult(string.Empty), null) { Others = [.. addresses.Skip(1)] };

    /// <summary>The folder of a server on this machine that a flag names, or the environment unless a flag names an address.</summary>
    public string? ReadData(ParseResult parsed, Terminal terminal) =>
        parsed.GetValue(_data) ?? (parsed.GetValue(_server) is { Length: > 0 } ? null : Set(terminal, "MOVER_DATA"));

    /// <summary>The addresses that a flag or the environment names, in their order; null when none does.</summary>
    public IReadOnlyList<Uri>? ReadServers(ParseResult parsed, Terminal terminal)
    {
        var servers = Given(parsed, terminal).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)).ToList();
        if (servers.Count > AgentChannelLimits.AddressesMax)
        {
            throw CliException.Usage(
                $"{servers.Count} control plane addresses specified; the maximum is {AgentChannelLimits.AddressesMax}.");
        }

        return servers.Count == 0 ? null : [.. servers.Select(ReadServer).Distinct()];
    }

    private string[] Given(ParseResult parsed, Terminal terminal) =>
        parsed.GetValue(_server) is { Length: > 0 } flags ? flags
            : Set(terminal, "MOVER_SERVER") is { } set ? [set]
            : [];

    private static Uri ReadServer(string server) =>
        Uri.TryCreate(server, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            ? address
            : throw CliException.Usage($"'{server}' is not a valid control plane address.", "It must start with https://.");

    /// <summary>The CA, in PEM, that a flag or the environment names; null when none does.</summary>
    public string? ReadCa(ParseResult parsed, Terminal terminal) =>
        (parsed.GetValue(_ca) ?? Set(terminal, "MOVER_CA")) is { } file ? ReadCa(file) : null;

    /// <summary>Only the token, for commands that know the addresses of the control plane already.</summary>
    public async Task<string> ResolveTokenAsync(
        ParseResult parsed, Terminal terminal, IReadOnlyList<Uri> addresses, CancellationToken cancel) =>
        parsed.GetValue(_data) is { } data
            ? await LocalServer.Read(data, terminal).Token(false, cancel)
            : ReadToken(parsed, terminal, SignIn.Find(terminal) is { } login && addresses.Any(login.IsAt) ? login : null);

    public static string ReadCa(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"Cannot read the CA file '{file}': {fault.Message}");
        }
    }

    private string ReadToken(ParseResult parsed, Terminal terminal, SignIn? login)
    {
        var token = parsed.GetValue(_tokenStdin)
            ? terminal.In.ReadLine()
            : parsed.GetValue(_tokenFile) is { } file ? Secrets.ReadFile(file, "token") : Set(terminal, "MOVER_TOKEN");
        return token?.Trim() is { Length: > 0 } given ? given : login?.ReadToken(terminal.Clock) ?? throw CliException.Usage(
            "No token specified.",
            "Sign in (mover login), or use --token-file, --token-stdin or MOVER_TOKEN; to get a token: mover token --data DIR.");
    }

    private static string? Set(Terminal terminal, string name) => terminal.Environment(name) is { Length: > 0 } value ? value : null;
}

/// <summary>Where the control plane is and how to be let in.</summary>
/// <param name="Address">Base address, https; tried first.</param>
/// <param name="CaPem">The CA certificates to trust and no other, in PEM; empty for the system's.</param>
/// <param name="Token">Gives the bearer token.</param>
/// <param name="Subscription">The subscription that was named; null for the first listed.</param>
internal sealed record ConnectionSettings(Uri Address, string CaPem, TokenSource Token, string? Subscription)
{
    /// <summary>Further addresses of the same control plane, in the order they are tried.</summary>
    public IReadOnlyList<Uri> Others { get; init; } = [];

    /// <summary>All of them.</summary>
    public IReadOnlyList<Uri> Addresses => [Address, .. Others];

    /// <summary>The CA certificates; null for the system's.</summary>
    public X509Certificate2Collection? ReadAuthorities()
    {
        if (CaPem.Length == 0)
        {
            return null;
        }

        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(CaPem);
            return authorities.Count > 0
                ? authorities
                : throw CliException.Usage("The CA file contains no certificate.", "Use a PEM file with the server's CA.");
        }
        catch (CryptographicException fault)
        {
            throw CliException.Usage($"Cannot read the CA file: {fault.Message}");
        }
    }
}
