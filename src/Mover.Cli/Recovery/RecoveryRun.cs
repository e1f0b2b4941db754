using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Core.Arm;
using Mover.Recovery;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Standby;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary>The steps of a recovery, one after the other, until a person must decide.</summary>
/// <param name="plane">The destination.</param>
/// <param name="line">The command itself, to be pasted again.</param>
/// <param name="register">How <c>mover agent register</c> finds the destination.</param>
/// <param name="terminal">Where lines go.</param>
internal sealed class RecoveryRun(ControlPlane plane, RunLine line, string register, Terminal terminal)
{
    /// <summary>The plan to carry out: that of the file, or a new one. Null when the run stopped.</summary>
    public async Task<RecoveryPlan?> PlanAsync(ParseResult parsed, PlanFlags wish, CancellationToken cancel)
    {
        var path = line.PlanFile;
        var before = File.Exists(path) ? PlanFile.Read(path) : null;
        var check = new PlanCheck(wish, plane, terminal.Clock);
        if (before is not null && check.Refuse(parsed, before) is { } other)
        {
            var (region, group) = wish.Said(parsed);
            var wanted = new PlanPlace(region ?? before.To.Location, group ?? before.To.ResourceGroup);
            var file = Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, $"plan-{wanted.Group}-{wanted.Region}.json");
            Stop($"Cannot use the plan in {path}. {other}", "Use another file, or the group and region of that plan.",
                new(line.With(file).Run(wanted, isReviewed: false)));
            return null;
        }

        // What was in the way may be mended.
        if (before is null || (!before.IsReady() && before.Standby is null))
        {
            var plan = await MakeAsync(parsed, wish, before, cancel);
            if (plan.Problems.FirstOrDefault(problem => problem.IsBlocking) is { } blocking)
            {
                Stop($"Something blocks the plan: {blocking.Code}: {blocking.Message}",
                    $"{blocking.Advice} This command then makes the plan again.", new(line.Run(plan, isReviewed: false)));
                return null;
            }

            return plan;
        }

        if (before.Standby is not null)
        {
            return before;
        }

        var (trusted, refused) = await check.TrustedAsync(parsed, before, cancel);
        if (refused is not null)
        {
            Stop($"Cannot use the plan in {path}. {refused}", "Make it again and review it, or use the flags that it was made with.",
                new(line.Plan(new(trusted.To.Location, trusted.To.ResourceGroup))));
            return null;
        }

        return trusted;
    }

    /// <summary>Stops before anything is written.</summary>
    public int WaitForReview(RecoveryPlan plan) =>
        Stop($"The plan {plan.Id} is ready; nothing is deployed yet.", "Review it, then continue.", new(line.Run(plan, isReviewed: true)));

    /// <summary>Carries the plan out, from where it is.</summary>
    public async Task<int> GoOnAsync(ParseResult parsed, PlanFlags wish, RecoveryPlan plan, CancellationToken cancel)
    {
        var again = new NextCommand(line.Run(plan, isReviewed: true));
        if (plan.Standby is not null)
        {
            if (await StandbyMark.FindAsync(plane.Client, plan.To, cancel) != StandbyState.Active)
            {
                return Stop($"The plan {plan.Id} is for a standby, which is not active.", "Activate it, then run this command again.",
                    new(line.Activate()));
            }
        }
        else if (!await DeployAsync(parsed, wish, plan, cancel))
        {
            return ExitCodes.NotReady;
        }

        var steps = await new RecoveryProgress(plane.Client, new() { Register = register })
            .FindAfterDeploymentAsync(plan, line.PlanFile, cancel);
        if (steps.FirstOrDefault(step => step is { Name: RecoveryStep.AgentsStep, IsDone: false }) is { } agents)
        {
            return Stop($"Agents: {agents.Detail}.", "Register and run one; continue when it is online.",
                again with { Agents = agents.Agents });
        }

        return await StartAsync(plan, again, cancel);
    }

    private async Task<RecoveryPlan> MakeAsync(ParseResult parsed, PlanFlags wish, RecoveryPlan? before, CancellationToken cancel)
    {
        var snapshot = await wish.ReadSnapshotAsync(parsed, plane, terminal.Clock, cancel);
        var (region, group) = wish.Said(parsed);
        var place = before is null || region is not null || group is not null || wish.IsTrustSaid(parsed)
            ? await wish.PlaceAsync(parsed, snapshot.Manifest.Source, plane, cancel)
            : new(before.To.Location, before.To.ResourceGroup);
        var plan = await wish.MakeAsync(parsed, snapshot, place, plane, terminal.Clock, cancel);
        PlanFile.Write(line.PlanFile, plan);
        PlanText.Write(terminal.Out, plan, "Ready.");
        return plan;
    }

    // What is deployed stays as it is: its jobs may have agents since, which the plan does not have. What the destination got before
    // that is to be seen before it is changed.
    private async Task<bool> DeployAsync(ParseResult parsed, PlanFlags wish, RecoveryPlan plan, CancellationToken cancel)
    {
        var progress = new RecoveryProgress(plane.Client);
        if (await progress.FindDeploymentAsync(plan, line.PlanFile, cancel) is { IsDone: true } done)
        {
            terminal.Error.WriteLine($"Deployed before: {done.Detail}.");
            return true;
        }

        try
        {
            var deployed = await new PlanDeployment(plane.Client, terminal.Clock).RunAsync(plan, cancel);
            terminal.Error.WriteLine($"Deployed: {deployed.Made} resources created, {deployed.Left} already up to date.");
            return true;
        }
        catch (RecoveryException stale) when (stale.Code == "PlanStale" && wish.FindFolder(parsed) is not null)
        {
            if (await progress.HasBegunAsync(plan, cancel))
            {
                throw;
            }

            var made = await MakeAsync(parsed, wish, plan, cancel);
            Stop(stale.Message, "The plan was made again. Review it, then continue.", new(line.Run(made, made.IsReady())));
            return false;
        }
    }

    private async Task<int> StartAsync(RecoveryPlan plan, NextCommand again, CancellationToken cancel)
    {
        var group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        var estate = await JobEstate.ReadAsync(plane.Client, group, null, cancel);
        var assigned = await new Assignments(plane.Client).ApplyAsync(
            Assignments.Decide(estate, estate.Jobs, AssignmentWish.Spread, plan.FormerAgents), cancel);
        if (assigned.FirstOrDefault(one => one.Refused is not null) is { } denied)
        {
            return Stop($"Agents: cannot assign an agent to the job {denied.Job.Name}: {denied.Refused}", "Fix the cause, then continue.",
                again);
        }

        estate = await JobEstate.ReadAsync(plane.Client, group, null, cancel);
        terminal.Error.WriteLine($"Assigned: {estate.Jobs.Count} jobs over {estate.Agents.Count(agent => agent.IsOnline)} agents.");
        var given = await new Grants(plane.Client, group).GiveAsync(estate, estate.Jobs, cancel);
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
                $"Rights: {refused.Role.RoleName} on {refused.Scope} was rejected: {refused.Reason}",
                $"Fix the cause, or ask a User Access Administrator to run `{line.Grant()}`; then continue.", again);
        }

        var (blocked, held) = (0, 0);
        var starts = new Starts(plane.Client, HeldMirrors.Of(plan));
        await foreach (var start in starts.RunAsync(estate, estate.Jobs, given, again: false, onlyChecks: false, cancel))
        {
            terminal.Out.WriteLine($"{start.Job}: {start.Outcome} {start.Run} {string.Join(' ', start.Reasons)}".TrimEnd());
            blocked += start.Outcome == StartOutcome.Blocked ? 1 : 0;
            held += start.Outcome == StartOutcome.Held ? 1 : 0;
        }

        if (held > 0)
        {
            terminal.Error.WriteLine($"Mirrors that had succeeded before the snapshot were not started ({held}); see above.");
        }

        return blocked == 0
            ? ExitCodes.Ok
            : Stop($"{blocked} jobs could not be started.", "Fix the reasons above, then continue.", again);
    }

    private int Stop(string why, string advice, NextCommand next)
    {
        terminal.Error.WriteLine($"mover: Stopped. {why}");
        terminal.Error.WriteLine($"       {advice}");
        next.Write(terminal.Error, "Next");
        return ExitCodes.NotReady;
    }
}
