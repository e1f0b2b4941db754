using System.Globalization;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Mirror;

/// <summary>What a mirror is about to delete.</summary>
/// <param name="Deletions">Target items that would go.</param>
/// <param name="TargetItems">All items that the target held before the run: those of the source, and those that would go.</param>
/// <param name="SourceItems">All items that the source holds.</param>
/// <param name="Emptied">The source folder without anything in it below which most would go; null when there is none.</param>
internal sealed record DeletionPlan(long Deletions, long TargetItems, long SourceItems, EmptiedFolder? Emptied)
{
    /// <summary>False when an earlier attempt stored items of which it is not known whether the target had them.</summary>
    public bool IsExact { get; init; } = true;

    /// <summary>The same after an earlier stop, whose copies do not count as what the target held.</summary>
    public DeletionPlan After(long? targetItemsThen) =>
        targetItemsThen is { } then && then < TargetItems ? this with { TargetItems = Math.Max(then, Deletions) } : this;
}

/// <summary>A folder that is empty at the source and not at the target, as a mount point whose file system is not mounted.</summary>
/// <param name="Path">Where.</param>
/// <param name="Deletions">Target items below it that would go.</param>
internal sealed record EmptiedFolder(EntryPath Path, long Deletions);

/// <summary>The delete guard's rule.</summary>
internal static class GuardRule
{
    /// <summary>The fault that stops a mirror before it deletes; null when it may.</summary>
    public static JobFault? Check(DeleteGuard guard, DeletionPlan plan)
    {
        if (plan.Deletions == 0 || guard.ShareMax >= 1)
        {
            return null;
        }

        if (plan.Emptied is { } emptied && emptied.Deletions >= (guard.IsStated ? DeleteGuard.DefaultItemsMin : guard.ItemsMin))
        {
            return new(StatusCodes.JobOther, string.Create(
                CultureInfo.InvariantCulture,
                $"The delete guard stopped the mirror: the source folder {emptied.Path} is empty, but the target has {emptied.Deletions} "
                    + $"items in it. Nothing was deleted. If a file system should be mounted there, mount it and run again."));
        }

        var isTooMany = plan.Deletions >= guard.ItemsMin && plan.Deletions > guard.ShareMax * plan.TargetItems;
        return isTooMany || plan.SourceItems == 0
            ? new(StatusCodes.JobOther, string.Create(
                CultureInfo.InvariantCulture,
                $"The delete guard stopped the mirror: {plan.Deletions} of {plan.TargetItems} target items would be deleted (at most "
                    + $"{guard.ShareMax:P0} is allowed), and the source has {plan.SourceItems}. Nothing was deleted. If that "
                    + $"is correct, run 'mover copy --mode mirror' with a higher --delete-guard."))
            : null;
    }
}
