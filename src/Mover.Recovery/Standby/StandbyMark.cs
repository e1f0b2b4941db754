using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Recovery.Plans;

namespace Mover.Recovery.Standby;

/// <summary>What a resource group is to a standby.</summary>
public enum StandbyState
{
    /// <summary>There is no such group.</summary>
    Absent,

    /// <summary>The group was not made by a recovery.</summary>
    Foreign,

    /// <summary>A standby, to be kept in step.</summary>
    Standby,

    /// <summary>Its activation has begun and not ended.</summary>
    Activating,

    /// <summary>In use: activated, or made by a recovery that was never a standby.</summary>
    Active,
}

/// <summary>
/// The tag that tells a standby from what is in use. That of the resource group decides; storage movers carry it for people to see.
/// Activation sets another value first and removes the tag last, so that whoever is interrupted is found half way.
/// </summary>
public static class StandbyMark
{
    /// <summary>The tag's name.</summary>
    public const string Tag = "mover-recovery-standby";

    /// <summary>Its value while the standby is kept in step.</summary>
    public const string Kept = "kept-in-step";

    /// <summary>Its value while the standby is being activated.</summary>
    public const string Activating = "activating";

    /// <summary>What the group of a plan is now.</summary>
    public static async Task<StandbyState> FindAsync(MoverClient client, PlanTarget to, CancellationToken cancel) =>
        StateOf(await client.FindAsync(ResourceId.OfGroup(to.SubscriptionId, to.ResourceGroup), cancel));

    /// <summary>What a group is, by its tags; null for a group that is not there.</summary>
    public static StandbyState StateOf(JsonObject? group) => group switch
    {
        null => StandbyState.Absent,
        _ when group["tags"]?[PlanId.Tag] is null => StandbyState.Foreign,
        _ => group["tags"]?[Tag]?.ToString() switch
        {
            null => StandbyState.Active,
            Activating => StandbyState.Activating,
            _ => StandbyState.Standby,
        },
    };

    /// <summary>Sets the tag of a resource to a value, or removes it; the other tags stay.</summary>
    internal static async Task SetAsync(MoverClient client, ResourceId id, string? value, CancellationToken cancel)
    {
        var there = (await client.GetAsync(id, cancel))["tags"] as JsonObject ?? [];
        if (there[Tag]?.ToString() == value)
        {
            return;
        }

        var tags = there.DeepClone().AsObject();
        tags.Remove(Tag);
        if (value is not null)
        {
            tags[Tag] = value;
        }

        await client.PatchAsync(id, new() { ["tags"] = tags }, cancel);
    }

    /// <summary>Why a group that is in use is left alone.</summary>
    internal static RecoveryException IsActive(PlanTarget to, StandbyState state) => new(
        "StandbyActive",
        state == StandbyState.Activating
            ? $"The standby in '{to.ResourceGroup}' is being activated; nothing was compared or changed."
            : $"'{to.ResourceGroup}' is active and no longer a standby; nothing was compared or changed, because that would "
                + "turn its schedules off.",
        state == StandbyState.Activating
            ? "Run `mover recovery activate` again to finish it."
            : "For a new standby, use another --group and another --plan file.");
}
