using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Regions;
using Mover.Recovery;
using Mover.Recovery.Plans;
using Mover.Recovery.Standby;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery standby</c>: a storage mover that is deployed in advance and kept in step with the snapshots.</summary>
internal static class StandbyCommand
{
    public static Command Create(Terminal terminal)
    {
        var wish = new PlanFlags(PlanUse.Standby);
        var file = new Option<string>("--plan") { Description = "Plan file of the standby; written on every run.", HelpName = "file",
            Required = true };
        var check = new Option<bool>("--check") { Description = "Only show differences. Exit code 7 when there are any." };
        var deletions = new Option<bool>("--allow-deletions")
        {
            Description = "Allow deleting more than half of the standby when the snapshot no longer has it.",
        };
        var connection = new ConnectionFlags();
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "standby", "Deploy a snapshot in advance, with schedules off, and keep it in step: each run shows what differs from the "
                + "newest snapshot and repairs it. Agents, their assignments and your own additions stay.")
        {
            file, check, deletions, output,
        };
        wish.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = connection.Open(parsed, terminal);
            var path = parsed.GetRequiredValue(file);
            var last = File.Exists(path) ? PlanFile.Read(path) : null;
            var sync = new StandbySync(plane.Client, RegionCatalogue.Azure, terminal.Clock);
            var found = await sync.CheckAsync(
                await wish.ReadSnapshotAsync(parsed, plane, terminal.Clock, cancel),
                await wish.ReadAsync(parsed, plane, cancel), last, cancel);
            var isOnlyCheck = parsed.GetValue(check);
            var screen = new StandbyScreen(found, terminal);
            if (isOnlyCheck || found.InTheWay.Count > 0)
            {
                screen.Write(parsed.GetRequiredValue(output), null);
                return found.InTheWay.Count > 0 ? ExitCodes.NotReady : found.Drift.IsInStep ? ExitCodes.Ok : ExitCodes.Differs;
            }

            var folder = Path.GetFullPath(wish.Folder(parsed));
            var repair = await sync.RepairAsync(
                found, parsed.GetValue(deletions), plan => PlanFile.Write(path, WithFolder(plan, folder)), cancel);
            screen.Write(parsed.GetRequiredValue(output), repair);
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>The plan with the folder of its snapshot.</summary>
    public static RecoveryPlan WithFolder(RecoveryPlan plan, string folder) =>
        plan with { Standby = plan.Standby is { } notes ? notes with { SnapshotFolder = folder } : null };
}
