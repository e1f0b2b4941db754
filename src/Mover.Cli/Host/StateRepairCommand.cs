using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Server.Backups;

namespace Mover.Cli.Host;

/// <summary><c>mover state repair-indexes</c>: indexes made right from what they are about.</summary>
internal static class StateRepairCommand
{
    public static Command Create(Terminal terminal)
    {
        var flags = new StateFlags();
        var command = flags.Verb(
            "repair-indexes", "Repair the indexes of schedules, active runs and queues, "
                + "for example after an older version wrote to the store.");
        command.SetAction(async (parsed, cancel) =>
        {
            var (repaired, after) = await IndexRepair.RunAsync(
                flags.Place(parsed, terminal), terminal.Clock, NullLoggerFactory.Instance, cancel);
            terminal.Error.WriteLine($"Repaired {Figures.Count(repaired)} index entries.");
            return StateVerifyCommand.Report(terminal, after, parsed.GetRequiredValue(flags.Format));
        });
        return command;
    }
}
