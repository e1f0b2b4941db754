using System.Globalization;

namespace Mover.Core.Regions;

/// <summary>A place that a control plane can be in.</summary>
/// <param name="Name">The name as a resource's location shows it: lower case, without blanks.</param>
/// <param name="DisplayName">The name that people read, such as <c>East US</c>.</param>
/// <param name="Geography">The border that customer data does not leave, such as <c>United States</c>.</param>
/// <param name="GeographyGroup">The larger area, such as <c>US</c>.</param>
/// <param name="PhysicalLocation">The state or city.</param>
/// <param name="Zones">How many availability zones it has; 0 for none.</param>
/// <param name="PairedRegion">The name of the region it is paired with; null when it has no pair. A pair may be one way.</param>
public sealed record Region(
    string Name,
    string DisplayName,
    string Geography,
    string GeographyGroup,
    string PhysicalLocation,
    int Zones = 0,
    string? PairedRegion = null)
{
    /// <summary>The display name with the geography group before it: <c>(US) East US</c>.</summary>
    public string RegionalDisplayName => $"({GeographyGroup}) {DisplayName}";

    /// <summary><c>Recommended</c> for a region with zones, else <c>Other</c>.</summary>
    public string Category => Zones > 0 ? "Recommended" : "Other";

    /// <summary>The name of a zone itself, whichever number a subscription has for it.</summary>
    /// <param name="zone">1 to <see cref="Zones"/>.</param>
    public string PhysicalZone(int zone) => string.Create(CultureInfo.InvariantCulture, $"{Name}-az{zone}");
}

/// <summary>A region that an operator adds, as a file says it. What is null takes the default that is named.</summary>
/// <param name="Name">Letters and digits, 64 at most; blanks and case are ignored.</param>
/// <param name="Geography">Required.</param>
/// <param name="DisplayName">The name itself when null.</param>
/// <param name="GeographyGroup">The geography when null.</param>
/// <param name="PhysicalLocation">The geography when null.</param>
/// <param name="Zones">0 to 9; 3 when null.</param>
/// <param name="PairedRegion">A region of the same geography, built in or added; none when null.</param>
public sealed record PrivateRegion(
    string? Name,
    string? Geography,
    string? DisplayName = null,
    string? GeographyGroup = null,
    string? PhysicalLocation = null,
    int? Zones = null,
    string? PairedRegion = null);
