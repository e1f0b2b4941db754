using System.Text.Json.Nodes;

namespace Mover.Recovery.Plans;

/// <summary>A value that the first step of a deployment leaves out and the second one sets: what it names is not there before.</summary>
/// <param name="Type">Type of the resource.</param>
/// <param name="Name">Its whole name, with slashes.</param>
/// <param name="Property">The member of its <c>properties</c>.</param>
public sealed record LaterValue(string Type, string Name, string Property);

/// <summary>
/// An order in which everything comes after what it depends on; otherwise as given. A circle is broken: by a dependency that nothing needs
/// but itself, else by a value that can be set in a second step.
/// </summary>
internal sealed class PlanOrder
{
    private const string Rule = "break-circle";
    private const int NamedMax = 10;
    private const int CirclesMax = 1000;

    private readonly IReadOnlyList<JsonObject> _resources;
    private readonly PlanGraph _graph;

    private PlanOrder(IReadOnlyList<JsonObject> resources, List<PlanProblem> problems)
    {
        _resources = resources;
        _graph = new(resources);
        var ordered = _graph.Ordered();
        for (var circles = 0; ordered.Count < resources.Count; circles++)
        {
            var circle = _graph.Circle(ordered);
            if (circles == CirclesMax || !Break(circle, problems))
            {
                problems.Add(PlanProblem.Blocks(
                    "CircularDependency", $"{circle.Count} resources have a circular dependency: {Named(circle)}.",
                    "Remove one of the dependencies with a rule."));
                ordered.AddRange(Enumerable.Range(0, resources.Count).Except(ordered).ToList());
                break;
            }

            ordered = _graph.Ordered();
        }

        Declare();
        Resources = [.. ordered.Select(at => resources[at])];
    }

    /// <summary>The resources in order.</summary>
    public IReadOnlyList<JsonObject> Resources { get; }

    /// <summary>The dependencies that are left out.</summary>
    public List<PlanChange> Changes { get; } = [];

    /// <summary>The values that a second step sets.</summary>
    public List<LaterValue> Later { get; } = [];

    /// <summary>Orders resources, whose <c>dependsOn</c> is changed. A circle that cannot be broken is told and left as it is.</summary>
    public static PlanOrder Of(IReadOnlyList<JsonObject> resources, List<PlanProblem> problems) => new(resources, problems);

    private bool Break(List<int> circle, List<PlanProblem> problems)
    {
        var links = circle.Select((at, place) => (At: at, Needed: circle[(place + 1) % circle.Count])).ToList();
        foreach (var (at, needed) in links.Where(link => _graph.Of(link.At)[link.Needed].IsOrderOnly))
        {
            Remove(at, needed);
            problems.Add(PlanProblem.Warns(
                "CircleBroken",
                $"Resources have a circular dependency: {Named(circle)}. {Reference(at)} is deployed without waiting for "
                    + $"{Reference(needed)}, which it does not reference.",
                "No action needed; to hide this note, remove the dependency with a rule."));
            return true;
        }

        foreach (var (at, _) in links.Where(link => _graph.Of(link.At)[link.Needed] is { IsNamedLater: true, IsFixed: false }))
        {
            foreach (var named in _graph.Of(at).Where(edge => edge.Value is { IsNamedLater: true, IsFixed: false }).ToList())
            {
                Remove(at, named.Key);
            }

            var reference = Reference(at);
            Later.Add(new(reference.Type, reference.Name, PlanGraph.LaterProperty));
            problems.Add(PlanProblem.Warns(
                "CircleBroken",
                $"Resources have circular references: {Named(circle)}. {reference} gets its '{PlanGraph.LaterProperty}' in a second "
                    + "step, after everything else is deployed.",
                "No action needed; `mover recovery deploy` runs both steps."));
            return true;
        }

        return false;
    }

    private void Remove(int at, int needed)
    {
        _graph.Of(at).Remove(needed);
        var (holder, expression) = (Reference(at), Reference(needed).Expression);
        if (_resources[at]["dependsOn"] is not JsonArray waits)
        {
            return;
        }

        foreach (var one in waits.Where(one => string.Equals(one?.ToString(), expression, StringComparison.OrdinalIgnoreCase)).ToList())
        {
            waits.Remove(one);
            Changes.Add(new()
            {
                Rule = Rule, Kind = PlanChangeKind.Changed, Type = holder.Type, Name = holder.Name, Path = "/dependsOn",
                Before = one?.DeepClone(),
            });
        }

        if (waits.Count == 0)
        {
            _resources[at].AsObject().Remove("dependsOn");
        }
    }

    // ARM deploys at the same time what does not say that it waits.
    private void Declare()
    {
        for (var at = 0; at < _resources.Count; at++)
        {
            foreach (var needed in _graph.Of(at).Where(edge => !edge.Value.IsDeclared).Select(edge => edge.Key))
            {
                var resource = _resources[at].AsObject();
                if (resource["dependsOn"] is not JsonArray waits)
                {
                    resource["dependsOn"] = waits = [];
                }

                waits.Add((JsonNode)Reference(needed).Expression);
            }
        }
    }

    private ResourceReference Reference(int at) => ResourceReference.Of(_resources[at]);

    private string Named(List<int> circle) => string.Join(
        ", ", circle.Take(NamedMax).Select(at => Reference(at).ToString())
            .Concat(circle.Count > NamedMax ? [$"and {circle.Count - NamedMax} more"] : []));
}
