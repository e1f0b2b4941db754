using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Recovery;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Drill;
using Mover.Recovery.Snapshots;

namespace Mover.Cli.Recovery;

/// <summary>Removes what drills made at the destination: runs, containers, rights and groups.</summary>
internal sealed class DrillRemoval(ControlPlane plane, DrillContainers containers, DrillWait wait, Terminal terminal)
{
    private MoverClient Client => plane.Client;

    /// <summary>
    /// Removes what drills left that were killed, here and at the destination; answers what could not be removed. What belongs to a drill
    /// that runs is left alone.
    /// </summary>
    public async Task<IReadOnlyList<string>> CleanAsync(CancellationToken cancel)
    {
        var kept = new List<string>();
        var subscription = await plane.GetSubscriptionAsync(cancel);
        foreach (var plan in DrillFolder.PlansLeft(terminal))
        {
            // Its group may not be there yet.
            await new DeploymentStop(Client, terminal.Clock).RunAsync(subscription, plan, cancel);
        }

        foreach (var group in await plane.ListAsync($"/subscriptions/{subscription}/resourceGroups", cancel))
        {
            if (group["name"]?.ToString() is { } name && name.StartsWith(DrillScratch.GroupPrefix, StringComparison.Ordinal)
                && group["tags"]?["mover-recovery"] is not null && IsLeft(name, DrillMark.Parse(group["tags"]?[DrillMark.Tag]?.ToString())))
            {
                terminal.Error.WriteLine($"Removing {name}, left behind by an earlier drill.");
                kept.AddRange(await RemoveAsync(ResourceId.OfGroup(subscription, name), cancel));
            }
        }

        if (DrillFolder.RemoveLeft(terminal) is > 0 and var folders)
        {
            terminal.Error.WriteLine($"Removed the folders and keys of {folders} scratch agents, left behind by earlier drills.");
        }

        return kept;
    }

    /// <summary>Removes the group of a drill with everything that the drill made for it; answers what is not the drill's.</summary>
    public async Task<IReadOnlyList<string>> RemoveAsync(ResourceId group, CancellationToken cancel)
    {
        if (await Client.FindAsync(group, cancel) is not { } found)
        {
            return [];
        }

        if (found["tags"]?["mover-recovery"]?.ToString() is { } plan)
        {
            await new DeploymentStop(Client, terminal.Clock).RunAsync(group.Subscription, plan, cancel);
        }

        await StopRunsAsync(group, cancel);
        await new Grants(Client, group).RevokeAsync(cancel);
        foreach (var container in await ContainersAsync(group, cancel))
        {
            await containers.DeleteAsync(container, cancel);
        }

        return (await new PlanUndo(Client).RunAsync(group, null, cancel)).Kept;
    }

    /// <summary>
    /// Stops the runs of a group. A run that is under way holds its storage mover: its agent ends it, or the control plane does a minute
    /// after the agent was killed.
    /// </summary>
    public async Task StopRunsAsync(ResourceId group, CancellationToken cancel)
    {
        foreach (var job in await ActiveAsync(group, cancel))
        {
            try
            {
                await Client.StopJobAsync(job.Id, cancel);
            }
            catch (ArmException over) when (over.Error.Status is 404 or 409)
            {
                // It has ended, or was asked to stop before.
            }
        }

        await wait.ForAsync("the runs to stop", async () => (await ActiveAsync(group, cancel)).Count == 0 ? group.Text : null, cancel);
    }

    private bool IsLeft(string group, DrillMark? mark)
    {
        if (mark is null)
        {
            return true;
        }

        var isRunning = DrillFolder.IsRunning(mark, terminal);
        var age = terminal.Clock.GetUtcNow() - mark.At;
        if (isRunning is false || (isRunning is null && age > DrillMark.AgeMax))
        {
            return true;
        }

        terminal.Error.WriteLine(isRunning is true
            ? $"Leaving {group}: its drill is running."
            : $"Leaving {group}: a drill of another user or machine ({PrintedText.Of(mark.Host, 64)}) created it {Ages.Of(age)} ago. "
                + $"Remove it there with --clean; from an age of {Ages.Of(DrillMark.AgeMax)} it is removed here too.");
        return false;
    }

    private async Task<HashSet<ScratchContainer>> ContainersAsync(ResourceId group, CancellationToken cancel)
    {
        var scratch = new HashSet<ScratchContainer>();
        await foreach (var mover in Client.ListAsync($"{group}/providers/{ResourceTypes.StorageMover}", cancel))
        {
            await foreach (var endpoint in Client.ListAsync($"{mover["id"]}/{StorageEndpoint.Described.Collection}", cancel))
            {
                if (DrillScratch.Of(endpoint["properties"]) is { } container)
                {
                    scratch.Add(container);
                }
            }
        }

        return scratch;
    }

    private async Task<List<EstateJob>> ActiveAsync(ResourceId group, CancellationToken cancel)
    {
        try
        {
            return await Client.FindAsync(group, cancel) is null ? [] : [.. (await JobEstate.ReadAsync(Client, group, null, cancel)).Jobs
                .Where(job => JobRunStatuses.IsActive(job.Properties.LatestJobRunStatus))];
        }
        catch (RecoveryException none) when (none.Code == EstateReader.NoMover)
        {
            return [];
        }
    }
}
