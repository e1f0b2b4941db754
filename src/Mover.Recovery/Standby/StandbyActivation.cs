using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Standby;

/// <summary>What an activation did.</summary>
/// <param name="WasActive">Whether the standby had been activated already, so that nothing was done.</param>
/// <param name="SchedulesOn">Jobs whose schedule is on now and was off: <c>mover/project/job</c>.</param>
/// <param name="NotOn">Jobs whose schedule could not be switched on, with the reason.</param>
public sealed record ActivatedStandby(bool WasActive, IReadOnlyList<string> SchedulesOn, IReadOnlyList<StandbyKept> NotOn);

/// <summary>
/// Makes a standby the one in use: the schedules that were on in the snapshot are switched on and the mark is removed; the recovery's own
/// tag stays. Repeated after an interruption it goes on, and afterwards it does nothing.
/// </summary>
public sealed class StandbyActivation(MoverClient client)
{
    private const int NamedMax = 10;

    /// <summary>Activates.</summary>
    /// <param name="plan">The standby's plan.</param>
    /// <param name="snapshot">The newest snapshot, to compare with; null when a person takes the standby as it is.</param>
    /// <param name="cancel">Stops between two writes.</param>
    /// <exception cref="RecoveryException">The plan is of no standby, there is none, or it is behind its snapshot.</exception>
    public async Task<ActivatedStandby> RunAsync(RecoveryPlan plan, Snapshot? snapshot, CancellationToken cancel)
    {
        if (plan.Standby is null)
        {
            throw new RecoveryException(
                "PlanNotOfStandby", $"The plan {plan.Id} is for a recovery, not for a standby.",
                "Deploy it with `mover recovery deploy`, or specify the plan of the standby.");
        }

        var group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        switch (await StandbyMark.FindAsync(client, plan.To, cancel))
        {
            case StandbyState.Active:
                return new(WasActive: true, [], []);
            case StandbyState.Absent or StandbyState.Foreign:
                throw new RecoveryException(
                    "StandbyMissing", $"The group '{plan.To.ResourceGroup}' has no standby.",
                    "Create one with `mover recovery standby`, or recover with `mover recovery run`.");
            case StandbyState.Standby:
                await RequireInStepAsync(plan, snapshot, cancel);
                break;
        }

        await StandbyMark.SetAsync(client, group, StandbyMark.Activating, cancel);
        var (switched, failed) = (new List<string>(), new List<StandbyKept>());
        foreach (var name in plan.SchedulesOff)
        {
            await SwitchOnAsync(group, name, switched, failed, cancel);
        }

        await foreach (var mover in client.ListAsync($"{group}/providers/{EstateTypes.Mover}", cancel))
        {
            if (mover["tags"]?[StandbyMark.Tag] is not null)
            {
                await StandbyMark.SetAsync(client, Estate.IdOf(mover), null, cancel);
            }
        }

        await StandbyMark.SetAsync(client, group, null, cancel);
        return new(WasActive: false, switched, failed);
    }

    private async Task RequireInStepAsync(RecoveryPlan plan, Snapshot? snapshot, CancellationToken cancel)
    {
        if (snapshot is null)
        {
            return;
        }

        var reasons = new List<string>();
        if (snapshot.Manifest.TemplateDigest != plan.From.TemplateDigest)
        {
            reasons.Add(
                $"it is in step with the snapshot of {plan.From.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, but the newest is of "
                    + $"{snapshot.Manifest.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        }

        var (effects, refused) = await WhatIf.AskAsync(client, plan.Template, plan.To, plan.Id, cancel);
        if (refused is not null)
        {
            reasons.Add(refused.Message);
        }

        var differing = effects.Where(effect => effect.Change is not (WhatIf.NoChange or "Unsupported")).ToList();
        if (differing.Count > 0)
        {
            reasons.Add(
                $"{differing.Count} resources differ from its plan: "
                    + string.Join(", ", differing.Take(NamedMax).Select(effect => $"{effect.Id} ({effect.Change})")));
        }

        if (reasons.Count > 0)
        {
            throw new RecoveryException(
                "StandbyBehind", $"The standby in '{plan.To.ResourceGroup}' is behind its snapshot: {string.Join("; ", reasons)}.",
                "Repair it with `mover recovery standby`, or use --accept-behind to activate it anyway.");
        }
    }

    // A job that a person removed at the standby, or a schedule that the service no longer takes, holds nothing up.
    private async Task SwitchOnAsync(
        ResourceId group, string name, List<string> switched, List<StandbyKept> failed, CancellationToken cancel)
    {
        if (name.Split('/') is not [var mover, var project, var job])
        {
            return;
        }

        var id = group.Provider(EstateTypes.Mover, mover).Child(Project.Described, project).Child(JobDefinition.Described, job);
        if (await client.FindAsync(id, cancel) is not { } found || found["properties"]?["schedule"] is not JsonObject schedule)
        {
            failed.Add(new(name, "the job or its schedule does not exist"));
            return;
        }

        if (schedule["isActive"]?.GetValue<bool>() == true)
        {
            return;
        }

        var wanted = schedule.DeepClone().AsObject();
        wanted["isActive"] = true;
        try
        {
            await client.PatchAsync(id, new() { ["properties"] = new JsonObject { ["schedule"] = wanted } }, cancel);
            switched.Add(name);
        }
        catch (ArmException refused) when (refused.Error.Status is 400 or 409)
        {
            failed.Add(new(name, $"{refused.Error.Code}: {refused.Error.Message}"));
        }
    }
}
