using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery status</c>: one screen, and the next command.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var wish = new PlanFlags(PlanUse.Status);
        var plan = new Option<string?>("--plan")
        {
            Description = $"The plan file, if there is one; by default, {RunRecoveryCommand.PlanFileDefault} in the current folder.",
            HelpName = "file",
        };
        var connection = new ConnectionFlags();
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "status", "Show what is unavailable, the age of the last snapshot, the progress of a recovery, and the next command to paste, "
                + "with the flags that you gave. Exit code 8 when a step remains.")
        {
            plan, output,
        };
        wish.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var snapshot = wish.ReadSnapshot(parsed, wish.Folder(parsed));
            var file = parsed.GetValue(plan)
                ?? (File.Exists(RunRecoveryCommand.PlanFileDefault) ? RunRecoveryCommand.PlanFileDefault : null);
            using var reading = new StatusReading(parsed, wish, connection, file, terminal);
            var screen = await reading.ReadAsync(snapshot, cancel);
            if (ResultWriter.Is(parsed.GetRequiredValue(output), ResultWriter.Json))
            {
                new ResultWriter(terminal).WriteJson(screen.ToJson());
            }
            else
            {
                screen.Write(terminal.Out);
            }

            return screen.Outage is null || screen.Next is null ? ExitCodes.Ok : ExitCodes.NotReady;
        });
        return command;
    }
}
