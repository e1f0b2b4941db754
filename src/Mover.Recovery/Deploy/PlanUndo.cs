using Mover.Client;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Deploy;

/// <summary>What was taken back.</summary>
/// <param name="Deleted">Ids that were deleted.</param>
/// <param name="Kept">Ids that are not of the plan, and are why the group was kept.</param>
public sealed record UndonePlan(IReadOnlyList<string> Deleted, IReadOnlyList<string> Kept);

/// <summary>Takes back what a plan made: found by its tag, and nothing else.</summary>
public sealed class PlanUndo(MoverClient client)
{
    /// <summary>Deletes what carries the plan's tag; the group too, when nothing else is in it.</summary>
    /// <param name="group">The resource group.</param>
    /// <param name="plan">The plan's id; null for whatever plan made the group.</param>
    /// <param name="cancel">Stops between two deletions; the same command goes on.</param>
    public async Task<UndonePlan> RunAsync(ResourceId group, string? plan, CancellationToken cancel)
    {
        if (await client.FindAsync(group, cancel) is not { } found)
        {
            return new([], []);
        }

        var tag = found["tags"]?[PlanId.Tag]?.ToString();
        var wanted = plan ?? tag ?? throw new RecoveryException(
            "NotOfARecovery", $"The resource group '{group.Name}' was not created by a recovery.", "Specify the plan with --plan.");
        var (deleted, kept) = (new List<string>(), new List<string>());
        var machines = new List<ResourceId>();
        await foreach (var resource in client.ListAsync($"{group}/resources", cancel))
        {
            if (!ResourceId.TryParse(resource["id"]?.ToString(), out var id))
            {
                continue;
            }

            if (resource["tags"]?[PlanId.Tag]?.ToString() == wanted)
            {
                machines.AddRange(await MachinesOfAsync(id, cancel));
                await client.DeleteAsync(id, cancel);
                deleted.Add(id.Text);
            }
            else
            {
                kept.Add(id.Text);
            }
        }

        foreach (var machine in machines.Where(machine => kept.RemoveAll(one => ResourceId.TryParse(one, out var id) && id == machine) > 0))
        {
            await client.DeleteAsync(machine, cancel);
            deleted.Add(machine.Text);
        }

        if (kept.Count == 0 && tag == wanted)
        {
            await client.DeleteAsync(group, cancel);
            deleted.Add(group.Text);
        }

        return new(deleted, kept);
    }

    // The hosts of agents that were registered with the mover after it was deployed.
    private async Task<List<ResourceId>> MachinesOfAsync(ResourceId mover, CancellationToken cancel)
    {
        var machines = new List<ResourceId>();
        if (!ArmCase.Same(mover.Type, EstateTypes.Mover))
        {
            return machines;
        }

        await foreach (var agent in client.ListAsync($"{mover}/{MoverAgent.Described.Collection}", cancel))
        {
            if (ResourceId.TryParse(agent["properties"]?["arcResourceId"]?.ToString(), out var machine)
                && ArmCase.Same(machine.Type, EstateTypes.Machine))
            {
                machines.Add(machine);
            }
        }

        return machines;
    }
}
