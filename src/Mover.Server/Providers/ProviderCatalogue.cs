using System.Collections.Frozen;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Server.Providers;

/// <summary>A resource type as providers list it.</summary>
/// <param name="Name">The type without the namespace, such as <c>storageMovers/projects</c>.</param>
/// <param name="IsTracked">True for one with a location and tags.</param>
/// <param name="HasLocations">True for one that is somewhere: it, or what it is below.</param>
internal sealed record ProviderType(string Name, bool IsTracked = false, bool HasLocations = true)
{
    /// <summary>What clients may do with it, in ARM's words.</summary>
    public string Capabilities => IsTracked ? "SupportsTags, SupportsLocation" : "None";
}

/// <summary>A resource provider: its namespace, its types, and whether a subscription registers it.</summary>
/// <param name="Namespace">Such as <c>Microsoft.StorageMover</c>; its api-versions are in <see cref="ApiVersions"/>.</param>
/// <param name="Types">Its types; each is answered at every api-version of the provider.</param>
/// <param name="IsRegistrationFree">True when it can always be used and not be unregistered.</param>
internal sealed record ResourceProvider(string Namespace, IReadOnlyList<ProviderType> Types, bool IsRegistrationFree = false);

/// <summary>The resource providers of this control plane. A feature that brings one registers it as a service.</summary>
internal sealed class ProviderCatalogue
{
    private readonly FrozenDictionary<string, ResourceProvider> _byNamespace;

    public ProviderCatalogue(IEnumerable<ResourceProvider> providers)
    {
        All = [.. providers.OrderBy(provider => provider.Namespace, StringComparer.OrdinalIgnoreCase)];
        _byNamespace = All.ToFrozenDictionary(provider => provider.Namespace, StringComparer.OrdinalIgnoreCase);
        TrackedTypes = All
            .SelectMany(provider => provider.Types.Where(type => type.IsTracked).Select(type => $"{provider.Namespace}/{type.Name}"))
            .Where(type => type.Count(c => c == '/') == 1)
            .Select(type => type.ToLowerInvariant())
            .ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Every provider by name.</summary>
    public IReadOnlyList<ResourceProvider> All { get; }

    /// <summary>The types that resource lists show, in lower case with their namespace.</summary>
    public IReadOnlySet<string> TrackedTypes { get; }

    /// <summary>The providers that the control plane has by itself.</summary>
    public static IReadOnlyList<ResourceProvider> BuiltIn { get; } =
    [
        new(ApiVersions.StorageMover,
        [
            .. DescribedTypes.All.Select(type => new ProviderType(type.Name[(type.Name.IndexOf('/') + 1)..], type.IsTracked)),
            new("operations", HasLocations: false), new("locations", HasLocations: false), new("locations/operationStatuses"),
            new("locations/operationResults"),
        ]),
        new(ApiVersions.Storage, [new("storageAccounts", IsTracked: true)]),
        new(ApiVersions.HybridCompute, [new("machines", IsTracked: true)]),
        new(ApiVersions.Authorization,
        [
            new("roleAssignments", HasLocations: false), new("roleDefinitions", HasLocations: false),
            new("permissions", HasLocations: false),
        ], IsRegistrationFree: true),
        new(ApiVersions.Insights, [new("eventtypes", HasLocations: false)], IsRegistrationFree: true),
        new(ApiVersions.Resources,
        [
            new("tenants", HasLocations: false), new("subscriptions", HasLocations: false),
            new("subscriptions/locations", HasLocations: false), new("subscriptions/providers", HasLocations: false),
            new("subscriptions/resources", HasLocations: false), new("subscriptions/resourceGroups"),
            new("subscriptions/resourceGroups/resources", HasLocations: false), new("subscriptions/tagNames", HasLocations: false),
            new("resourceGroups"), new("tags", HasLocations: false), new("providers", HasLocations: false),
            new("deployments", HasLocations: false), new("deployments/operations", HasLocations: false),
        ], IsRegistrationFree: true),
    ];

    /// <summary>The provider of a namespace, case aside; null when there is none.</summary>
    public ResourceProvider? Find(string? name) => name is null ? null : _byNamespace.GetValueOrDefault(name);
}
