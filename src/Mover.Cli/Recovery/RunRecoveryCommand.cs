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
        var file = new Option<string>("--plan") { Description = "File of the plan; made when it is not there.", HelpName = "file",
            Required = true };
        var yes = new Option<bool>("--yes") { Description = "The plan was read: deploy it." };
        var connection = new ConnectionFlags();
        var command = new Command(
            "run", "Recover in one command: plan, deploy, assign, grant, start. It stops where you must decide (exit code 8) and goes on "
                + "when repeated.")
        {
            file, yes,
        };
        wish.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = connection.Open(parsed, terminal);
            var path = parsed.GetRequiredValue(file);
            if (!File.Exists(path))
            {
                var snapshot = await wish.ReadSnapshotAsync(parsed, plane, terminal.Clock, cancel);
                var made = await wish.MakeAsync(parsed, snapshot, plane, terminal.Clock, cancel);
                PlanFile.Write(path, made);
                PlanText.Write(terminal.Out, made, null);
            }

            var plan = PlanFile.Read(path);
            if (!plan.IsReady())
            {
                return Stop(terminal, "Something is in the way of the plan.", $"See to it, delete {path}, and repeat this command.");
            }

            if (!parsed.GetValue(yes))
            {
                return Stop(terminal, $"The plan {plan.Id} is ready and nothing is deployed.",
                    "Read it, then repeat this command with --yes.");
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
            terminal.Error.WriteLine($"Deployed: {deployed.Made} resources made, {deployed.Left} as they should be.");
        }
        else if (await StandbyMark.FindAsync(client, plan.To, cancel) != StandbyState.Active)
        {
            return Stop(terminal, $"The plan {plan.Id} is that of a standby, which is not in use.",
                $"mover recovery activate --plan {path}; then repeat this command.");
        }

        var steps = await new RecoveryProgress(client).FindAfterDeploymentAsync(plan, path, cancel);
        if (steps.FirstOrDefault(step => step is { Name: "agents", IsDone: false }) is { } agents)
        {
            return Stop(terminal, $"Agents: {agents.Detail}.", $"{agents.Command}; then repeat this command.");
        }

        var estate = await JobEstate.ReadAsync(client, group, null, cancel);
        var assigned = await new Assignments(client).ApplyAsync(
            Assignments.Decide(estate, estate.Jobs, AssignmentWish.Spread, plan.FormerAgents), cancel);
        if (assigned.FirstOrDefault(one => one.Refused is not null) is { } denied)
        {
            return Stop(terminal, $"Agents: the job {denied.Job.Name} could not be assigned: {denied.Refused}",
                "Remove the cause, then repeat this command.");
        }

        estate = await JobEstate.ReadAsync(client, group, null, cancel);
        terminal.Error.WriteLine($"Assigned: {estate.Jobs.Count} jobs over {estate.Agents.Count(agent => agent.IsOnline)} agents.");
        var given = await new Grants(client, group).GiveAsync(estate, estate.Jobs, cancel);
        terminal.Error.WriteLine(
            $"Granted: {given.Count(grant => grant.Outcome == GrantOutcome.Given)} roles, "
                + $"{given.Count(grant => grant.Outcome == GrantOutcome.Present)} were there.");
        foreach (var elsewhere in given.Where(grant => grant.Outcome == GrantOutcome.Elsewhere))
        {
            terminal.Error.WriteLine($"Not granted: {elsewhere.Role.RoleName} on {elsewhere.Scope}. {elsewhere.Reason}");
        }

        if (given.FirstOrDefault(grant => grant.Outcome == GrantOutcome.Refused) is { } refused)
        {
            return Stop(
                terminal, $"Rights: {refused.Role.RoleName} on {refused.Scope} was refused: {refused.Reason}",
                "Have it granted by who may (User Access Administrator), then repeat this command.");
        }

        var blocked = 0;
        await foreach (var start in new Starts(client).RunAsync(estate, estate.Jobs, given, again: false, onlyChecks: false, cancel))
        {
            terminal.Out.WriteLine($"{start.Job}: {start.Outcome} {start.Run} {string.Join(' ', start.Reasons)}".TrimEnd());
            blocked += start.Outcome == StartOutcome.Blocked ? 1 : 0;
        }

        return blocked == 0
            ? ExitCodes.Ok
            : Stop(terminal, $"{blocked} jobs could not be started.", "See the reasons above, then repeat this command.");
    }

    private static int Stop(Terminal terminal, string why, string next)
    {
        terminal.Error.WriteLine($"mover: Stopped. {why}");
        terminal.Error.WriteLine($"       {next}");
        return ExitCodes.NotReady;
    }
}
