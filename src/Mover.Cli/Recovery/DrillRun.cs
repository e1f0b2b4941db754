using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Mover.Agent;
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
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Transfer.Contract;

namespace Mover.Cli.Recovery;

/// <summary>One rehearsal, from the plan to the first byte, and its cleaning up.</summary>
internal sealed class DrillRun(ControlPlane plane, ConnectionSettings settings, DrillContainers containers, Terminal terminal)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CleanUpMax = TimeSpan.FromMinutes(5);

    private readonly List<DrillStep> _steps = [];
    private readonly List<string> _left = [];

    /// <summary>How long the agent, and then the first byte, are waited for.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>What the scratch agent has mounted.</summary>
    public required IReadOnlyList<string> Mounts { get; init; }

    public IReadOnlyList<DrillStep> Steps => _steps;

    public IReadOnlyList<string> LeftBehind => _left;

    /// <summary>From the first step to the first byte; null when there was none.</summary>
    public TimeSpan? RecoveryTime { get; private set; }

    private MoverClient Client => plane.Client;

    /// <summary>Rehearses a plan whose containers are the drill's own. Cleans up, whatever happens.</summary>
    public async Task RunAsync(Func<Task<RecoveryPlan>> makePlan, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var plan = await StepAsync("plan", makePlan, made => $"{made.Changes.Count} changes, {made.Effects.Count} resources");
        if (plan.Problems.FirstOrDefault(problem => problem.IsBlocking) is { } blocking)
        {
            throw new RecoveryException("PlanNotReady", blocking.Message, blocking.Advice);
        }

        var group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        var folder = Directory.CreateTempSubdirectory(DrillScratch.GroupPrefix).FullName;
        IHost? agent = null;
        try
        {
            var scratch = DrillScratch.In(plan.Template);
            await StepAsync(
                "deploy", () => new PlanDeployment(Client, terminal.Clock).RunAsync(plan, cancel),
                deployed => $"{deployed.Made} resources created; nothing differs from the plan");
            await StepAsync("containers", async () =>
            {
                foreach (var container in scratch)
                {
                    await containers.MakeAsync(container, cancel);
                }

                return scratch.Count;
            }, made => $"{made} scratch containers");
            agent = await StepAsync("agent", () => StartAgentAsync(group, folder, cancel), _ => "one scratch agent, online");
            var estate = await JobEstate.ReadAsync(Client, group, null, cancel);
            await StepAsync("assign", async () =>
            {
                var assigned = await new Assignments(Client).ApplyAsync(
                    Assignments.Decide(estate, estate.Jobs, AssignmentWish.Spread, plan.FormerAgents), cancel);
                if (assigned.FirstOrDefault(one => one.Refused is not null) is { } denied)
                {
                    throw new RecoveryException("JobNotAssigned", $"Cannot assign an agent to {denied.Job.Name}: {denied.Refused}",
                        "Fix that and retry.");
                }

                estate = await JobEstate.ReadAsync(Client, group, null, cancel);
                return estate.Jobs.Count;
            }, jobs => $"{jobs} jobs");
            var given = await StepAsync(
                "grant", () => new Grants(Client, group).GiveAsync(estate, estate.Jobs, cancel), grants => $"{grants.Count} roles");
            var started = await StepAsync(
                "start", () => new Starts(Client).RunAsync(estate, estate.Jobs, given, again: false, onlyChecks: false, cancel)
                    .ToListAsync(cancel).AsTask(),
                starts => $"{starts.Count(start => start.Outcome == StartOutcome.Started)} of {starts.Count} jobs");
            if (started.Find(start => start.Outcome == StartOutcome.Blocked) is { } job)
            {
                throw new RecoveryException("JobBlocked", $"Cannot start the job {job.Job}: {string.Join(' ', job.Reasons)}",
                    "Fix that and retry.");
            }

            await StepAsync("first byte", () => FirstByteAsync(started, cancel), run => run);
            RecoveryTime = watch.Elapsed;
            await StepAsync("runs", () => EndedAsync(started, cancel), found => found);
        }
        finally
        {
            await StepAsync("clean up", () => CleanUpAsync(group, agent, folder),
                left => left == 0 ? "nothing left behind" : $"{left} resources left behind");
        }
    }

    /// <summary>Removes what a drill left at the destination: its containers, rights and group.</summary>
    public async Task RemoveAsync(ResourceId group, CancellationToken cancel)
    {
        if (await Client.FindAsync(group, cancel) is null)
        {
            return;
        }

        await new Grants(Client, group).RevokeAsync(cancel);
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

        foreach (var container in scratch)
        {
            await containers.DeleteAsync(container, cancel);
        }

        var undone = await new PlanUndo(Client).RunAsync(group, null, cancel);
        _left.AddRange(undone.Kept);
    }

    private async Task<IHost> StartAgentAsync(ResourceId group, string folder, CancellationToken cancel)
    {
        var estate = await JobEstate.ReadAsync(Client, group, null, cancel);
        await new AgentRegistration(terminal.Clock).RegisterAsync(
            new()
            {
                DataFolder = folder,
                Addresses = [settings.Address.GetLeftPart(UriPartial.Authority)],
                CaPem = settings.CaPem,
                Token = await settings.Token(false, cancel),
                StorageMover = estate.Movers.Count == 1 ? estate.Movers[0] : throw new RecoveryException(
                    "DrillOfOneMover", $"The snapshot has {estate.Movers.Count} storage movers; a drill supports one.",
                    "Snapshot one storage mover: mover recovery snapshot --storage-mover NAME."),
                AgentName = "drill-agent",
            },
            cancel);
        var agent = AgentApp.Create(
            new() { DataFolder = folder, Mounts = Mounts }, logging => logging.SetMinimumLevel(LogLevel.None), terminal.Clock);
        await agent.StartAsync(cancel);
        await WaitAsync(
            "the scratch agent to be online",
            async () => (await JobEstate.ReadAsync(Client, group, null, cancel)).Agents.Any(one => one.IsOnline) ? "online" : null, cancel);
        return agent;
    }

    private Task<string> FirstByteAsync(List<StartedJob> started, CancellationToken cancel) => WaitAsync("the first byte", async () =>
    {
        var areOver = true;
        foreach (var start in started.Where(start => start.Run is not null))
        {
            var (status, bytes, _) = await FindRunAsync(start.Run, cancel);
            if (bytes > 0)
            {
                return $"{start.Job}: {bytes} bytes";
            }

            if (JobRunStatuses.IsTerminal(status) && status != JobRunStatuses.Succeeded)
            {
                throw new RecoveryException("RunFailed", $"The run of {start.Job} ended with status {status}.", $"See {start.Run}.");
            }

            areOver &= JobRunStatuses.IsTerminal(status);
        }

        return areOver
            ? throw new RecoveryException(
                "NothingCopied", "No run copied a byte, so nothing is proven.", "Check that the sources have files.")
            : null;
    }, cancel);

    private async Task<string> EndedAsync(List<StartedJob> started, CancellationToken cancel)
    {
        var told = new List<string>();
        var failed = new List<string>();
        foreach (var start in started.Where(start => start.Run is not null))
        {
            var status = await WaitAsync($"the end of {start.Job}", async () =>
            {
                var (status, bytes, items) = await FindRunAsync(start.Run, cancel);
                if (!JobRunStatuses.IsTerminal(status))
                {
                    return null;
                }

                told.Add($"{start.Job} {status}, {items} items, {bytes} bytes");
                return status;
            }, cancel);
            if (status != JobRunStatuses.Succeeded)
            {
                failed.Add($"{start.Job} ({status})");
            }
        }

        return failed.Count == 0
            ? string.Join("; ", told)
            : throw new RecoveryException(
                "RunFailed", $"{failed.Count} of {told.Count} runs did not succeed: {string.Join(", ", failed)}.",
                "See `mover job-run failures` of each; the jobs fail in a recovery too.");
    }

    private async Task<(string Status, long Bytes, long Items)> FindRunAsync(string? run, CancellationToken cancel)
    {
        var properties = ResourceId.TryParse(run, out var id) ? (await Client.FindAsync(id, cancel))?["properties"] : null;
        return (
            properties?["status"]?.ToString() ?? string.Empty, properties?["bytesTransferred"]?.GetValue<long>() ?? 0,
            properties?["itemsTransferred"]?.GetValue<long>() ?? 0);
    }

    private async Task<int> CleanUpAsync(ResourceId group, IHost? agent, string folder)
    {
        using var limit = new CancellationTokenSource(CleanUpMax);
        await TryAsync(group, () => StopRunsAsync(group, limit.Token));
        if (agent is not null)
        {
            await agent.StopAsync(limit.Token);
            agent.Dispose();
        }

        await TryAsync(group, () => RemoveAsync(group, limit.Token));
        Directory.Delete(folder, recursive: true);
        return _left.Count;
    }

    // A run that is under way holds its storage mover; the agent that ends it is still there.
    private async Task StopRunsAsync(ResourceId group, CancellationToken cancel)
    {
        foreach (var job in await ActiveAsync(group, cancel))
        {
            await Client.StopJobAsync(job.Id, cancel);
        }

        await WaitAsync("the runs to stop", async () => (await ActiveAsync(group, cancel)).Count == 0 ? "stopped" : null, cancel);
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

    // What cannot be cleaned up is told; the rest is cleaned up all the same.
    private async Task TryAsync(ResourceId group, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception fault) when (
            fault is ArmException or RecoveryException or OperationCanceledException or UnreachableServerException or VolumeException)
        {
            _left.Add($"{group}: {fault.Message}");
        }
    }

    private async Task<string> WaitAsync(string what, Func<Task<string?>> look, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await look() is { } found)
            {
                return found;
            }

            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                throw new RecoveryException("DrillTimeout", $"Timed out after {Patience.TotalSeconds:F0} s waiting for {what}.",
                    "Use --patience to wait longer.");
            }

            await Task.Delay(Pace, terminal.Clock, cancel);
        }
    }

    private async Task<T> StepAsync<T>(string name, Func<Task<T>> act, Func<T, string> told)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            var result = await act();
            _steps.Add(new(name, Stopwatch.GetElapsedTime(began), told(result)));
            terminal.Error.WriteLine($"{name}: {_steps[^1].Found}");
            return result;
        }
        catch (Exception fault)
        {
            _steps.Add(new(name, Stopwatch.GetElapsedTime(began), $"failed: {fault.Message}"));
            throw;
        }
    }
}
