using System.Text.Json.Serialization;

namespace Mover.Core.Resources;

/// <summary>
/// The envelope that every ARM resource shares. Keys go on the wire in this order: id, name, type, kind and sku where a type has them,
/// location, tags, systemData, identity, properties; what is null is absent. Source: ARM RPC, "resource envelope".
/// </summary>
public abstract record ArmResource
{
    /// <summary>The full ARM id; null in a request.</summary>
    [JsonPropertyOrder(-9)]
    public string? Id { get; init; }

    /// <summary>The last segment of the id.</summary>
    [JsonPropertyOrder(-8)]
    public string? Name { get; init; }

    /// <summary>The full type, such as <c>microsoft.storagemover/storagemovers</c>: lower case in Storage Mover's answers.</summary>
    [JsonPropertyOrder(-7)]
    public string? Type { get; init; }

    /// <summary>The region; only tracked resources have one.</summary>
    [JsonPropertyOrder(-5)]
    public string? Location { get; init; }

    /// <summary>Tags; only tracked resources have them, and null means none.</summary>
    [JsonPropertyOrder(-4)]
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Who created and last changed the resource, and when.</summary>
    [JsonPropertyOrder(-3)]
    public SystemData? SystemData { get; init; }

    /// <summary>The resource's own identity; null when it has none.</summary>
    [JsonPropertyOrder(-2)]
    public ManagedIdentity? Identity { get; init; }
}

/// <summary>An ARM resource with its properties; they are null only in a request that left them out.</summary>
public abstract record ArmResource<TProperties> : ArmResource
    where TProperties : class
{
    /// <summary>The resource's own properties.</summary>
    [JsonPropertyOrder(0)]
    public TProperties? Properties { get; init; }
}

/// <summary>Who created and last changed a resource. Types are <c>User</c>, <c>Application</c>, <c>ManagedIdentity</c> or
/// <c>Key</c>.</summary>
public sealed record SystemData(
    string? CreatedBy,
    string? CreatedByType,
    DateTimeOffset? CreatedAt,
    string? LastModifiedBy,
    string? LastModifiedByType,
    DateTimeOffset? LastModifiedAt);

/// <summary>A resource's identity: <c>{principalId, tenantId, type}</c>. Source: ARM common type ManagedServiceIdentity.</summary>
public sealed record ManagedIdentity
{
    /// <summary>The identity's object id, made by the control plane; null in a request.</summary>
    public string? PrincipalId { get; init; }

    /// <summary>The tenant of the identity; null in a request.</summary>
    public string? TenantId { get; init; }

    /// <summary>One of <see cref="IdentityTypes"/>.</summary>
    public string? Type { get; init; }

    /// <summary>User-assigned identities by their ARM id; null when there are none.</summary>
    public IReadOnlyDictionary<string, UserAssignedIdentity>? UserAssignedIdentities { get; init; }
}

/// <summary>One user-assigned identity.</summary>
public sealed record UserAssignedIdentity(string? PrincipalId = null, string? ClientId = null);

/// <summary>One page of a list; <c>nextLink</c> is absent on the last one.</summary>
public sealed record ResourceList<TResource>(IReadOnlyList<TResource> Value, string? NextLink = null);
