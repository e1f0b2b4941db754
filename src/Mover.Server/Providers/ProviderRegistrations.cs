using System.Text.Json.Serialization;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Providers;

/// <summary>That a subscription has unregistered a provider. All others are registered.</summary>
internal sealed record ProviderRegistration(string State);

/// <summary>Which providers a subscription may make resources of: all, until it unregisters one.</summary>
internal sealed class ProviderRegistrations(DocumentStore documents, ProviderCatalogue catalogue) : IWriteRequirement
{
    public const string Registered = "Registered";
    public const string NotRegistered = "NotRegistered";
    private const string Unregistered = "Unregistered";
    private const int LooksMax = 100_000;

    /// <summary>The state as ARM shows it.</summary>
    public async Task<string> StateOfAsync(string subscription, ResourceProvider provider, CancellationToken cancel) =>
        provider.IsRegistrationFree
            || await documents.GetAsync(KeyOf(subscription, provider), ProvidersJson.Default.ProviderRegistration, cancel) is not { } found
                ? Registered
                : found.Value.State;

    /// <summary>What to read for <see cref="Require"/>; null when resources of the type can always be made.</summary>
    public DocumentKey? KeyFor(ResourceId id) =>
        ProviderOf(id) is { IsRegistrationFree: false } provider ? KeyOf(id.Subscription, provider) : null;

    /// <summary>Null when resources of the provider can be made.</summary>
    public ArmError? Require(ResourceId id, DocumentsRead read) =>
        ProviderOf(id) is { IsRegistrationFree: false } provider
        && read.Get(KeyOf(id.Subscription, provider), ProvidersJson.Default.ProviderRegistration) is { } found
        && found.Value.State != Registered
            ? ArmErrors.MissingSubscriptionRegistration(provider.Namespace)
            : null;

    /// <summary>Registers; what is registered already stays so.</summary>
    public async Task RegisterAsync(ResourceScope scope, ResourceProvider provider, CancellationToken cancel) =>
        await documents.DeleteAsync(KeyOf(scope.Subscription, provider), DocumentCondition.Always, ArmWrites.Stamp(scope), cancel);

    /// <summary>Unregisters; refused while there are resources of the provider.</summary>
    public async Task<ArmError?> UnregisterAsync(ResourceScope scope, ResourceProvider provider, CancellationToken cancel)
    {
        if (provider.IsRegistrationFree)
        {
            return null;
        }

        var prefix = provider.Namespace.ToLowerInvariant() + "/";
        var types = catalogue.TrackedTypes
            .Where(type => type.StartsWith(prefix, StringComparison.Ordinal))
            .ToHashSet(StringComparer.Ordinal);
        var left = await documents.ListResourcesPageAsync(
            ResourceId.OfSubscription(scope.Subscription), types, _ => true, ResourcesJson.Default.ListedResource, null, 1, LooksMax,
            cancel);
        if (left.Documents.Count > 0)
        {
            return ArmErrors.ProviderInUse(provider.Namespace, left.Documents[0].Key.Id.TypeAndNames);
        }

        await documents.PutAsync(KeyOf(scope.Subscription, provider), new(Unregistered), ProvidersJson.Default.ProviderRegistration,
            DocumentCondition.Always, ArmWrites.Stamp(scope), cancel);
        return null;
    }

    private ResourceProvider? ProviderOf(ResourceId id) =>
        id.Type.Length > 0 ? catalogue.Find(id.Type[..id.Type.IndexOf('/', StringComparison.Ordinal)]) : null;

    private static DocumentKey KeyOf(string subscription, ResourceProvider provider) =>
        DocumentKey.Internal("provider-registrations", ArmCase.Lower(subscription), ArmCase.Lower(provider.Namespace));
}

/// <summary>JSON of registrations.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProviderRegistration))]
internal sealed partial class ProvidersJson : JsonSerializerContext;
