using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Recovery;
using Mover.Recovery.Agents;
using Mover.Recovery.Deploy;
using Mover.Recovery.Drill;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Transfer.Contract;

namespace Mover.Cli.Recovery;

/// <summary>One rehearsal, from the plan to the proof of what was copied, and its cleaning up.</summary>
internal sealed class DrillRun(
    ControlPlane plane, ConnectionSettings settings, DrillContainers containers, DrillWait wait, Terminal terminal)
{
    private const string AgentName = "drill-agent";
    private const int NamedMax = 5;
    private static readonly TimeSpan CleanUpMax = TimeSpan.FromMinutes(5);

    private readonly List<DrillStep> _steps = [];
    private readonly List<string> _left = [];
    private readonly DrillRemoval _removal = new(plane, containers, wait, terminal);

    /// <summary>What the scratch agent has mounted.</summary>
    public required IReadOnlyList<string> Mounts { get; init; }

    /// <summary>Whether group, containers and rights stay, to be looked at.</summary>
    public bool Keeps { get; init; }

    public IReadOnlyList<DrillStep> Steps => _steps;

    public IReadOnlyList<string> LeftBehind => _left;

    /// <summary>From the first step to the first byte; null when there was none.</summary>
    public TimeSpan? RecoveryTime { get; private set; }

    private MoverClient Client => plane.Client;

    /// <summary>Removes what earlier drills left.</summary>
    public async Task CleanAsync(CancellationToken cancel) => _left.AddRange(await _removal.CleanAsync(cancel));

    /// <summary>Rehearses a plan whose containers are the drill's own. Cleans up, whatever happens.</summary>
    /// <param name="snapshot">What the plan is made of.</param>
    /// <param name="makePlan">Makes the plan.</param>
    /// <param name="folder">The drill's folder.</param>
    /// <param name="cancel">Stops it; it cleans up all the same.</param>
    public async Task RunAsync(Snapshot snapshot, Func<Task<RecoveryPlan>> makePlan, DrillFolder folder, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        var plan = await StepAsync("plan", makePlan, made => $"{made.Changes.Count} changes, {made.Effects.Count} resources");
        if (plan.Problems.FirstOrDefault(problem => problem.IsBlocking) is { } blocking)
        {
            throw new RecoveryException("PlanNotReady", blocking.Message, blocking.Advice);
        }

        var group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        folder.Note(plan);
        IHost? agent = null;
        try
        {
            await DeployAsync(plan, cancel);
            agent = await StepAsync("agent", () => StartAgentAsync(group, folder, cancel), _ => "one scratch agent, online");
            var (estate, rights) = await AssignAsync(group, plan, cancel);
            var since = terminal.Clock.GetUtcNow();
            await CopyAsync(estate, rights, began, cancel);
            var comparison = new DrillComparison(
                containers, agent.Services.GetRequiredService<VolumeOpener>(), folder.Path, wait.Max);
            await StepAsync("compare", () => comparison.RunAsync(estate, since, cancel), compared => compared.ToString());
            await StepAsync("export", () => ExportAsync(snapshot, plan, group, cancel), found =>
                $"{found.Resources} resources, {found.Explained} differences from the snapshot, each by the plan");
        }
        finally
        {
            if (cancel.IsCancellationRequested)
            {
                terminal.Error.WriteLine("Interrupted; cleaning up. If this is interrupted too, the next drill does the rest.");
            }

            await StepAsync("clean up", () => CleanUpAsync(group, plan, agent),
                left => left > 0 ? $"{left} resources left behind"
                    : Keeps ? $"kept {group.Name} and its containers until the next drill, or --clean" : "nothing left behind");
        }
    }

    private async Task DeployAsync(RecoveryPlan plan, CancellationToken cancel)
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
    }

    private async Task<(JobEstate Estate, IReadOnlyList<Grant> Rights)> AssignAsync(
        ResourceId group, RecoveryPlan plan, CancellationToken cancel)
    {
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
        return (estate, await StepAsync(
            "grant", () => new Grants(Client, group).GiveAsync(estate, estate.Jobs, cancel), grants => $"{grants.Count} roles"));
    }

    private async Task CopyAsync(JobEstate estate, IReadOnlyList<Grant> rights, long began, CancellationToken cancel)
    {
        var runs = new DrillRuns(Client, wait);
        var starting = runs.StartAsync(estate, rights, cancel);
        var seeing = runs.FirstByteAsync(starting, cancel);
        try
        {
            await StepAsync("start", () => starting, start => $"{start.Started} of {start.Jobs} jobs");
        }
        catch
        {
            await Task.WhenAny(seeing);
            throw;
        }

        var first = await StepAsync("first byte", () => seeing, seen => seen.Text);
        RecoveryTime = Stopwatch.GetElapsedTime(began, first.At);
        await StepAsync("runs", () => runs.EndedAsync(cancel), found => found);
    }

    private async Task<DrillEstate> ExportAsync(Snapshot snapshot, RecoveryPlan plan, ResourceId group, CancellationToken cancel)
    {
        var exported = await new SnapshotTaker(Client, new() { Group = group, ProgramVersion = MoverApp.Version }, terminal.Clock)
            .TakeAsync(cancel);
        var found = DrillEstate.Compare(snapshot, plan, exported, AgentName);
        return found.Unexplained.Count == 0
            ? found
            : throw new RecoveryException(
                "EstateDiffers",
                $"What the drill deployed differs from the snapshot in {found.Unexplained.Count} ways that the plan does not explain: "
                    + $"{string.Join("; ", found.Unexplained.Take(NamedMax))}.",
                "Compare the group with the snapshot with --keep.");
    }

    private async Task<IHost> StartAgentAsync(ResourceId group, DrillFolder folder, CancellationToken cancel)
    {
        var estate = await JobEstate.ReadAsync(Client, group, null, cancel);
        await new AgentRegistration(terminal.Clock).RegisterAsync(
            new()
            {
                DataFolder = folder.Agent,
                Addresses = [settings.Address.GetLeftPart(UriPartial.Authority)],
                CaPem = settings.CaPem,
                Token = await settings.Token(false, cancel),
                StorageMover = estate.Movers.Count == 1 ? estate.Movers[0] : throw new RecoveryException(
                    "DrillOfOneMover", $"The snapshot has {estate.Movers.Count} storage movers; a drill supports one.",
                    "Snapshot one storage mover: mover recovery snapshot --storage-mover NAME."),
                AgentName = AgentName,
            },
            cancel);
        var agent = AgentApp.Create(
            new() { DataFolder = folder.Agent, Mounts = Mounts }, logging => logging.SetMinimumLevel(LogLevel.None), terminal.Clock);
        try
        {
            await agent.StartAsync(cancel);
            await wait.ForAsync(
                "the scratch agent to be online",
                async () => (await JobEstate.ReadAsync(Client, group, null, cancel)).Agents.FirstOrDefault(one => one.IsOnline), cancel);
            return agent;
        }
        catch
        {
            await StopAsync(agent);
            throw;
        }
    }

    private async Task<int> CleanUpAsync(ResourceId group, RecoveryPlan plan, IHost? agent)
    {
        using var limit = new CancellationTokenSource(CleanUpMax);
        await TryAsync(group, () => new DeploymentStop(Client, terminal.Clock).RunAsync(group.Subscription, plan.Id, limit.Token));
        await TryAsync(group, () => _removal.StopRunsAsync(group, limit.Token));
        if (agent is not null)
        {
            await StopAsync(agent);
        }

        if (!Keeps)
        {
            await TryAsync(group, async () => _left.AddRange(await _removal.RemoveAsync(group, limit.Token)));
        }

        return _left.Count;
    }

    private static async Task StopAsync(IHost agent)
    {
        await agent.StopAsync(CancellationToken.None);
        agent.Dispose();
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
