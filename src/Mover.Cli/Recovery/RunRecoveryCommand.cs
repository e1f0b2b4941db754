using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Standby;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary>
/// <c>mover recovery run</c>: plan, deploy, assign, grant and start in one. It stops where a person must decide, says why, and goes on
/// with the same command.
/// </summary>
internal static class RunRecoveryCommand
{
    public static Command Create(Terminal terminal)
    {
        var wish = new PlanFlags();
        var file = new Option<string>("--plan") { Description = "The plan file; created if missing.", HelpName = "file",
            Required = true };
        var yes = new Option<bool>("--yes") { Description = "Deploy the plan, after you have reviewed it." };
        var connection = new ConnectionFlags();
        var command = new Command(
            "run", "Recover in one command: plan, deploy, assign, grant, start. Stops where you must decide (exit code 8) and continues "
                + "when run again.")
        {
            file, yes,
        };
        wish.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = connection.Open(parsed, terminal);
            var path = parsed.GetRequiredValue(file);
            RecoveryPlan plan;
            if (File.Exists(path))
            {
                (plan, var refused) = await wish.ReadPlanAsync(parsed, path, plane, terminal.Clock, cancel);
                if (refused is not null)
                {
                    return Stop(
                        terminal, $"Cannot use the plan in {path}. {refused}", "Specify another file with --plan, or delete this one.");
                }
            }
            else
            {
                var snapshot = await wish.ReadSnapshotAsync(parsed, plane, terminal.Clock, cancel);
                plan = await wish.MakeAsync(parsed, snapshot, plane, terminal.Clock, cancel);
                PlanFile.Write(path, plan);
                PlanText.Write(terminal.Out, plan, null);
            }

            if (!plan.IsReady())
            {
                return Stop(terminal, "Something blocks the plan.", $"Fix it, delete {path}, and run this command again.");
            }

            if (!parsed.GetValue(yes))
            {
                return Stop(terminal, $"The plan {plan.Id} is ready; nothing is deployed yet.",
                    "Review it, then run this command again with --yes.");
            }

            return await GoOnAsync(plane.Client, terminal, plan, path, cancel);
        });
        return command;
    }

    private static async Task<int> GoOnAsync(MoverClient client, Terminal terminal, RecoveryPlan plan, string path,
        CancellationToken cancel)
    {
        var group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        if (plan.Standby is null)
        {
            var deployed = await new PlanDeployment(client, terminal.Clock).RunAsync(plan, cancel);
            terminal.Error.WriteLine($"Deployed: {deployed.Made} resources created, {deployed.Left} already up to date.");
        }
        else if (await StandbyMark.FindAsync(client, plan.To, cancel) != StandbyState.Active)
        {
            return Stop(terminal, $"The plan {plan.Id} is for a standby, which is not active.",
                $"mover recovery activate --plan {path}; then run this command again.");
        }

        var steps = await new RecoveryProgress(client).FindAfterDeploymentAsync(plan, path, cancel);
        if (steps.FirstOrDefault(step => step is { Name: "agents", IsDone: false }) is { } agents)
        {
            return Stop(terminal, $"Agents: {agents.Detail}.", $"{agents.Command}; then run this command again.");
        }

        var estate = await JobEstate.ReadAsync(client, group, null, cancel);
        var assigned = await new Assignments(client).ApplyAsync(
            Assignments.Decide(estate, estate.Jobs, AssignmentWish.Spread, plan.FormerAgents), cancel);
        if (assigned.FirstOrDefault(one => one.Refused is not null) is { } denied)
        {
            return Stop(terminal, $"Agents: cannot assign an agent to the job {denied.Job.Name}: {denied.Refused}",
                "Fix the cause, then run this command again.");
        }

        estate = await JobEstate.ReadAsync(client, group, null, cancel);
        terminal.Error.WriteLine($"Assigned: {estate.Jobs.Count} jobs over {estate.Agents.Count(agent => agent.IsOnline)} agents.");
        var given = await new Grants(client, group).GiveAsync(estate, estate.Jobs, cancel);
        terminal.Error.WriteLine(
            $"Granted: {given.Count(grant => grant.Outcome == GrantOutcome.Given)} roles, "
                + $"{given.Count(grant => grant.Outcome == GrantOutcome.Present)} already existed.");
        foreach (var elsewhere in given.Where(grant => grant.Outcome == GrantOutcome.Elsewhere))
        {
            terminal.Error.WriteLine($"Not granted: {elsewhere.Role.RoleName} on {elsewhere.Scope}. {elsewhere.Reason}");
        }

        if (given.FirstOrDefault(grant => grant.Outcome == GrantOutcome.Refused) is { } refused)
        {
            return Stop(
                terminal, $"Rights: {refused.Role.RoleName} on {refused.Scope} was rejected: {refused.Reason}",
                "Ask a User Access Administrator to grant it, then run this command again.");
        }

        var (blocked, held) = (0, 0);
        var starts = new Starts(client, plan.FinishedMirrors);
        await foreach (var start in starts.RunAsync(estate, estate.Jobs, given, again: false, onlyChecks: false, cancel))
        {
            terminal.Out.WriteLine($"{start.Job}: {start.Outcome} {start.Run} {string.Join(' ', start.Reasons)}".TrimEnd());
            blocked += start.Outcome == StartOutcome.Blocked ? 1 : 0;
            held += start.Outcome == StartOutcome.Held ? 1 : 0;
        }

        if (held > 0)
        {
            terminal.Error.WriteLine($"Not started: {(held == 1 ? "1 mirror" : $"{held} mirrors")} that had succeeded before the snapshot; see above.");
        }

        return blocked == 0
            ? ExitCodes.Ok
            : Stop(terminal, $"{blocked} jobs could not be started.", "See the reasons above, then run this command again.");
    }

    private static int Stop(Terminal terminal, string why, string next)
    {
        terminal.Error.WriteLine($"mover: Stopped. {why}");
        terminal.Error.WriteLine($"       {next}");
        return ExitCodes.NotReady;
    }
}
