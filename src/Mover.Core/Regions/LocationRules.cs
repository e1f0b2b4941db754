using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Core.Regions;

/// <summary>Where tracked resources may be. Pure.</summary>
public static class LocationRules
{
    /// <summary>
    /// Null when a resource may be where it is wanted: a new one in a region of the catalogue, another where it is already. A missing
    /// location is judged by the rules of its type, and what is below a tracked resource has none.
    /// </summary>
    /// <param name="regions">The regions that are known.</param>
    /// <param name="id">The resource or resource group.</param>
    /// <param name="before">Where it is; null for a new one.</param>
    /// <param name="wanted">Where the request says it should be.</param>
    public static ArmError? Check(RegionCatalogue regions, ResourceId id, string? before, string? wanted)
    {
        if (string.IsNullOrWhiteSpace(wanted) || !IsTracked(id))
        {
            return null;
        }

        var isGroup = id.Type.Length == 0;
        if (before is not null)
        {
            return Tracked.Normal(before) == Tracked.Normal(wanted) ? null
                : isGroup ? ArmErrors.InvalidResourceGroupLocation(before, wanted)
                : ArmErrors.InvalidResourceLocation(id, before, wanted);
        }

        return regions.Find(wanted) is not null ? null
            : isGroup ? ArmErrors.LocationNotAvailableForResourceGroup(wanted, regions.All.Select(region => region.Name))
            : ArmErrors.LocationNotAvailableForResourceType(wanted, id.Type, regions.All.Select(region => region.Name));
    }

    // Groups, and what lies directly in a group or subscription.
    private static bool IsTracked(ResourceId id) => id.Type.Length == 0 || id.Type.Count(c => c == '/') == 1;
}
