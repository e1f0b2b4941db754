using Mover.Core.Regions;
using Mover.Templates.Values;

namespace Mover.Templates.Evaluation;

/// <summary>What functions ask of the cloud that a template is deployed to.</summary>
public sealed record CloudFacts
{
    /// <summary>The regions with their zones.</summary>
    public required RegionCatalogue Regions { get; init; }

    /// <summary>
    /// A provider by its namespace, case ignored: <c>{namespace, resourceTypes:[{resourceType, locations, apiVersions}]}</c>, the newest
    /// version first. Null when there is none.
    /// </summary>
    public required Func<string, ObjectValue?> Provider { get; init; }

    /// <summary>The GUID of the role definition with a name, case ignored; null when there is none.</summary>
    public required Func<string, string?> Role { get; init; }
}
