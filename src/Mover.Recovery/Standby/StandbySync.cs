using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Regions;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Standby;

/// <summary>A standby, compared with its newest snapshot.</summary>
/// <param name="Plan">The plan of that snapshot.</param>
/// <param name="Drift">What differs.</param>
/// <param name="IsNew">Whether there was no standby.</param>
public sealed record StandbyCheck(RecoveryPlan Plan, StandbyDrift Drift, bool IsNew)
{
    /// <summary>The snapshot.</summary>
    public required Snapshot Snapshot { get; init; }

    /// <summary>The wishes, with the agents that jobs have at the standby.</summary>
    public required PlanOptions Options { get; init; }

    /// <summary>What stands in the way of a repair. What the destination refuses may be mended by replacing resources first.</summary>
    public IReadOnlyList<PlanProblem> InTheWay =>
        [.. Plan.Problems.Where(problem => problem.IsBlocking && !(problem.Code == "DestinationRefuses" && Drift.Replacements.Count > 0))];
}

/// <summary>What a repair did.</summary>
/// <param name="Written">Resources that were created or changed.</param>
/// <param name="Deleted">Ids that were deleted.</param>
/// <param name="Kept">What the snapshot no longer has and stays, with the reason.</param>
public sealed record StandbyRepair(int Written, IReadOnlyList<string> Deleted, IReadOnlyList<StandbyKept> Kept);

/// <summary>
/// Keeps a standby in step with the snapshots: a storage mover that was deployed in advance, with its schedules off. What the snapshot has
/// is deployed; what earlier plans of the standby made and the snapshot no longer has is deleted. Agents, their assignments and whatever
/// else a person added stay.
/// </summary>
public sealed class StandbySync(MoverClient client, RegionCatalogue regions, TimeProvider clock)
{
    /// <summary>Up to so many deletions are always allowed.</summary>
    public const int DeletionsMin = 10;

    /// <summary>More than this share of a standby is deleted only when a person says so.</summary>
    public const double DeletionShareMax = 0.5;

    /// <summary>Makes the plan of a snapshot anew and compares. Writes nothing.</summary>
    /// <param name="snapshot">The newest snapshot.</param>
    /// <param name="options">The wishes, the same as for a recovery's plan.</param>
    /// <param name="last">The plan that the standby was last made of; null when there is none, and then nothing but what is tagged is
    /// deleted.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="RecoveryException">The group is in use, or the last plan is of something else.</exception>
    public Task<StandbyCheck> CheckAsync(Snapshot snapshot, PlanOptions options, RecoveryPlan? last, CancellationToken cancel) =>
        CheckAsync(snapshot, options, last, new Dictionary<string, string>(StringComparer.Ordinal), cancel);

    private async Task<StandbyCheck> CheckAsync(
        Snapshot snapshot, PlanOptions options, RecoveryPlan? last, IReadOnlyDictionary<string, string> agents, CancellationToken cancel)
    {
        RequireOwn(last, options.To);
        var state = await StandbyMark.FindAsync(client, options.To, cancel);
        if (state is StandbyState.Activating or StandbyState.Active)
        {
            throw StandbyMark.IsActive(options.To, state);
        }

        var estate = state == StandbyState.Standby ? await StandbyEstate.ReadAsync(client, options.To, cancel) : new(Nothing);
        var assigned = new Dictionary<string, string>(agents.Concat(estate.Agents()).DistinctBy(
            one => one.Key, StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);
        options = options with { StandbyAgents = assigned, Without = [] };
        var plan = await new PlanMaker(client, regions, clock).MakeAsync(snapshot, options, cancel);
        var made = (last?.Standby?.Former ?? []).Concat(last is null ? [] : StandbyEstate.Of(last).Select(id => id.Text))
            .DistinctBy(ArmCase.Lower, StringComparer.Ordinal).ToList();
        var wanted = StandbyEstate.Of(plan).Select(id => id.Key).ToHashSet(StringComparer.Ordinal);
        plan = plan with
        {
            Standby = new(last?.Standby?.SnapshotFolder, [.. made.Where(text => !wanted.Contains(ArmCase.Lower(text)))]),
        };
        var drift = StandbyDrift.Of(plan, estate, made.Select(ArmCase.Lower).ToHashSet(StringComparer.Ordinal));
        return new(plan, drift, state == StandbyState.Absent) { Snapshot = snapshot, Options = options };
    }

    /// <summary>Repairs what was found to differ. Repeated after an interruption it goes on.</summary>
    /// <param name="check">What was found.</param>
    /// <param name="allowsDeletions">Whether more than <see cref="DeletionShareMax"/> of the standby may be deleted.</param>
    /// <param name="keep">Keeps the plan, before the first write and after the last one.</param>
    /// <param name="cancel">Stops between two writes.</param>
    public async Task<StandbyRepair> RepairAsync(
        StandbyCheck check, bool allowsDeletions, Action<RecoveryPlan> keep, CancellationToken cancel)
    {
        if (check.InTheWay.Count > 0)
        {
            throw NotReady(check.InTheWay[0]);
        }

        var (plan, drift, _) = check;
        var deletions = drift.Deletions;
        if (!allowsDeletions && deletions.Count > DeletionsMin && deletions.Count > DeletionShareMax * drift.Count)
        {
            throw new RecoveryException(
                "TooManyDeletions",
                $"The snapshot no longer has {deletions.Count} of the standby's {drift.Count} resources. Nothing was changed.",
                "Check the snapshot first: the standby may be the only copy left. If the snapshot is correct, run again with "
                    + "--allow-deletions.");
        }

        if (drift.Replacements.Count > 0)
        {
            foreach (var id in Topmost(drift.Replacements))
            {
                await client.DeleteAsync(id, cancel);
            }

            // The last plan is still the one that says what is the standby's own.
            var agents = check.Options.StandbyAgents ?? new Dictionary<string, string>(StringComparer.Ordinal);
            var again = await CheckAsync(check.Snapshot, check.Options, plan, agents, cancel);
            return again.Drift.Replacements.Count == 0
                ? await RepairAsync(again, allowsDeletions, keep, cancel)
                : throw NotReady(plan.Problems.First(problem => problem.IsBlocking));
        }

        keep(plan);
        var deployed = plan.Effects.Any(effect => effect.Change is not (WhatIf.NoChange or "Unsupported"))
            ? await new PlanDeployment(client, clock).RunAsync(plan, cancel)
            : new(0, plan.Effects.Count);
        var (deleted, kept) = (new List<string>(), drift.Kept.ToList());
        foreach (var id in Topmost(deletions))
        {
            await DeleteAsync(id, deleted, kept, cancel);
        }

        keep(plan with { Standby = plan.Standby is { } notes ? notes with { Former = [.. kept.Select(one => one.Id)] } : null });
        return new(deployed.Made, deleted, kept);
    }

    private static Dictionary<string, System.Text.Json.Nodes.JsonObject> Nothing => new(StringComparer.Ordinal);

    private static RecoveryException NotReady(PlanProblem problem) => new("PlanNotReady", problem.Message, problem.Advice);

    private static void RequireOwn(RecoveryPlan? last, PlanTarget to)
    {
        if (last is { Standby: null })
        {
            throw new RecoveryException(
                "PlanNotOfStandby", $"The plan {last.Id} is for a recovery, not for a standby.", "Use another file with --plan.");
        }

        if (last is not null && !IsSamePlace(last.To, to))
        {
            throw new RecoveryException(
                "StandbyElsewhere",
                $"The plan is for a standby in the group '{last.To.ResourceGroup}' in {last.To.Location}, not in '{to.ResourceGroup}' in "
                    + $"{to.Location}.",
                "Each standby needs its own plan file; specify another with --plan.");
        }
    }

    private static bool IsSamePlace(PlanTarget one, PlanTarget other) =>
        ArmCase.Same(one.SubscriptionId, other.SubscriptionId) && ArmCase.Same(one.ResourceGroup, other.ResourceGroup)
        && ArmCase.Same(one.Location, other.Location);

    // What is below goes along. Jobs first: endpoints that a job names cannot be deleted.
    private static IEnumerable<ResourceId> Topmost(IReadOnlyList<ResourceId> deletions) => deletions
        .Where(id => !deletions.Any(other => StandbyDrift.IsBelow(id, other)))
        .OrderByDescending(id => EstateTypes.RankOf(id.Type)).ThenBy(id => id.Key, StringComparer.Ordinal);

    // A person's job may name an endpoint that the snapshot no longer has: it stays with the job.
    private async Task DeleteAsync(ResourceId id, List<string> deleted, List<StandbyKept> kept, CancellationToken cancel)
    {
        try
        {
            await client.DeleteAsync(id, cancel);
            deleted.Add(id.Text);
        }
        catch (ArmException refused) when (refused.Error.Status is 400 or 403 or 409)
        {
            kept.Add(new(id.Text, $"{refused.Error.Code}: {refused.Error.Message}"));
        }
    }
}
