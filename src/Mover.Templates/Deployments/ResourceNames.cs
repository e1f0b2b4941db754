using System.Globalization;

namespace Mover.Templates.Deployments;

/// <summary>Finds the resources of a template by what expressions call them.</summary>
internal sealed class ResourceNames
{
    private readonly ILookup<string, PlannedResource> _byName;

    public ResourceNames(IEnumerable<PlannedResource> resources, bool isVersion2)
    {
        _byName = resources.SelectMany(one => NamesOf(one, isVersion2).Distinct(StringComparer.OrdinalIgnoreCase)
                .Select(name => (Name: name, Resource: one)))
            .ToLookup(pair => pair.Name, pair => pair.Resource, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The resources of an id, symbolic name, loop, name, or type and name; none when there is none.</summary>
    public IReadOnlyList<PlannedResource> Find(string name) => [.. _byName[name]];

    private static IEnumerable<string> NamesOf(PlannedResource one, bool isVersion2)
    {
        yield return one.Id;
        yield return $"{one.Type}/{one.Name}";
        if (one.Symbol is { } symbol)
        {
            yield return symbol;
            if (one.Loop is not null)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{symbol}[{one.LoopIndex}]");
            }
        }

        if (!isVersion2)
        {
            yield return one.Name;
            if (one.Loop is { } loop)
            {
                yield return loop;
            }
        }
    }
}
