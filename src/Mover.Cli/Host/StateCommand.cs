using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Server.Documents;

namespace Mover.Cli.Host;

/// <summary><c>mover state backup | restore</c>: a server's data folder as one file. The server may run while it is backed up.</summary>
internal static class StateCommand
{
    public static Command Create(Terminal terminal) => new("state", "Back up a server's state, and restore it.")
    {
        Verb(
            terminal, "backup", "Write the state, keys and certificates of a server, running or not, to a new file. It holds secrets.",
            "File to write; it must not exist.", (data, file) => [$"Backed up {StateArchive.Backup(data, file)} files to {file}."]),
        Verb(
            terminal, "restore", "Put a backup into a data folder that has no state and no running server.",
            "File that 'state backup' wrote.", (data, file) => Told(StateArchive.Restore(file, data), data, terminal.Clock)),
    };

    private static IEnumerable<string> Told(RestoredState restored, string data, TimeProvider clock)
    {
        var age = Figures.Span(clock.GetUtcNow() - restored.MadeAt);
        yield return $"Restored {restored.Files} files to {data}. The backup was made at {SignIn.Told(restored.MadeAt)}, {age} ago.";
        if (restored.UsedAt is { } used && used > restored.MadeAt)
        {
            yield return $"mover: The backup is older than its server, which used this folder until {SignIn.Told(used)}, "
                + $"{Figures.Span(used - restored.MadeAt)} after the backup. What it was told in between is lost: resources, roles, "
                + "secrets and runs. Restore a later backup if there is one, or look at what changed, before you start the server.";
        }
    }

    private static Command Verb(Terminal terminal, string name, string sentence, string what, Func<string, string, IEnumerable<string>> act)
    {
        var file = new Argument<string>("file") { Description = what };
        var data = new Option<string?>("--data") { Description = "Data folder of the server [env: MOVER_DATA].", HelpName = "folder" };
        var command = new Command(name, sentence) { file, data };
        command.SetAction(parsed =>
        {
            var folder = Path.GetFullPath(parsed.GetValue(data) ?? DataFolders.Server(terminal));
            foreach (var line in act(folder, Path.GetFullPath(parsed.GetRequiredValue(file))))
            {
                terminal.Error.WriteLine(line);
            }

            return ExitCodes.Ok;
        });
        return command;
    }
}
