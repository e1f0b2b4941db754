using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Standby;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery activate</c>: a standby becomes the one in use.</summary>
internal static class ActivateCommand
{
    private static readonly IReadOnlyList<Column> Columns = [new("Job", "job"), new("Schedule", "schedule"), new("Note", "note")];

    public static Command Create(Terminal terminal)
    {
        var flags = new RecoveryFlags();
        var from = new Option<string?>("--from")
        {
            Description = "Folder of the newest snapshot; by default, the one that the standby was last in step with.",
            HelpName = "folder",
        };
        var behind = new Option<bool>("--accept-behind") { Description = "Activate the standby as it is, "
            + "without comparing it with a snapshot." };
        var trust = new TrustFlag();
        var command = new Command(
            "activate", "Put a standby into use: turn on the schedules that were on in the snapshot, and no longer keep it in "
                + "step. Fails with exit code 7 when it is behind its snapshot. Run it again after an interruption.")
        {
            from, behind,
        };
        trust.AddTo(command);
        flags.AddPlanTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = flags.Open(parsed, terminal);
            var plan = flags.ReadPlan(parsed) ?? throw CliException.Usage("No plan specified.", "Use --plan FILE.");
            var isInUse = await StandbyMark.FindAsync(plane.Client, plan.To, cancel) is StandbyState.Activating or StandbyState.Active;
            var snapshot = parsed.GetValue(behind) || isInUse ? null : Newest(parsed, plan, parsed.GetValue(from), trust);
            var activated = await new StandbyActivation(plane.Client).RunAsync(plan, snapshot, cancel);
            new ResultWriter(terminal).WriteMany(
                flags.Output(parsed),
                [
                    .. activated.SchedulesOn.Select(job => Row(job, "on", null)),
                    .. activated.NotOn.Select(one => Row(one.Id, "off", one.Reason)),
                ],
                Columns);
            terminal.Error.WriteLine(activated.WasActive
                ? $"{plan.To.ResourceGroup} is already active; nothing was changed."
                : $"{plan.To.ResourceGroup} is now active: {activated.SchedulesOn.Count} schedules are on.");
            var (repeated, register) = flags.Repeated(parsed, terminal);
            var steps = await new RecoveryProgress(plane.Client, new() { Connection = repeated, Register = register })
                .FindAfterDeploymentAsync(plan, flags.PlanPath(parsed), cancel);
            foreach (var step in steps.Where(step => !step.IsDone))
            {
                terminal.Error.WriteLine($"Next: {step.Name}: {step.Detail}: {step.Command}");
                foreach (var lines in step.Agents.Take(1))
                {
                    terminal.Error.WriteLine($"      then: {lines.Run}");
                }
            }

            return activated.NotOn.Count == 0 ? ExitCodes.Ok : ExitCodes.NotReady;
        });
        return command;
    }

    private static Snapshot? Newest(ParseResult parsed, RecoveryPlan plan, string? from, TrustFlag trust) =>
        (from ?? plan.Standby?.SnapshotFolder) is { } folder
            ? trust.Read(parsed, folder)
            : plan.Standby is null ? null
            : throw CliException.Usage(
                "No snapshot specified to compare the standby with.", "Use --from FOLDER, or --accept-behind to activate it as it is.");

    private static JsonObject Row(string job, string schedule, string? note) =>
        new() { ["job"] = job, ["schedule"] = schedule, ["note"] = note };
}
