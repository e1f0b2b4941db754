using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary>Where servers and agents keep their data when nobody says: below <c>XDG_DATA_HOME</c> or <c>~/.local/share</c>.</summary>
internal static class DataFolders
{
    public static string Server(Terminal terminal) => Named(terminal, "MOVER_DATA", "server");

    public static string Agent(Terminal terminal) => Named(terminal, "MOVER_AGENT_DATA", "agent");

    private static string Named(Terminal terminal, string variable, string name)
    {
        if (terminal.Environment(variable) is { Length: > 0 } set)
        {
            return set;
        }

        var share = terminal.Environment("XDG_DATA_HOME") is { Length: > 0 } data
            ? data
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return Path.Combine(share, "mover", name);
    }
}
