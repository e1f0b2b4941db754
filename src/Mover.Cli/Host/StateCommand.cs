using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Server.Documents;

namespace Mover.Cli.Host;

/// <summary><c>mover state backup | restore</c>: a server's data folder as one file. The server may run while it is backed up.</summary>
internal static class StateCommand
{
    public static Command Create(Terminal terminal) => new("state", "Back up a server's state, and restore it.")
    {
        Verb(
            terminal, "backup", "Write the state, keys and certificates of a server, running or not, to a new file. It holds secrets.",
            "File to write; it must not exist.", (data, file) => $"Backed up {StateArchive.Backup(data, file)} files to {file}."),
        Verb(
            terminal, "restore", "Put a backup into a data folder that has no state and no running server.",
            "File that 'state backup' wrote.", (data, file) => $"Restored {StateArchive.Restore(file, data)} files to {data}."),
    };

    private static Command Verb(Terminal terminal, string name, string sentence, string what, Func<string, string, string> act)
    {
        var file = new Argument<string>("file") { Description = what };
        var data = new Option<string?>("--data") { Description = "Data folder of the server [env: MOVER_DATA].", HelpName = "folder" };
        var command = new Command(name, sentence) { file, data };
        command.SetAction(parsed =>
        {
            var folder = Path.GetFullPath(parsed.GetValue(data) ?? DataFolders.Server(terminal));
            terminal.Error.WriteLine(act(folder, Path.GetFullPath(parsed.GetRequiredValue(file))));
            return ExitCodes.Ok;
        });
        return command;
    }
}
