using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary>Where servers and agents keep their data when no flag and no variable names a folder.</summary>
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

        return Path.Combine(UserFolders.Data(terminal, "--data"), name);
    }
}
