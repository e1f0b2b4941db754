using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Server.Backups;

namespace Mover.Cli.Host;

/// <summary><c>mover state restore</c>: a backup into an empty store of either engine.</summary>
internal static class StateRestoreCommand
{
    private static readonly Column[] Columns = [new("Entries", "entries"), new("Taken", "takenAt"), new("Restored", "restoredAt")];

    public static Command Create(Terminal terminal)
    {
        var flags = new StateFlags();
        var file = new Argument<string>("file") { Description = "File written by `mover state backup`." };
        var overwrite = StateFlags.OverwriteFlag();
        var command = flags.SealedVerb(
            "restore", "Restore a backup to an empty store. Leases and run claims in the backup are dropped.", file, overwrite);
        command.SetAction(async (parsed, cancel) =>
        {
            var place = flags.Place(parsed, terminal);
            using var line = new LiveLine(terminal);
            var restored = await StateRestore.RunAsync(
                Path.GetFullPath(parsed.GetRequiredValue(file)), place, flags.Keys(parsed, terminal), parsed.GetValue(overwrite),
                terminal.Clock, NullLoggerFactory.Instance, StateFlags.Progress(line, "Restored"), cancel);
            line.Dispose();
            foreach (var told in Told(restored, place))
            {
                terminal.Error.WriteLine(told);
            }

            new ResultWriter(terminal).WriteOne(parsed.GetRequiredValue(flags.Format), Shown(restored, place), Columns);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static IEnumerable<string> Told(StateRestored restored, StatePlace place)
    {
        var mark = restored.Mark;
        yield return $"Restored {Figures.Count(restored.Copy.Sum.Entries)} entries and {restored.Files} files to {place.Name}. The "
            + $"backup is of {SignIn.Told(mark.TakenAt)}, {Figures.Span(mark.Age)} ago.";
        yield return
            "All later changes are lost: resources, roles, secrets, runs, and keys that were rotated or revoked.";
        if (restored.UsedAt is { } used && used > mark.TakenAt)
        {
            yield return $"mover: The backup is older than the server's last use of this folder at {SignIn.Told(used)}, "
                + $"{Figures.Span(used - mark.TakenAt)} after the backup. Restore a later backup if you have one, or check what changed "
                + "before you start the server.";
        }
    }

    private static JsonObject Shown(StateRestored restored, StatePlace place) => new()
    {
        ["store"] = place.Name,
        ["entries"] = restored.Copy.Sum.Entries,
        ["entryBytes"] = restored.Copy.Sum.Bytes,
        ["sha256"] = restored.Copy.Sum.Sha256,
        ["files"] = restored.Files,
        ["resumed"] = restored.Copy.Resumed,
        ["takenAt"] = $"{restored.Mark.TakenAt:O}",
        ["restoredAt"] = $"{restored.Mark.RestoredAt:O}",
    };
}
