using System.Text;
using Mover.Cli.Frame;
using Mover.Server.Access;
using Mover.Server.DataFolders;

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
            throw new CliException(
                ExitCodes.Unreachable, "NoServer", $"No server is running on '{data}'.", $"Start it: mover server --data {data}");
        }

        var address = new Uri(File.ReadLines(addressFile).First().Trim());
        return new(
            address, ConnectionFlags.ReadCa(Path.Combine(data, AuthorityFile)),
            (_, _) => ValueTask.FromResult(AdministratorToken(data, terminal)), null);
    }

    /// <summary>
    /// Leaves the addresses, one a line: the first is for the commands of this machine, those after it for other machines.
    /// </summary>
    public static void Announce(string data, params IReadOnlyList<string> urls) =>
        Files.PrivateFile.Replace(
            Path.Combine(data, AddressFile), Encoding.UTF8.GetBytes(string.Concat(urls.Select(url => url + "\n"))));

    public static void Withdraw(string data) => File.Delete(Path.Combine(data, AddressFile));

    /// <summary>Whether an application is the administrator of the server with this data folder.</summary>
    public static bool IsAdministrator(string data, string appId)
    {
        try
        {
            return Server.Access.AdministratorAccount.Read(data).ClientId == appId;
        }
        catch (Exception unreadable) when (unreadable is DataFolderException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Signs an administrator's token with the key that the server keeps in its folder.</summary>
    public static string AdministratorToken(string data, Terminal terminal, TimeSpan? lifetime = null)
    {
        try
        {
            return Server.Access.AdministratorToken.Create(data, terminal.Clock, lifetime).Reveal();
        }
        catch (DataFolderException fault)
        {
            throw new CliException(ExitCodes.NotReady, "NoTokenIssuer", fault.Message, inner: fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new CliException(
                ExitCodes.NotReady, "NoTokenIssuer", $"No permission to read the folder '{data}'.", "Run this as the server's "
                    + "user.", fault);
        }
    }
}
