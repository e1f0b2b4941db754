using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Recovery;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;

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
        var wish = new PlanFlags(PlanUse.Deployment);
        wish.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            if (!wish.IsTrustSaid(parsed) && wish.OfMaking(parsed) is { } useless)
            {
                throw CliException.Usage($"{useless} requires --trust: a plan is deployed as it is.",
                    "Make another plan with `mover recovery plan`, or omit the flag.");
            }

            using var plane = flags.Open(parsed, terminal);
            var plan = await CheckedAsync(parsed, wish, flags.PlanPath(parsed), plane, terminal, cancel);
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

    private static async Task<RecoveryPlan> CheckedAsync(
        ParseResult parsed, PlanFlags wish, string file, ControlPlane plane, Terminal terminal, CancellationToken cancel)
    {
        var plan = PlanFile.Read(file);
        var check = new PlanCheck(wish, plane, terminal.Clock);
        if (plan.Standby is not null && wish.IsTrustSaid(parsed))
        {
            throw CliException.Usage(
                "The plan of a standby cannot be compared with a snapshot.", "Use `mover recovery standby --trust FILE`.");
        }

        if (check.Refuse(parsed, plan) is { } other)
        {
            throw CliException.Usage(
                $"Cannot use the plan in {file}. {other}", "Specify another file with --plan, or omit --to and --group.");
        }

        var (made, refused) = await check.TrustedAsync(parsed, plan, cancel);
        return refused is null ? made : throw new RecoveryException(
            "PlanNotTrusted", $"Cannot deploy the plan in {file}. {refused}",
            "Make a new plan with `mover recovery plan`, review it, and deploy it with the same flags.");
    }

    private static JsonObject Row(string result, string id) => new() { ["result"] = result, ["id"] = id };
}
