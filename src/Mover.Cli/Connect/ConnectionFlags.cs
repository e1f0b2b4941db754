using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Client.Arm;

namespace Mover.Cli.Connect;

/// <summary>
/// How a command finds the control plane: <c>--server</c> with <c>--ca</c> and a token, the same from the environment, or
/// <c>--data</c> of a server on this machine. Flags win over the environment. A token is
/// never an argument, where every user of the machine could read it.
/// </summary>
/// <param name="dataFlag">The flag that names a local server's data folder, where <c>--data</c> means something else.</param>
/// <param name="serverAliases">Further names of <c>--server</c>.</param>
internal sealed class ConnectionFlags(string dataFlag = "--data", params string[] serverAliases)
{
    private readonly Option<string?> _server = new("--server", serverAliases)
    {
        Description = "Address of the control plane, such as https://mover.example:7443 [env: MOVER_SERVER].",
        HelpName = "url",
    };
    private readonly Option<string?> _ca = new("--ca")
    {
        Description = "PEM file of the CA to trust, and no other [env: MOVER_CA].",
        HelpName = "file",
    };
    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "File that holds the bearer token [env: MOVER_TOKEN holds the token itself].",
        HelpName = "file",
    };
    private readonly Option<bool> _tokenStdin = new("--token-stdin") { Description = "Read the bearer token from standard input." };
    private readonly Option<string?> _data = new(dataFlag)
    {
        Description = "Data folder of a server on this machine: address, CA and token come from there [env: MOVER_DATA].",
        HelpName = "folder",
    };
    private readonly Option<string?> _subscription = new("--subscription")
    {
        Description = "Subscription id; the first listed one when left out [env: MOVER_SUBSCRIPTION].",
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

    public bool TokenComesByStdin(ParseResult parsed) => parsed.GetValue(_tokenStdin);

    public ControlPlane Open(ParseResult parsed, Terminal terminal) => Open(Resolve(parsed, terminal), terminal);

    public static ControlPlane Open(ConnectionSettings settings, Terminal terminal)
    {
        var client = new MoverClient(
            new() { Addresses = [settings.Address], Token = settings.Token },
            ArmTransport.CreateHandler(settings.ReadAuthorities()),
            terminal.Clock);
        return new(client, settings.Subscription);
    }

    /// <summary>Everything that decides where and as whom; throws <see cref="CliException"/> with what is missing.</summary>
    public ConnectionSettings Resolve(ParseResult parsed, Terminal terminal)
    {
        var subscription = parsed.GetValue(_subscription) ?? Set(terminal, "MOVER_SUBSCRIPTION");
        var data = parsed.GetValue(_data) ?? (parsed.GetValue(_server) is null ? Set(terminal, "MOVER_DATA") : null);
        if (data is not null)
        {
            return LocalServer.Read(data, terminal) with { Subscription = subscription };
        }

        var server = parsed.GetValue(_server) ?? Set(terminal, "MOVER_SERVER") ?? throw CliException.Usage(
            "No control plane is named.", "Use --server URL (or MOVER_SERVER), or --data DIR of a server on this machine.");
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
        {
            throw CliException.Usage($"'{server}' is not the address of a control plane.", "It starts with https://.");
        }

        var token = ReadToken(parsed, terminal);
        var ca = parsed.GetValue(_ca) ?? Set(terminal, "MOVER_CA");
        return new(address, ca is null ? string.Empty : ReadCa(ca), (_, _) => ValueTask.FromResult(token), subscription);
    }

    /// <summary>Only the token, for commands that know the address already.</summary>
    public async Task<string> ResolveTokenAsync(ParseResult parsed, Terminal terminal, CancellationToken cancel) =>
        parsed.GetValue(_data) is { } data ? await LocalServer.Read(data, terminal).Token(false, cancel) : ReadToken(parsed, terminal);

    public static string ReadCa(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"The CA file '{file}' cannot be read: {fault.Message}");
        }
    }

    private string ReadToken(ParseResult parsed, Terminal terminal)
    {
        var token = parsed.GetValue(_tokenStdin)
            ? terminal.In.ReadLine()
            : parsed.GetValue(_tokenFile) is { } file ? Secrets.ReadFile(file, "token") : Set(terminal, "MOVER_TOKEN");
        return token?.Trim() is { Length: > 0 } given ? given : throw CliException.Usage(
            "No token is given.", "Use --token-file, --token-stdin or MOVER_TOKEN; `mover token --data DIR` prints one.");
    }

    private static string? Set(Terminal terminal, string name) => terminal.Environment(name) is { Length: > 0 } value ? value : null;
}

/// <summary>Where the control plane is and how to be let in.</summary>
/// <param name="Address">Base address, https.</param>
/// <param name="CaPem">The CA certificates to trust and no other, in PEM; empty for the system's.</param>
/// <param name="Token">Gives the bearer token.</param>
/// <param name="Subscription">The subscription that was named; null for the first listed.</param>
internal sealed record ConnectionSettings(Uri Address, string CaPem, TokenSource Token, string? Subscription)
{
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
                : throw CliException.Usage("The CA file holds no certificate.", "A PEM file with the server's CA is wanted.");
        }
        catch (CryptographicException fault)
        {
            throw CliException.Usage($"The CA file cannot be read: {fault.Message}");
        }
    }
}
