using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Standby;

namespace Mover.Recovery.Status;

/// <summary>One step of a recovery.</summary>
/// <param name="Name">The verb, such as <c>deploy</c>.</param>
/// <param name="IsDone">Whether nothing is left to do.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Command">The command that does it, ready to paste.</param>
public sealed record RecoveryStep(string Name, bool IsDone, string Detail, string Command);

/// <summary>Finds how far a recovery is, at the destination itself: nothing is kept that could be wrong about it.</summary>
public sealed class RecoveryProgress(MoverClient client)
{
    private const int NamedMax = 3;

    /// <summary>The steps from deployment to start, in order. A step after one that is not done is not looked at.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="planFile">Its file, for the commands.</param>
    /// <param name="cancel">Stops looking.</param>
    public async Task<IReadOnlyList<RecoveryStep>> FindAsync(RecoveryPlan plan, string planFile, CancellationToken cancel)
    {
        var deploy = await DeployAsync(plan, $"--plan {ShellText.Of(planFile)}", cancel);
        return deploy.IsDone ? [deploy, .. await FindAfterDeploymentAsync(plan, planFile, cancel)] : [deploy];
    }

    /// <summary>The steps from the agents to the start.</summary>
    /// <param name="plan">The plan, which is deployed.</param>
    /// <param name="planFile">Its file, for the commands.</param>
    /// <param name="cancel">Stops looking.</param>
    public async Task<IReadOnlyList<RecoveryStep>> FindAfterDeploymentAsync(RecoveryPlan plan, string planFile, CancellationToken cancel)
    {
        var with = $"--plan {ShellText.Of(planFile)}";
        var group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        var steps = new List<RecoveryStep>();
        var estate = await JobEstate.ReadAsync(client, group, null, cancel);
        steps.Add(Agents(estate, group));
        steps.Add(Assign(estate, with));
        if (!steps[^1].IsDone)
        {
            return steps;
        }

        var rights = await new Grants(client, group).FindAsync(estate, estate.Jobs, cancel);
        var missing = rights.Where(right => right.Outcome == GrantOutcome.Missing).ToList();
        steps.Add(new(
            "grant", missing.Count == 0,
            missing.Count == 0
                ? $"all {rights.Count} roles are assigned"
                : $"{missing.Count} of {rights.Count} roles are missing: {Named(missing.Select(right => $"{right.Role.RoleName} on "
                    + $"{right.Scope}"))}",
            $"mover recovery grant {with}"));
        var finished = FinishedMirror.NamesOf(plan.FinishedMirrors);
        var waiting = estate.Jobs.Where(job => string.IsNullOrEmpty(job.Properties.LatestJobRunStatus))
            .ToLookup(job => finished.Contains(job.Name));
        var (held, idle) = (waiting[true].Count(), waiting[false].ToList());
        steps.Add(new(
            "start", idle.Count == 0,
            idle.Count == 0
                ? $"all {estate.Jobs.Count} jobs are running or have run here" + (held == 0
                    ? string.Empty
                    : $", except {FinishedMirror.Count(held)} that had succeeded before the snapshot")
                : $"{idle.Count} of {estate.Jobs.Count} jobs have not run here: {Named(idle.Select(job => job.Name))}",
            $"mover recovery start {with}"));
        return steps;
    }

    private async Task<RecoveryStep> DeployAsync(RecoveryPlan plan, string with, CancellationToken cancel)
    {
        var deployment = await client.FindAsync(WhatIf.DeploymentOf(plan.To, plan.Id), cancel);
        var state = deployment?["properties"]?["provisioningState"]?.ToString();
        var isThere = state == "Succeeded" && await IsThereAsync(plan, cancel) && await IsLastStepAsync(plan, deployment, cancel);
        return new(
            "deploy", isThere,
            state switch
            {
                null => $"nothing of the plan {plan.Id} is deployed",
                "Succeeded" when !isThere => $"the plan {plan.Id} was deployed, but some of its resources are missing",
                "Succeeded" => $"the plan {plan.Id} is deployed to {plan.To.ResourceGroup} in {plan.To.Location}",
                _ => $"the deployment of the plan {plan.Id} is {state}",
            },
            $"mover recovery deploy {with}");
    }

    // The record of a deployment outlives what it made.
    private async Task<bool> IsThereAsync(RecoveryPlan plan, CancellationToken cancel)
    {
        var group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        if ((await client.FindAsync(group, cancel))?["tags"]?[PlanId.Tag]?.ToString() != plan.Id)
        {
            return false;
        }

        foreach (var mover in StandbyEstate.Of(plan).Where(id => ArmCase.Same(id.Type, EstateTypes.Mover)))
        {
            if (await client.FindAsync(mover, cancel) is null)
            {
                return false;
            }
        }

        return true;
    }

    // Of a plan that was taken back and is deployed again, the first of two steps may be the newer one.
    private async Task<bool> IsLastStepAsync(RecoveryPlan plan, JsonObject? deployment, CancellationToken cancel) =>
        plan.Later.Count == 0 || await client.FindAsync(FirstStep.IdOf(plan), cancel) is not { } first
        || TimeOf(first) <= TimeOf(deployment);

    private static DateTimeOffset? TimeOf(JsonObject? deployment) => DateTimeOffset.TryParse(
        deployment?["properties"]?["timestamp"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        ? time
        : null;

    private static RecoveryStep Agents(JobEstate estate, ResourceId group)
    {
        var without = estate.Movers.Where(mover => !estate.Agents.Any(agent => agent.IsOnline && agent.Id.Parent == mover)).ToList();
        var lacking = (without.Count > 0 ? without : estate.Movers)[0];
        return new(
            "agents", without.Count == 0,
            without.Count == 0
                ? $"{estate.Agents.Count(agent => agent.IsOnline)} agents are online"
                : $"no agent is online for {Named(without.Select(mover => mover.Name))}",
            $"mover agent register --resource-group {ShellText.Of(group.Name)} --storage-mover-name {ShellText.Of(lacking.Name)} --name "
                + $"AGENT, "
                + "then mover agent run, on the agent's host");
    }

    private static RecoveryStep Assign(JobEstate estate, string with)
    {
        var unassigned = estate.Jobs.Where(job => estate.AgentOf(job) is not { IsOnline: true }).ToList();
        return new(
            "assign", unassigned.Count == 0,
            unassigned.Count == 0
                ? $"all {estate.Jobs.Count} jobs have an online agent"
                : $"{unassigned.Count} of {estate.Jobs.Count} jobs have no online agent: "
                    + $"{Named(unassigned.Select(job => job.Name))}",
            $"mover recovery assign {with} --spread");
    }

    private static string Named(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join(", ", all.Take(NamedMax)) + (all.Count > NamedMax ? $" and {all.Count - NamedMax} more" : string.Empty);
    }
}
