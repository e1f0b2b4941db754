using Mover.Client;
using Mover.Core.Arm;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Status;

namespace Mover.Recovery.Standby;

/// <summary>How far a recovery by a standby is: whether it is in step, and whether it was activated.</summary>
/// <param name="client">The destination.</param>
/// <param name="clock">The time.</param>
/// <param name="flags">Flags that the commands repeat; null for none.</param>
public sealed class StandbyProgress(MoverClient client, TimeProvider clock, PastedFlags? flags = null)
{
    /// <summary>The name of the step that puts the standby in step.</summary>
    public const string StandbyStep = "standby";

    /// <summary>The name of the step that is to do for as long as no region is lost.</summary>
    public const string ActivateStep = "activate";

    /// <summary>The steps before those that every recovery has; only reads what any reader of the group may see.</summary>
    /// <param name="plan">The standby's plan.</param>
    /// <param name="planFile">Its file, for the commands.</param>
    /// <param name="snapshot">The newest snapshot.</param>
    /// <param name="folder">Its folder, for the commands.</param>
    /// <param name="cancel">Stops looking.</param>
    public async Task<IReadOnlyList<RecoveryStep>> FindAsync(
        RecoveryPlan plan, string planFile, Snapshot snapshot, string folder, CancellationToken cancel)
    {
        var group = await client.FindAsync(ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup), cancel);
        var state = StandbyMark.StateOf(group);
        var (isInStep, detail) = state switch
        {
            StandbyState.Absent or StandbyState.Foreign => (false, $"no standby in {plan.To.ResourceGroup}"),
            StandbyState.Active or StandbyState.Activating => (true, $"{plan.To.ResourceGroup} in {plan.To.Location}"),
            _ => InStep(plan, snapshot, group?["tags"]?[PlanId.Tag]?.ToString()),
        };
        var (from, with) = ($"--from {ShellText.Of(folder)}", $"--plan {ShellText.Of(planFile)}");
        return
        [
            new(StandbyStep, isInStep, detail,
                $"mover recovery standby {from} --to {ShellText.Of(plan.To.Location)} --group {ShellText.Of(plan.To.ResourceGroup)} {with}"
                    + $"{flags?.Standby}{flags?.Connection}"),
            new(ActivateStep, state == StandbyState.Active,
                state switch
                {
                    StandbyState.Active => "it is active",
                    StandbyState.Activating => "started but not finished",
                    _ => "its schedules are off",
                },
                $"mover recovery activate {with} {from}{flags?.Activate}{flags?.Connection}"),
        ];
    }

    private (bool IsInStep, string Detail) InStep(RecoveryPlan plan, Snapshot snapshot, string? deployed)
    {
        var now = clock.GetUtcNow();
        var age = Ages.Of(now - plan.From.TakenAt);
        if (deployed != plan.Id)
        {
            return (false, $"the standby in {plan.To.ResourceGroup} was made from plan {deployed}, not from this one ({plan.Id})");
        }

        return plan.From.TemplateDigest == snapshot.Manifest.TemplateDigest
            ? (true, $"in step with the snapshot, which is {Ages.Of(now - snapshot.Manifest.TakenAt)} old; `standby --check` shows drift")
            : (false, $"in step with a snapshot that is {age} old; the newest is {Ages.Of(now - snapshot.Manifest.TakenAt)} old");
    }
}
