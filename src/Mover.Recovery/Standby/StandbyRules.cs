using System.Text.Json.Nodes;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Standby;

/// <summary>What the template of a standby has beyond that of a recovery.</summary>
internal static class StandbyRules
{
    private const string KeepRule = "keep-agents";

    /// <summary>Storage movers carry the standby's mark.</summary>
    public static RecoveryRule Mark { get; } = new(
        "mark-standby", "This tag marks a standby; `mover recovery activate` removes it.",
        new(EstateTypes.Mover, null, null, new Dictionary<string, string>(StringComparer.Ordinal), []), Removes: false, [],
        new() { ["tags"] = new JsonObject { [StandbyMark.Tag] = StandbyMark.Kept } }, IsBuiltIn: true);

    /// <summary>Gives jobs back the agents that they have at the standby: an assignment there was made ahead, by a person.</summary>
    /// <param name="resources">The resources; they are changed.</param>
    /// <param name="agents">Agents by <c>mover/project/job</c>.</param>
    public static IEnumerable<PlanChange> KeepAgents(IEnumerable<JsonObject> resources, IReadOnlyDictionary<string, string> agents)
    {
        var changes = new List<PlanChange>();
        foreach (var job in resources)
        {
            var reference = ResourceReference.Of(job);
            if (reference.Type.Equals(EstateTypes.JobDefinition, StringComparison.OrdinalIgnoreCase)
                && agents.TryGetValue(reference.Name, out var agent) && job["properties"] is JsonObject properties)
            {
                changes.Add(new()
                {
                    Rule = KeepRule, Kind = PlanChangeKind.Changed, Type = reference.Type, Name = reference.Name,
                    Path = "/properties/agentName", Before = properties["agentName"]?.DeepClone(), After = agent,
                });
                properties["agentName"] = agent;
            }
        }

        return changes;
    }
}
