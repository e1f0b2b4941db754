using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery drill</c>: the whole recovery, rehearsed beside the real thing.</summary>
internal static class DrillCommand
{
    public static Command Create(Terminal terminal)
    {
        var wish = new PlanFlags(PlanUse.Drill);
        var drill = new DrillFlags(wish);
        var clean = new Option<bool>("--clean") { Description = "Only clean up after interrupted drills." };
        var keep = new Option<bool>("--keep")
        {
            Description = "Keep the resource group and its containers, to look at; the next drill, or --clean, removes them.",
        };
        var connection = new ConnectionFlags();
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "drill", "Rehearse a recovery to a separate resource group, with a scratch agent on this machine and scratch containers, "
                + "time each step, compare what was copied and deployed, and clean up. Exit code 8 when the drill fails.")
        {
            clean, keep, output,
        };
        wish.AddTo(command);
        drill.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            _ = drill.Files(parsed);
            var settings = connection.Resolve(parsed, terminal);
            using var plane = ConnectionFlags.Open(settings, terminal);
            var run = drill.Open(parsed, plane, settings, terminal, parsed.GetValue(keep));
            await run.CleanAsync(cancel);
            if (parsed.GetValue(clean))
            {
                return run.LeftBehind.Count == 0 ? ExitCodes.Ok : ExitCodes.NotReady;
            }

            var snapshot = await wish.ReadSnapshotAsync(parsed, plane, terminal.Clock, cancel);
            var page = await drill.RunAsync(parsed, run, plane, snapshot, terminal, cancel);
            if (ResultWriter.Is(parsed.GetRequiredValue(output), ResultWriter.Json))
            {
                new ResultWriter(terminal).WriteJson(page.ToJson());
            }
            else
            {
                terminal.Out.Write(page.ToMarkdown());
            }

            cancel.ThrowIfCancellationRequested();
            return page.IsGood ? ExitCodes.Ok : ExitCodes.NotReady;
        });
        return command;
    }
}
