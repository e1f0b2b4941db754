using System.Text.Json.Nodes;
using Mover.Recovery.Rules;

namespace Mover.Recovery.Plans;

/// <summary>An order in which everything comes after what it depends on; otherwise as given.</summary>
internal static class PlanOrder
{
    private const int NamedMax = 10;

    /// <summary>The resources in order. A circle is told in <paramref name="problems"/> and left as it is.</summary>
    public static List<JsonObject> Of(IReadOnlyList<JsonObject> resources, List<PlanProblem> problems)
    {
        var byExpression = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; at < resources.Count; at++)
        {
            byExpression[ResourceReference.Of(resources[at]).Expression] = at;
        }

        var waiting = new int[resources.Count];
        var waiters = new List<int>[resources.Count];
        for (var at = 0; at < resources.Count; at++)
        {
            foreach (var one in (resources[at]["dependsOn"] as JsonArray ?? []).Select(one => one?.ToString() ?? string.Empty))
            {
                if (byExpression.TryGetValue(one, out var needed))
                {
                    (waiters[needed] ??= []).Add(at);
                    waiting[at]++;
                }
            }
        }

        var ready = new PriorityQueue<int, int>(
            Enumerable.Range(0, resources.Count).Where(at => waiting[at] == 0).Select(at => (at, at)));
        var ordered = new List<JsonObject>(resources.Count);
        while (ready.TryDequeue(out var next, out _))
        {
            ordered.Add(resources[next]);
            foreach (var waiter in waiters[next] ?? [])
            {
                if (--waiting[waiter] == 0)
                {
                    ready.Enqueue(waiter, waiter);
                }
            }
        }

        if (ordered.Count < resources.Count)
        {
            var circle = Enumerable.Range(0, resources.Count).Where(at => waiting[at] > 0).ToList();
            problems.Add(PlanProblem.Blocks(
                "CircularDependency",
                $"{circle.Count} resources depend on each other in a circle or on such ones: "
                    + $"{string.Join(", ", circle.Take(NamedMax).Select(at => ResourceReference.Of(resources[at]).ToString()))}.",
                "Remove one of the dependencies with a rule."));
            ordered.AddRange(circle.Select(at => resources[at]));
        }

        return ordered;
    }
}
