using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Resources;

namespace Mover.Recovery.Agents;

/// <summary>Who is to do a job.</summary>
/// <param name="Job">The job definition.</param>
/// <param name="Before">Its agent; null for none.</param>
/// <param name="After">The agent that it is given; the same when it stays.</param>
public sealed record Assignment(EstateJob Job, string? Before, string After)
{
    /// <summary>Why the control plane refused it; null when it did not.</summary>
    public string? Refused { get; init; }

    /// <summary>Whether something is to be written.</summary>
    public bool Changes => !string.Equals(Before, After, StringComparison.OrdinalIgnoreCase);
}

/// <summary>How job definitions get agents. One of the three ways is said.</summary>
/// <param name="Agent">Every job gets this one.</param>
/// <param name="Map">A job gets the agent that stands for the one it had.</param>
/// <param name="Spreads">Jobs are spread evenly over the agents that are online.</param>
/// <param name="Reassigns">Whether jobs whose agent is online get another, too.</param>
public sealed record AssignmentWish(string? Agent, IReadOnlyDictionary<string, string> Map, bool Spreads, bool Reassigns)
{
    /// <summary>Jobs that have no agent that is online are spread evenly over those that are.</summary>
    public static AssignmentWish Spread { get; } =
        new(null, new Dictionary<string, string>(StringComparer.Ordinal), Spreads: true, Reassigns: false);
}

/// <summary>
/// Gives job definitions agents, as <c>Update-AzStorageMoverJobDefinition -AgentName</c> does, and only agents that are online. Repeating
/// it changes nothing.
/// </summary>
public sealed class Assignments(MoverClient client)
{
    private const int NamedMax = 10;

    /// <summary>What is to be done. Pure.</summary>
    /// <param name="estate">The estate.</param>
    /// <param name="jobs">The jobs that are meant.</param>
    /// <param name="wish">How.</param>
    /// <param name="former">Which agent a job had at the source: <c>mover/project/job</c> → agent.</param>
    /// <exception cref="RecoveryException">An agent is missing or offline, or nothing says which agent a job gets.</exception>
    public static IReadOnlyList<Assignment> Decide(
        JobEstate estate, IReadOnlyList<EstateJob> jobs, AssignmentWish wish, IReadOnlyDictionary<string, string> former)
    {
        var assignments = new List<Assignment>();
        var loads = estate.Agents.Where(agent => agent.IsOnline).ToDictionary(agent => agent.Id, _ => 0);
        var unmapped = new List<string>();
        foreach (var job in jobs)
        {
            var had = job.Properties.AgentName;
            if (!wish.Reassigns && estate.AgentOf(job) is { IsOnline: true } there)
            {
                loads[there.Id]++;
                assignments.Add(new(job, had, there.Id.Name));
                continue;
            }

            var name = wish.Agent ?? (wish.Spreads ? LeastLoaded(loads, job) : Mapped(job, wish.Map, former));
            if (name is null)
            {
                unmapped.Add($"{job.Name} (had {former.GetValueOrDefault(job.Name, had ?? "no agent")})");
                continue;
            }

            Require(estate, job, name);
            loads[job.Mover.Child(MoverAgent.Described, name)]++;
            assignments.Add(new(job, had, name));
        }

        return unmapped.Count == 0
            ? assignments
            : throw new RecoveryException(
                "NoAgentForJob",
                $"No agent is specified for {unmapped.Count} jobs: {string.Join(", ", unmapped.Take(NamedMax))}.",
                wish.Spreads ? "Register an agent with each storage mover first (mover agent register)."
                    : "Use --map OLD=NEW for each, --agent-name NAME, or --spread.");
    }

    /// <summary>
    /// Writes them, one after the other, and answers what became of each. What is refused for one job holds the others up no longer.
    /// </summary>
    /// <exception cref="RecoveryException">See <see cref="InterruptedStep"/>.</exception>
    public async Task<IReadOnlyList<Assignment>> ApplyAsync(IReadOnlyList<Assignment> assignments, CancellationToken cancel)
    {
        var applied = new List<Assignment>(assignments.Count);
        return await InterruptedStep.GuardAsync(
            "The assignment",
            () => $"{applied.Count(one => one.Changes && one.Refused is null)} of "
                + $"{assignments.Count(one => one.Changes)} jobs have been assigned.",
            async () =>
            {
                foreach (var assignment in assignments)
                {
                    applied.Add(assignment.Changes ? assignment with { Refused = await ApplyAsync(assignment, cancel) } : assignment);
                }

                return applied;
            });
    }

    private async Task<string?> ApplyAsync(Assignment assignment, CancellationToken cancel)
    {
        try
        {
            await client.PatchAsync(
                assignment.Job.Id, new() { ["properties"] = new JsonObject { ["agentName"] = assignment.After } }, cancel);
            return null;
        }
        catch (ArmException refused) when (InterruptedStep.IsRefusal(refused.Error))
        {
            return $"{refused.Error.Code}: {refused.Error.Message}";
        }
    }

    private static string? Mapped(EstateJob job, IReadOnlyDictionary<string, string> map, IReadOnlyDictionary<string, string> former) =>
        (former.GetValueOrDefault(job.Name) ?? job.Properties.AgentName) is { Length: > 0 } old ? map.GetValueOrDefault(old) : null;

    private static string? LeastLoaded(Dictionary<Core.Arm.ResourceId, int> loads, EstateJob job) => loads
        .Where(load => load.Key.Parent == job.Mover)
        .OrderBy(load => load.Value).ThenBy(load => load.Key.Key, StringComparer.Ordinal)
        .Select(load => load.Key.Name)
        .FirstOrDefault();

    private static void Require(JobEstate estate, EstateJob job, string name)
    {
        var id = job.Mover.Child(MoverAgent.Described, name);
        var agent = estate.Agents.FirstOrDefault(one => one.Id == id) ?? throw new RecoveryException(
            "AgentMissing", $"The storage mover '{job.Mover.Name}' has no agent '{name}'.", "Register it: mover agent register.");
        if (!agent.IsOnline)
        {
            throw new RecoveryException(
                "AgentOffline", $"The agent '{name}' is {agent.Properties.AgentStatus ?? "unknown"}; only agents that are online are "
                    + "assigned.",
                "Start it (mover agent run), and look at `mover agent list`.");
        }
    }
}
