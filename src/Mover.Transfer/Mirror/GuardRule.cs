using System.Globalization;
using Mover.Core.Jobs;

namespace Mover.Transfer.Mirror;

/// <summary>The delete guard's rule.</summary>
internal static class GuardRule
{
    /// <summary>The fault that stops a mirror before it deletes; null when it may.</summary>
    public static JobFault? Check(DeleteGuard guard, long deletions, long targetItems, long sourceItems)
    {
        if (deletions == 0 || guard.ShareMax >= 1)
        {
            return null;
        }

        var isTooMany = deletions >= guard.ItemsMin && deletions > guard.ShareMax * targetItems;
        return isTooMany || sourceItems == 0
            ? new(StatusCodes.JobOther, string.Create(
                CultureInfo.InvariantCulture,
                $"The delete guard stopped the mirror: {deletions} of {targetItems} target items would be deleted (at most "
                    + $"{guard.ShareMax:P0} may), and the source has {sourceItems}. Nothing was deleted."))
            : null;
    }
}
