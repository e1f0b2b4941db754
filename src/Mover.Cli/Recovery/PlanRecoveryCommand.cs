using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Recovery.Plans;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery plan</c>: what a recovery would do, to read and to deploy exactly.</summary>
internal static class PlanRecoveryCommand
{
    public static Command Create(Terminal terminal)
    {
        var wish = new PlanFlags();
        var file = new Option<string?>("--out") { Description = "Write the plan to this file, for `mover recovery deploy`.",
            HelpName = "file" };
        var connection = new ConnectionFlags();
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "plan", "Show what deploying a snapshot elsewhere would do: each change with its rule, "
                + "the effect at the destination, what blocks it "
                + "and what is lost. Exit code 8 when something blocks it.");
        wish.AddTo(command);
        command.Add(file);
        connection.AddTo(command);
        command.Add(output);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = connection.Open(parsed, terminal);
            var snapshot = await wish.ReadSnapshotAsync(parsed, plane, terminal.Clock, cancel);
            var place = await wish.PlaceAsync(parsed, snapshot.Manifest.Source, plane, cancel);
            var plan = await wish.MakeAsync(parsed, snapshot, place, plane, terminal.Clock, cancel);
            var path = parsed.GetValue(file);
            if (path is not null)
            {
                PlanFile.Write(path, plan);
            }

            var format = parsed.GetRequiredValue(output);
            if (ResultWriter.Is(format, ResultWriter.Json))
            {
                new ResultWriter(terminal).WriteJson(PlanFile.ToJson(plan));
            }
            else if (!ResultWriter.Is(format, ResultWriter.None))
            {
                PlanText.Write(terminal.Out, plan, path is null
                    ? "Ready. Write it to a file with --out FILE to deploy it."
                    : $"Ready. Next: {new RunLine(parsed, wish, connection, path).Deploy(place)}");
            }

            return plan.IsReady() ? ExitCodes.Ok : ExitCodes.NotReady;
        });
        return command;
    }
}
