using Mover.Core.Arm;

namespace Mover.Server.StorageMovers;

/// <summary>Where a list over the groups of a subscription is: in a group, behind a storage mover of it.</summary>
/// <param name="Id">The group being listed; null before the first.</param>
/// <param name="GroupKey">The group's key in the store: the next group lies behind it.</param>
/// <param name="After">The key that the group's list goes on behind; null at its start.</param>
internal sealed record ListedGroup(ResourceId? Id, string? GroupKey, string? After)
{
    // No storage mover's name sorts behind it.
    private const string Last = "\U0010FFFF";

    /// <summary>A place behind all storage movers of the group.</summary>
    public string End => $"{GroupKey}{Mover}{Last}";

    private static string Mover => "/providers/microsoft.storagemover/storagemovers/";

    /// <summary>The start of a group.</summary>
    public static ListedGroup Of(ResourceId group) => new(group, group.Key, null);

    /// <summary>The place that a key of the store names: null is before the first group.</summary>
    public static ListedGroup From(ResourceId subscription, string? after)
    {
        var parts = after?.Split('/') ?? [];
        return parts.Length > 4 && parts[3] == "resourcegroups"
            ? Of(ResourceId.OfGroup(subscription.Subscription, parts[4])) with { After = after }
            : new(null, null, null);
    }
}
