using Mover.Core.Regions;
using Mover.Core.Rules;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Status;

/// <summary>Where a recovery goes when nobody says.</summary>
/// <param name="Region">
/// The pair of the source's region, or the only other region of its geography; null when a person must choose.
/// </param>
/// <param name="Candidates">The other regions of that geography, which metadata does not leave unasked.</param>
public sealed record RegionChoice(string? Region, IReadOnlyList<string> Candidates)
{
    /// <summary>The choice for a snapshot. Pure.</summary>
    /// <param name="source">Where it was taken.</param>
    /// <param name="known">The regions that are known.</param>
    public static RegionChoice Of(SnapshotSource source, RegionCatalogue known)
    {
        var here = known.Find(source.Location);
        var geography = here?.Geography ?? source.Geography;
        var candidates = known.All
            .Where(region => region != here && region.Geography.Equals(geography, StringComparison.OrdinalIgnoreCase))
            .Select(region => region.Name).ToList();
        return new(
            here?.PairedRegion is { } pair && candidates.Contains(pair, StringComparer.OrdinalIgnoreCase) ? pair
                : candidates.Count == 1 ? candidates[0]
                : null,
            candidates);
    }

    /// <summary>A name for the new resource group: the source's and the region, and never the source's own.</summary>
    public static string GroupFor(string sourceGroup, string region)
    {
        var end = $"-{string.Concat(Tracked.Normal(region).Where(char.IsAsciiLetterOrDigit))}";
        var name = Cut(sourceGroup, end);
        return name.Equals(sourceGroup, StringComparison.OrdinalIgnoreCase) ? Cut(sourceGroup, end + "-2") : name;
    }

    private static string Cut(string text, string end)
    {
        var most = Math.Max(Limits.GroupNameCharsMax - end.Length, 1);
        return (text.Length > most ? text[..most] : text) + end;
    }
}
