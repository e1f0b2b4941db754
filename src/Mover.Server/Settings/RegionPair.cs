using Mover.Core.Regions;

namespace Mover.Server.Settings;

/// <summary>The region that a control plane is paired with: each keeps a copy of what the other serves.</summary>
/// <param name="Region">Its name.</param>
/// <param name="Addresses">Where its servers are reached, https; one at least.</param>
public sealed record RegionPair(string Region, IReadOnlyList<Uri> Addresses)
{
    /// <summary>
    /// A PEM file with the authority of the pair's certificates; null trusts the authority that the two share, once this region has a copy
    /// of it, and the system's authorities before.
    /// </summary>
    public string? AuthorityFile { get; init; }

    /// <summary>Over an empty store, take the state from the pair; never make a new control plane.</summary>
    public bool StartsAsStandby { get; init; }

    /// <summary>
    /// Null when a region may be paired with another: two that are known, not one and the same, within one geography. Otherwise why not.
    /// </summary>
    public static string? Refuse(RegionCatalogue regions, string own, string pair) =>
        regions.Find(own) is not { } here ? $"the region '{own}' does not exist"
        : regions.Find(pair) is not { } there ? $"the region '{pair}' does not exist"
        : here.Name == there.Name ? "a region cannot be paired with itself"
        : RefuseGeography(here.Geography, there.Name, there.Geography);

    /// <summary>Null when metadata of a geography may go to a region; otherwise why not.</summary>
    /// <param name="own">The geography that the metadata is in.</param>
    /// <param name="region">The region that it would go to.</param>
    /// <param name="geography">The geography of that.</param>
    public static string? RefuseGeography(string own, string region, string geography) => own == geography ? null
        : $"'{region}' is in the geography '{geography}', but metadata must stay in '{own}'";
}
