using System.Text.Json.Nodes;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Plans;

/// <summary>Why one resource of a plan has to come after another.</summary>
internal sealed class PlanEdge
{
    /// <summary>Whether <c>dependsOn</c> says so.</summary>
    public bool IsDeclared { get; set; }

    /// <summary>Whether the other is above it, or named where a value has to be there from the beginning.</summary>
    public bool IsFixed { get; set; }

    /// <summary>Whether the other is named where a value may be set later.</summary>
    public bool IsNamedLater { get; set; }

    /// <summary>Whether nothing but <c>dependsOn</c> asks for it.</summary>
    public bool IsOrderOnly => !IsFixed && !IsNamedLater;
}

/// <summary>What the resources of a plan wait for: what is above them, what <c>dependsOn</c> says, what their properties name.</summary>
internal sealed class PlanGraph
{
    /// <summary>The one property of an estate that names other resources and may be set after its resource was created.</summary>
    public const string LaterProperty = "connections";

    private readonly IReadOnlyList<JsonObject> _resources;
    private readonly Dictionary<string, int> _byExpression = new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedDictionary<int, PlanEdge>[] _edges;

    public PlanGraph(IReadOnlyList<JsonObject> resources)
    {
        _resources = resources;
        _edges = new SortedDictionary<int, PlanEdge>[resources.Count];
        for (var at = 0; at < resources.Count; at++)
        {
            _edges[at] = [];
            _byExpression[ResourceReference.Of(resources[at]).Expression] = at;
        }

        for (var at = 0; at < resources.Count; at++)
        {
            Connect(at);
        }
    }

    /// <summary>What a resource waits for, in the order of the template.</summary>
    public SortedDictionary<int, PlanEdge> Of(int at) => _edges[at];

    /// <summary>Resources that can be deployed one after the other, as far as no circle holds them up; otherwise as given.</summary>
    public List<int> Ordered()
    {
        var waiting = new int[_resources.Count];
        var waiters = new List<int>?[_resources.Count];
        for (var at = 0; at < _resources.Count; at++)
        {
            foreach (var needed in _edges[at].Keys)
            {
                (waiters[needed] ??= []).Add(at);
                waiting[at]++;
            }
        }

        var ready = new PriorityQueue<int, int>(
            Enumerable.Range(0, _resources.Count).Where(at => waiting[at] == 0).Select(at => (at, at)));
        var ordered = new List<int>(_resources.Count);
        while (ready.TryDequeue(out var next, out _))
        {
            ordered.Add(next);
            foreach (var waiter in waiters[next] ?? [])
            {
                if (--waiting[waiter] == 0)
                {
                    ready.Enqueue(waiter, waiter);
                }
            }
        }

        return ordered;
    }

    /// <summary>A circle among what cannot be ordered: each waits for the next one, and the last for the first.</summary>
    public List<int> Circle(IReadOnlyCollection<int> ordered)
    {
        var done = ordered.ToHashSet();
        var at = Enumerable.Range(0, _resources.Count).First(one => !done.Contains(one));
        var (path, places) = (new List<int>(), new Dictionary<int, int>());
        while (places.TryAdd(at, path.Count))
        {
            path.Add(at);
            at = _edges[at].Keys.First(needed => !done.Contains(needed));
        }

        return path[places[at]..];
    }

    private void Connect(int at)
    {
        var resource = _resources[at];
        var reference = ResourceReference.Of(resource);
        foreach (var text in (resource["dependsOn"] as JsonArray ?? []).Select(one => one?.ToString() ?? string.Empty))
        {
            // Of all these, only this one can be a resource's dependency on itself.
            Edge(at, text, edge => edge.IsDeclared = true, mayBeItself: true);
        }

        for (var above = Above(reference); above is { } one; above = Above(one))
        {
            Edge(at, one.Expression, edge => edge.IsFixed = true);
        }

        var isJob = reference.Type.Equals(EstateTypes.JobDefinition, StringComparison.OrdinalIgnoreCase);
        foreach (var (name, value) in (resource["properties"] as JsonObject ?? []).Where(member => member.Key != "description"))
        {
            foreach (var text in TextsOf(value))
            {
                Edge(at, text, isJob && name == LaterProperty ? edge => edge.IsNamedLater = true : edge => edge.IsFixed = true);
            }

            if (isJob && name is "sourceName" or "targetName")
            {
                var endpoint = new ResourceReference(EstateTypes.Endpoint, $"{reference.Name.Split('/')[0]}/{value}");
                Edge(at, endpoint.Expression, edge => edge.IsFixed = true);
            }
        }
    }

    private void Edge(int at, string expression, Action<PlanEdge> note, bool mayBeItself = false)
    {
        if (!_byExpression.TryGetValue(expression, out var needed) || (needed == at && !mayBeItself))
        {
            return;
        }

        if (!_edges[at].TryGetValue(needed, out var edge))
        {
            _edges[at][needed] = edge = new();
        }

        note(edge);
    }

    private static ResourceReference? Above(ResourceReference one) =>
        one.Name.LastIndexOf('/') is > 0 and var name && one.Type.LastIndexOf('/') is > 0 and var type
            ? new(one.Type[..type], one.Name[..name])
            : null;

    private static IEnumerable<string> TextsOf(JsonNode? node) => node switch
    {
        JsonObject one => one.SelectMany(member => TextsOf(member.Value)),
        JsonArray many => many.SelectMany(TextsOf),
        _ => Estate.TextOf(node) is ['[', .., ']'] text ? [text] : [],
    };
}
