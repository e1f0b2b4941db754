using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client.Arm;
using Mover.Recovery;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Standby;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery status</c>: one screen, and the next command.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var from = new Option<string>("--from") { Description = "Folder of the last snapshot.", HelpName = "folder", Required = true };
        var plan = new Option<string?>("--plan") { Description = "The plan file, if there is one.", HelpName = "file" };
        var trust = new TrustFlag();
        var connection = new ConnectionFlags();
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "status", "Show what is unavailable, the age of the last snapshot, the progress of a recovery, and the next command. Exit "
                + "code 8 when a step remains.")
        {
            from, plan, output,
        };
        trust.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var snapshot = trust.Read(parsed, parsed.GetRequiredValue(from));
            var source = snapshot.Manifest.Source;
            var age = terminal.Clock.GetUtcNow() - snapshot.Manifest.TakenAt;
            using var handler = ArmTransport.CreateHandler(null);
            var lost = await Reachability.AskAsync(handler, new(source.Server), terminal.Clock, cancel);
            var screen = new StatusScreen(
                $"{source.ResourceGroup} in {source.Location} at {source.Server}", lost,
                $"{Ages.Of(age)} old, {snapshot.Manifest.Counts.Values.Sum()} resources",
                new(DrillMemory.Read(source, terminal), terminal.Clock.GetUtcNow()),
                await StepsAsync(parsed, terminal, connection, parsed.GetRequiredValue(from), parsed.GetValue(plan), snapshot, cancel));
            if (ResultWriter.Is(parsed.GetRequiredValue(output), ResultWriter.Json))
            {
                new ResultWriter(terminal).WriteJson(screen.ToJson());
            }
            else
            {
                screen.Write(terminal.Out);
            }

            return lost is null || screen.Next is null ? ExitCodes.Ok : ExitCodes.NotReady;
        });
        return command;
    }

    private static async Task<IReadOnlyList<RecoveryStep>> StepsAsync(
        ParseResult parsed, Terminal terminal, ConnectionFlags connection, string folder, string? planFile, Snapshot snapshot,
        CancellationToken cancel)
    {
        var source = snapshot.Manifest.Source;
        var from = ShellText.Of(folder);
        if (planFile is null || !File.Exists(planFile))
        {
            return [new(
                "plan", false, planFile is null ? "no plan specified" : $"the plan {planFile} does not exist",
                $"mover recovery plan --from {from} --to REGION --group {ShellText.Of(source.ResourceGroup + "-REGION")} "
                    + $"--out {ShellText.Of(planFile ?? "plan.json")}")];
        }

        var plan = PlanFile.Read(planFile);
        var made = new RecoveryStep("plan", plan.IsReady(), $"{plan.Id}, {(plan.IsReady() ? "ready" : "something is in the way")}",
            $"mover recovery plan --from {from} --to {ShellText.Of(plan.To.Location)} --group {ShellText.Of(plan.To.ResourceGroup)} "
                + $"--out {ShellText.Of(planFile)}");
        using var plane = connection.Open(parsed, terminal);
        try
        {
            if (plan.Standby is not null)
            {
                var steps = await new StandbyProgress(plane.Client, terminal.Clock).FindAsync(plan, planFile, snapshot, folder, cancel);
                return steps.All(step => step.IsDone)
                    ? [.. steps, .. await new RecoveryProgress(plane.Client).FindAfterDeploymentAsync(plan, planFile, cancel)]
                    : steps;
            }

            return [made, .. await new RecoveryProgress(plane.Client).FindAsync(plan, planFile, cancel)];
        }
        catch (Exception fault) when (fault is UnreachableServerException or RecoveryException { Code: InterruptedStep.Away })
        {
            var step = plan.Standby is null ? "deploy" : StandbyProgress.StandbyStep;
            return [made, new(step, false, $"the destination does not respond: {fault.Message}", "mover doctor")];
        }
    }
}
