using System.Collections.Frozen;
using Mover.Core.Rules;

namespace Mover.Core.Regions;

/// <summary>The regions that are known: Azure's, and those that an operator adds. Immutable.</summary>
public sealed class RegionCatalogue
{
    private const int NameCharsMax = 64;
    private const int ZonesMax = 9;
    private const int ZonesDefault = 3;
    private const int AddedMax = 1000;

    private readonly FrozenDictionary<string, Region> _byName;

    private RegionCatalogue(IReadOnlyList<Region> all)
    {
        All = all;
        _byName = all.ToFrozenDictionary(region => region.Name, StringComparer.OrdinalIgnoreCase);
        DisplayNames = [.. all.Select(region => region.DisplayName)];
    }

    /// <summary>Azure's public regions. Source: Azure documentation, "List of Azure regions" and "Region pairs".</summary>
    public static RegionCatalogue Azure { get; } = new(AzureRegions.All);

    /// <summary>Every region, Azure's first.</summary>
    public IReadOnlyList<Region> All { get; }

    /// <summary>Every display name, in the order of <see cref="All"/>.</summary>
    public IReadOnlyList<string> DisplayNames { get; }

    /// <summary>The region that a location names, by name or display name, case and blanks aside; null when there is none.</summary>
    public Region? Find(string? location) =>
        location is { Length: > 0 and <= NameCharsMax } ? _byName.GetValueOrDefault(Tracked.Normal(location)) : null;

    /// <summary>The same with regions of an operator's own. Throws <see cref="ArgumentException"/> that names every problem.</summary>
    public RegionCatalogue With(IReadOnlyList<PrivateRegion> added)
    {
        var problems = new List<string>();
        if (added.Count > AddedMax)
        {
            throw new ArgumentException($"At most {AddedMax} regions can be added.", nameof(added));
        }

        var regions = added.Select(region => Read(region, problems)).ToList();
        var names = new Dictionary<string, Region>(_byName, StringComparer.OrdinalIgnoreCase);
        foreach (var region in regions.Where(region => !names.TryAdd(region.Name, region)))
        {
            problems.Add($"The region '{region.Name}' already exists.");
        }

        foreach (var region in regions.Where(region => region.PairedRegion is not null))
        {
            if (!names.TryGetValue(region.PairedRegion ?? string.Empty, out var pair))
            {
                problems.Add($"The region '{region.Name}' is paired with '{region.PairedRegion}', which does not exist.");
            }
            else if (pair == region || !pair.Geography.Equals(region.Geography, StringComparison.OrdinalIgnoreCase))
            {
                problems.Add($"The region '{region.Name}' must be paired with another region of its geography, not with '{pair.Name}'.");
            }
        }

        return problems.Count == 0 ? new([.. All, .. regions]) : throw new ArgumentException(string.Join(' ', problems), nameof(added));
    }

    private static Region Read(PrivateRegion region, List<string> problems)
    {
        var name = Tracked.Normal(region.Name ?? string.Empty);
        if (name.Length is 0 or > NameCharsMax || !name.All(char.IsAsciiLetterOrDigit))
        {
            problems.Add($"'{name}' is not a valid region name; use 1 to {NameCharsMax} letters and digits.");
        }

        if (string.IsNullOrWhiteSpace(region.Geography))
        {
            problems.Add($"The region '{name}' has no geography.");
        }

        if (region.Zones is < 0 or > ZonesMax)
        {
            problems.Add($"The region '{name}' must have 0 to {ZonesMax} zones.");
        }

        var geography = region.Geography?.Trim() ?? string.Empty;
        return new(
            name,
            region.DisplayName ?? region.Name ?? string.Empty,
            geography,
            region.GeographyGroup ?? geography,
            region.PhysicalLocation ?? geography,
            region.Zones ?? ZonesDefault,
            region.PairedRegion is null ? null : Tracked.Normal(region.PairedRegion));
    }
}
