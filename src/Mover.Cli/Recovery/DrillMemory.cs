using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Recovery.Drill;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary>
/// Where the program remembers drills: in the state folder of its user, a file for each estate. What cannot be read or written is told and
/// stops nothing.
/// </summary>
internal static class DrillMemory
{
    public static void Add(SnapshotManifest snapshot, DrillRecord drill, Terminal terminal)
    {
        if (Find(terminal)?.Add(snapshot.Source, drill) is { } problem)
        {
            terminal.Error.WriteLine($"mover: {problem}");
        }
    }

    public static DrillHistory? Read(SnapshotSource source, Terminal terminal)
    {
        string? problem = null;
        var history = Find(terminal)?.Read(source, out problem);
        if (problem is not null)
        {
            terminal.Error.WriteLine($"mover: {problem}");
        }

        return history;
    }

    private static DrillHistoryFile? Find(Terminal terminal)
    {
        try
        {
            return new(Path.Combine(UserFolders.State(terminal, "XDG_STATE_HOME"), "drills"));
        }
        catch (CliException none)
        {
            terminal.Error.WriteLine($"mover: No drill history: {none.Message}");
            return null;
        }
    }
}
