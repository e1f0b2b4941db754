using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Server.Backups;
using Mover.State.Copies;

namespace Mover.Cli.Host;

/// <summary><c>mover state copy</c>: a state from one store into another, of whichever engine.</summary>
internal static class StateCopyCommand
{
    private static readonly Column[] Columns = [new("Entries", "entries"), new("Bytes", "entryBytes"), new("Written", "written")];

    public static Command Create(Terminal terminal)
    {
        var from = Store("--from", "Store to read; servers may be using it, but their writes in the meantime are not copied.");
        var to = Store("--to", "Store to write; it must be empty or contain an unfinished copy of the same source, which continues.");
        var (overwrite, format) = (StateFlags.OverwriteFlag(), ResultWriter.CreateFlag());
        var command = new Command("copy", "Copy the full state to another store and compare both: sqlite:DIR or etcd://HOST:PORT,….")
        {
            from, to, overwrite, format,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var data = DataFolders.Server(terminal);
            var (source, target) = (
                StateFlags.Place(parsed.GetRequiredValue(from), data), StateFlags.Place(parsed.GetRequiredValue(to), data));
            using var line = new LiveLine(terminal);
            var copied = await StateMove.CopyAsync(
                source, target, parsed.GetValue(overwrite), terminal.Clock, NullLoggerFactory.Instance,
                StateFlags.Progress(line, "Copied"), cancel);
            line.Dispose();
            terminal.Error.WriteLine(
                $"Copied {Figures.Count(copied.Sum.Entries)} entries ({Figures.Bytes(copied.Sum.Bytes)}) from {source.Name} to "
                + $"{target.Name}{(copied.Resumed ? ", resuming an earlier copy" : string.Empty)}. Both are identical.");
            terminal.Error.WriteLine(
                "Servers on the copy need the same key ring. Later writes to the source are not in the copy: keep its servers "
                + "stopped.");
            new ResultWriter(terminal).WriteOne(parsed.GetRequiredValue(format), Shown(copied, source, target), Columns);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Option<string> Store(string name, string sentence) =>
        new(name) { Description = sentence, Required = true, HelpName = "store" };

    private static JsonObject Shown(CopyResult copied, StatePlace source, StatePlace target) => new()
    {
        ["from"] = source.Name,
        ["to"] = target.Name,
        ["entries"] = copied.Sum.Entries,
        ["entryBytes"] = copied.Sum.Bytes,
        ["sha256"] = copied.Sum.Sha256,
        ["written"] = copied.Written,
        ["resumed"] = copied.Resumed,
    };
}
