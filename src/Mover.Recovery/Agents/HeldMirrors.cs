using System.Collections.Frozen;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery.Plans;
using Mover.Recovery.Status;

namespace Mover.Recovery.Agents;

/// <summary>
/// The mirrors that do not start unasked in a group that was recovered: they had succeeded before the snapshot, so their targets may be in
/// use, and a run deletes what the source does not have. Only the plan knows which those are.
/// </summary>
public sealed class HeldMirrors
{
    private readonly FrozenSet<string> _finished;
    private readonly bool _isUnknown;

    private HeldMirrors(IEnumerable<string> finished, bool isUnknown)
    {
        _finished = finished.Select(ArmCase.Lower).ToFrozenSet(StringComparer.Ordinal);
        _isUnknown = isUnknown;
    }

    /// <summary>Those that a plan names.</summary>
    public static HeldMirrors Of(RecoveryPlan plan) => new(plan.FinishedMirrors ?? [], isUnknown: false);

    /// <summary>Without a plan: in a group that was recovered, it is unknown which mirrors those are; in others there are none.</summary>
    /// <param name="client">The destination.</param>
    /// <param name="group">The group of the jobs.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <exception cref="RecoveryException">See <see cref="InterruptedStep"/>.</exception>
    public static Task<HeldMirrors> OfGroupAsync(MoverClient client, ResourceId group, CancellationToken cancel) =>
        InterruptedStep.GuardAsync(
            "Reading the group", () => "Nothing was started.",
            async () => new HeldMirrors([], (await client.FindAsync(group, cancel))?["tags"]?[PlanId.Tag] is not null));

    /// <summary>Whether a plan names the job.</summary>
    public bool Names(EstateJob job) => _finished.Contains(ArmCase.Lower(job.Name));

    /// <summary>Why a job does not start unasked; null when the plan does not name it.</summary>
    public string? WhyHeld(EstateJob job) => Names(job)
        ? "This mirror had succeeded before the snapshot, so its target may be in use, and a run deletes what the source does not have. "
            + $"To run it anyway: {Anyway(job)}"
        : null;

    /// <summary>Why a job that has not run here cannot start without the plan; null when it can.</summary>
    public string? WhyBlocked(EstateJob job) => _isUnknown && job.Properties is { CopyMode: CopyModes.Mirror, Schedule: null }
        ? "This group was recovered from a snapshot, and only the plan knows whether this mirror had succeeded before; then its target may "
            + $"be in use, and a run deletes what the source does not have. Use --plan FILE. To run it anyway: {Anyway(job)}"
        : null;

    private static string Anyway(EstateJob job) =>
        $"mover recovery start --resource-group {ShellText.Of(job.Id.ResourceGroup)} --job {ShellText.Of(job.Name)} --again";
}
