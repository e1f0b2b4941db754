using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Recovery.Deploy;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery deploy</c> and <c>undo</c>.</summary>
internal static class DeployCommand
{
    private static readonly IReadOnlyList<Column> Columns = [new("Made", "made"), new("Unchanged", "unchanged")];
    private static readonly IReadOnlyList<Column> UndoColumns = [new("Result", "result"), new("Resource", "id")];

    public static Command Create(Terminal terminal)
    {
        var flags = new RecoveryFlags();
        var command = new Command(
            "deploy", "Deploy a plan to its new resource group, and verify that nothing differs. Run it again after an "
                + "interruption.");
        flags.AddPlanTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = flags.Open(parsed, terminal);
            var plan = flags.ReadPlan(parsed) ?? throw CliException.Usage("No plan specified.", "Use --plan FILE.");
            var deployed = await new PlanDeployment(plane.Client, terminal.Clock).RunAsync(plan, cancel);
            new ResultWriter(terminal).WriteOne(
                flags.Output(parsed), new() { ["made"] = deployed.Made, ["unchanged"] = deployed.Left, ["plan"] = plan.Id }, Columns);
            terminal.Error.WriteLine(
                $"Deployed the plan {plan.Id}; nothing differs from it. Next: register agents with the storage mover (mover agent "
                    + $"register), "
                    + "then mover recovery assign.");
            return ExitCodes.Ok;
        });
        return command;
    }

    public static Command CreateUndo(Terminal terminal)
    {
        var flags = new RecoveryFlags();
        var command = new Command("undo", "Delete only the resources that a plan created, found by their tag; also delete the group "
            + "when nothing else is in it.");
        flags.AddEstateTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = flags.Open(parsed, terminal);
            var plan = flags.ReadPlan(parsed);
            var group = await flags.ReadGroupAsync(parsed, plane, plan, cancel);
            var undone = await new PlanUndo(plane.Client).RunAsync(group, plan?.Id, cancel);
            new ResultWriter(terminal).WriteMany(
                flags.Output(parsed),
                [.. undone.Deleted.Select(id => Row("deleted", id)), .. undone.Kept.Select(id => Row("kept", id))], UndoColumns);
            if (undone.Kept.Count > 0)
            {
                terminal.Error.WriteLine($"Kept the resource group '{group.Name}': {undone.Kept.Count} resources in it are not of the "
                    + $"plan.");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static JsonObject Row(string result, string id) => new() { ["result"] = result, ["id"] = id };
}
