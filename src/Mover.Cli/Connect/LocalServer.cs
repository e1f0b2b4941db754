using Mover.Cli.Frame;

namespace Mover.Cli.Connect;

/// <summary>Finds the server that keeps its data in a folder of this machine.</summary>
internal static class LocalServer
{
    /// <summary>Where a serving instance leaves its address, inside its data folder.</summary>
    public const string AddressFile = "server.url";

    /// <summary>Where the control plane keeps its CA certificate, inside its data folder.</summary>
    public const string AuthorityFile = "tls/ca.pem";

    public static ConnectionSettings Read(string data, Terminal terminal)
    {
        var addressFile = Path.Combine(data, AddressFile);
        if (!File.Exists(addressFile))
        {
            throw new CliException(ExitCodes.Unreachable, "NoServer", $"No server serves from '{data}'.", $"Start it: mover server --data {data}");
        }

        var address = new Uri(File.ReadAllText(addressFile).Trim());
        var authorities = ConnectionFlags.ReadAuthorities(Path.Combine(data, AuthorityFile));
        return new(address, authorities, (_, _) => ValueTask.FromResult(AdministratorToken(data, terminal)), null);
    }

    /// <summary>Makes an administrator's token with the secret that the server keeps in its folder.</summary>
    public static string AdministratorToken(string data, Terminal terminal) =>
        throw new CliException(ExitCodes.NotReady, "NoTokenIssuer", $"No administrator secret in '{data}' at {terminal.Clock.GetUtcNow():O}.");
}
