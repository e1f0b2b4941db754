using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>Finds what each resource waits for: what <c>dependsOn</c> says, and the names that <c>reference</c> is given.</summary>
internal sealed class DependencyGraph
{
    private static readonly HashSet<string> Readers = new(StringComparer.OrdinalIgnoreCase) { "reference", "references" };
    private readonly IReadOnlyList<PlannedResource> _resources;
    private readonly IReadOnlyList<ResourceIdentity> _skipped;
    private readonly HashSet<string> _absent;
    private readonly ResourceNames _names;

    public DependencyGraph(
        IReadOnlyList<PlannedResource> resources, IReadOnlyList<ResourceIdentity> skipped, HashSet<string> absent, bool isVersion2)
    {
        (_resources, _skipped, _absent) = (resources, skipped, absent);
        _names = new(resources, isVersion2);
    }

    /// <summary>Sets what each resource waits for; throws when something is not there, or waits for itself.</summary>
    public void Connect()
    {
        foreach (var resource in _resources)
        {
            var waits = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var name in Declared(resource))
            {
                var found = _names.Find(name);
                if (found.Count == 0 && !IsAbsent(name))
                {
                    throw ResourceWords.Fault(
                        resource.Written,
                        $"{ResourceWords.At(resource.Written)} is not valid: The resource '{name}' is not defined in the template. "
                            + "Please see "
                        + "https://aka.ms/arm-syntax for usage details.");
                }

                waits.UnionWith(found.Select(one => one.Id));
            }

            foreach (var name in Implied(resource))
            {
                waits.UnionWith(_names.Find(name).Where(one => !ReferenceEquals(one, resource)).Select(one => one.Id));
            }

            resource.DependsOn = [.. waits];
        }

        AddBatches();
        RefuseCircles();
    }

    private static IEnumerable<string> Declared(PlannedResource resource)
    {
        if (resource.Written["dependsOn"] is not { } written)
        {
            return [];
        }

        var now = resource.Scope with { References = NoReferences.Instance };
        return ValueResolver.ResolveNow(written, now) is ArrayValue list
            ? list.Items.OfType<StringValue>().Select(item => item.Value)
            : throw ResourceWords.Fault(resource.Written, $"{ResourceWords.At(resource.Written)} is not valid: 'dependsOn' must be "
                + "an array.");
    }

    private bool IsAbsent(string name) => _absent.Contains(name) || _skipped.Any(one =>
        name.Equals(one.Id, StringComparison.OrdinalIgnoreCase)
        || name.Equals(one.Name, StringComparison.OrdinalIgnoreCase)
        || name.Equals($"{one.Type}/{one.Name}", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Implied(PlannedResource resource) => resource.Written
        .Where(member => resource.Nested is null || !member.Name.Equals("properties", StringComparison.OrdinalIgnoreCase))
        .SelectMany(member => NamesIn(member.Value, resource.Scope))
        .Concat(resource.Nested is null ? [] : NamesIn(resource.Nested.Given, resource.Scope));

    // A name that hangs on a loop within the properties is not known here; such resources are read by their ids.
    private static IEnumerable<string> NamesIn(TemplateValue value, Scope scope) => ExpressionSearch.In(value)
        .SelectMany(expression => expression.Calls())
        .Where(call => call.Arguments.Count > 0 && Readers.Contains(call.Name))
        .Select(call => NameOf(call.Arguments[0], scope))
        .OfType<string>();

    private static string? NameOf(Expression expression, Scope scope)
    {
        try
        {
            var value = Evaluator.Evaluate(expression, scope with { References = null });
            return value is StringValue { Value: var name } && !name.StartsWith('/') ? name : null;
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    // A serial loop is a chain of batches.
    private void AddBatches()
    {
        foreach (var loop in _resources.Where(one => one.BatchSize is not null).GroupBy(one => (one.Loop, one.Symbol, one.Type)))
        {
            var batches = loop.OrderBy(one => one.LoopIndex).Chunk(loop.First().BatchSize ?? 1).ToList();
            foreach (var (before, after) in batches.Zip(batches.Skip(1)))
            {
                foreach (var one in after)
                {
                    one.DependsOn = [.. one.DependsOn.Union(before.Select(earlier => earlier.Id), StringComparer.OrdinalIgnoreCase)];
                }
            }
        }
    }

    private void RefuseCircles()
    {
        var byId = _resources.ToDictionary(one => one.Id, StringComparer.OrdinalIgnoreCase);
        var waiting = _resources.ToDictionary(one => one.Id, one => one.DependsOn.Count, StringComparer.OrdinalIgnoreCase);
        var followers = _resources.SelectMany(one => one.DependsOn.Select(id => (id, one.Id)))
            .ToLookup(pair => pair.id, pair => pair.Id, StringComparer.OrdinalIgnoreCase);
        var ready = new Queue<string>(waiting.Where(one => one.Value == 0).Select(one => one.Key));
        var done = 0;
        while (ready.TryDequeue(out var id))
        {
            done++;
            foreach (var follower in followers[id])
            {
                if (--waiting[follower] == 0)
                {
                    ready.Enqueue(follower);
                }
            }
        }

        if (done < _resources.Count)
        {
            var one = byId[waiting.First(left => left.Value > 0).Key];
            throw new TemplateException(
                $"Circular dependency detected on resource: '{one.Id}'. Please see https://aka.ms/arm-syntax-resources for usage details.",
                path: "properties.template.resources", place: one.Place);
        }
    }
}
