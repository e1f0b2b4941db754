using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary>
/// Where the program keeps its own files when nobody names a folder: below the user's home as the XDG base directory specification says,
/// and below <c>/var/lib/mover</c> for root without a home, as services are. Never below the working folder.
/// </summary>
internal static class UserFolders
{
    private const string OfRoot = "/var/lib/mover";

    /// <summary>Data of a server or an agent.</summary>
    /// <param name="terminal">Whose environment is read.</param>
    /// <param name="flag">The flag that names the folder instead.</param>
    public static string Data(Terminal terminal, string flag) => Named(terminal, "XDG_DATA_HOME", ".local/share", flag);

    /// <summary>What outlives a command and may be lost: journals, ledgers, listings.</summary>
    /// <param name="terminal">Whose environment is read.</param>
    /// <param name="flag">The flag that names the folder instead.</param>
    public static string State(Terminal terminal, string flag) => Named(terminal, "XDG_STATE_HOME", ".local/state", flag);

    public static CliException Unwritable(string folder, string flag, Exception cause) => new(
        ExitCodes.NotReady, "NoFolder", $"Cannot use the folder '{folder}': {cause.Message}", $"Use another folder with {flag}.",
        cause);

    private static string Named(Terminal terminal, string variable, string belowHome, string flag)
    {
        // The specification has relative values ignored.
        if (terminal.Environment(variable) is { Length: > 0 } set && Path.IsPathRooted(set))
        {
            return Path.Combine(set, "mover");
        }

        if (terminal.Environment("HOME") is { Length: > 0 } home && Path.IsPathRooted(home))
        {
            return Path.Combine(home, belowHome, "mover");
        }

        return Environment.IsPrivilegedProcess
            ? OfRoot
            : throw new CliException(
                ExitCodes.NotReady, "NoFolder", $"Neither HOME nor {variable} is set.",
                $"Specify a folder with {flag}.");
    }
}
