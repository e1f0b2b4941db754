using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Standby;

/// <summary>What is at the destination of a standby: its storage movers and what is below them, by key.</summary>
/// <param name="Documents">The resources.</param>
internal sealed record StandbyEstate(IReadOnlyDictionary<string, JsonObject> Documents)
{
    /// <summary>Reads it; empty where nothing is.</summary>
    public static async Task<StandbyEstate> ReadAsync(MoverClient client, PlanTarget to, CancellationToken cancel)
    {
        try
        {
            var group = ResourceId.OfGroup(to.SubscriptionId, to.ResourceGroup);
            return new(await new EstateReader(client, group, null).ReadMoversAsync(cancel));
        }
        catch (RecoveryException none) when (none.Code == EstateReader.NoMover)
        {
            return new(new Dictionary<string, JsonObject>(StringComparer.Ordinal));
        }
    }

    /// <summary>The agents that jobs have: <c>mover/project/job</c> → agent.</summary>
    public IReadOnlyDictionary<string, string> Agents()
    {
        var agents = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var job in Documents.Values)
        {
            if (ResourceReference.Of(Estate.IdOf(job)) is { } reference
                && reference.Type.Equals(EstateTypes.JobDefinition, StringComparison.OrdinalIgnoreCase)
                && Estate.PropertyOf(job, "agentName") is { Length: > 0 } agent)
            {
                agents[reference.Name] = agent;
            }
        }

        return agents;
    }

    /// <summary>The resources that a plan makes in its group.</summary>
    public static IReadOnlyList<ResourceId> Of(RecoveryPlan plan) => [.. With(plan).Select(one => one.Id)];

    /// <summary>The same, as the template has them.</summary>
    public static IEnumerable<(ResourceId Id, JsonObject Resource)> With(RecoveryPlan plan)
    {
        var group = ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
        return TemplateResources.All(plan.Template)
            .Select(resource => (Reference: ResourceReference.Of(resource), Resource: resource))
            .Where(one => EstateTypes.RankOf(one.Reference.Type) >= 0)
            .Select(one => (IdOf(group, one.Reference), one.Resource));
    }

    private static ResourceId IdOf(ResourceId group, ResourceReference reference)
    {
        var types = reference.Type.Split('/');
        var names = reference.Name.Split('/');
        var id = group.Provider($"{types[0]}/{types[1]}", names[0]);
        for (var at = 1; at < names.Length && at + 1 < types.Length; at++)
        {
            id = id.Child(types[at + 1], names[at]);
        }

        return id;
    }
}
