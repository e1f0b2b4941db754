using Mover.Client;
using Mover.Core.Arm;
using Mover.Recovery.Agents;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Plans;

/// <summary>Tells by the tag of plans whether a recovery made a resource group, or a storage mover in it.</summary>
public static class RecoveredGroup
{
    /// <summary>Whether one did.</summary>
    /// <exception cref="RecoveryException">See <see cref="InterruptedStep"/>.</exception>
    public static Task<bool> IsAsync(MoverClient client, ResourceId group, CancellationToken cancel) => InterruptedStep.GuardAsync(
        $"Reading the tags of the group '{group.Name}'", () => "Nothing was changed.", async () =>
        {
            if (IsTagged(await client.FindAsync(group, cancel)))
            {
                return true;
            }

            await foreach (var resource in client.ListAsync($"{group}/resources", cancel))
            {
                if (ResourceId.TryParse(Estate.TextOf(resource["id"]), out var id) && ArmCase.Same(id.Type, EstateTypes.Mover)
                    && IsTagged(resource))
                {
                    return true;
                }
            }

            return false;
        });

    private static bool IsTagged(System.Text.Json.Nodes.JsonObject? resource) => resource?["tags"]?[PlanId.Tag] is not null;
}
