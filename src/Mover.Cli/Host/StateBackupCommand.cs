using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Server.Backups;

namespace Mover.Cli.Host;

/// <summary><c>mover state backup</c>: all of a state as one sealed file, while servers use it or not.</summary>
internal static class StateBackupCommand
{
    private static readonly Column[] Columns = [new("Entries", "entries"), new("Bytes", "fileBytes"), new("Taken", "takenAt")];

    public static Command Create(Terminal terminal)
    {
        var flags = new StateFlags();
        var file = new Argument<string>("file") { Description = "File to write; it must not exist." };
        var command = flags.SealedVerb(
            "backup", "Back up the full state, also while servers use it, "
                + "to a new file encrypted with the key ring or a passphrase.", file);
        command.SetAction(async (parsed, cancel) =>
        {
            var (place, path) = (flags.Place(parsed, terminal), Path.GetFullPath(parsed.GetRequiredValue(file)));
            using var line = new LiveLine(terminal);
            var made = await StateBackup.MakeAsync(
                place, path, flags.Keys(parsed, terminal), terminal.Clock, NullLoggerFactory.Instance,
                StateFlags.Progress(line, "Backed up"), cancel);
            line.Dispose();
            terminal.Error.WriteLine(
                $"Backed up {Figures.Count(made.Sum.Entries)} entries of {place.Name} to {path} ({Figures.Bytes(made.Bytes)}).");
            terminal.Error.WriteLine(Advice(made));
            new ResultWriter(terminal).WriteOne(parsed.GetRequiredValue(flags.Format), Shown(made, path), Columns);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static string Advice(BackupMade made) =>
        made.RingPlace is { } ring ? $"It is encrypted with the key ring {ring}, which it does not contain. "
            + "Keep a copy of that ring elsewhere."
        : made.HoldsRing ? "It is encrypted with the passphrase and contains the key ring of the data folder."
        : "It is encrypted with the passphrase. It does not contain the servers' key ring; keep a copy of that elsewhere.";

    private static JsonObject Shown(BackupMade made, string path) => new()
    {
        ["file"] = path,
        ["fileBytes"] = made.Bytes,
        ["entries"] = made.Sum.Entries,
        ["entryBytes"] = made.Sum.Bytes,
        ["sha256"] = made.Sum.Sha256,
        ["takenAt"] = $"{made.TakenAt:O}",
        ["holdsKeyRing"] = made.HoldsRing,
    };
}
