using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary>
/// <c>mover token --data DIR</c>: an administrator's bearer token on stdout, for scripts. Whoever may read the folder may have it.
/// </summary>
internal static class TokenCommand
{
    public static Command Create(Terminal terminal)
    {
        var data = new Option<string?>("--data") { Description = "Data folder of the server [env: MOVER_DATA].", HelpName = "folder" };
        var minutes = new Option<int?>("--minutes") { Description = "How long the token is valid; an hour by default.", HelpName = "n" };
        var command = new Command("token", "Print an administrator's bearer token for scripts.") { data, minutes };
        command.SetAction(parsed =>
        {
            TimeSpan? lifetime = parsed.GetValue(minutes) is { } n
                ? n is >= 1 and <= 1440 ? TimeSpan.FromMinutes(n) : throw CliException.Usage("--minutes must be 1 to 1440.")
                : null;
            terminal.Out.WriteLine(
                LocalServer.AdministratorToken(parsed.GetValue(data) ?? DataFolders.Server(terminal), terminal, lifetime));
            return ExitCodes.Ok;
        });
        return command;
    }
}
