using System.Text.Json.Serialization;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary><c>storageMovers/endpoints</c>: says where data is.</summary>
public sealed record StorageEndpoint : ArmResource<StorageEndpointProperties>
{
    /// <summary>What is known of the type, whatever the kind.</summary>
    public static ResourceType<StorageEndpoint> Described { get; } = new(ResourceTypes.StorageEndpoint)
    {
        Title = "endpoint",
        Parent = StorageMover.Described,
        Patch = ResourcePatch.OfEndpoints(EndpointKinds.Known),
        AtCreation =
        [
            "endpointType",
            .. EndpointKinds.Known.All.SelectMany(kind => kind.Properties).Where(property => property.IsOfPlace)
                .Select(property => property.Name).Distinct(StringComparer.Ordinal),
        ],

        // Its deletion is synchronous, as recorded.
        Writes = new(StorageEndpointRules.Put, Deleting) { Meant = StorageEndpointRules.WithoutEmptySecrets, DeletesAtOnce = true },
    };

    private static StorageEndpoint Deleting(StorageEndpoint endpoint) => endpoint.Properties is { } properties
        ? endpoint with { Properties = properties with { ProvisioningState = ProvisioningStates.Deleting } }
        : endpoint;
}

public static partial class ResourceTypes
{
    /// <summary>A storage endpoint.</summary>
    public const string StorageEndpoint = StorageMover + "/endpoints";
}

/// <summary>Properties of a storage endpoint; <c>endpointType</c> tells which of the seven kinds it is and never changes.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "endpointType",
    UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
public abstract partial record StorageEndpointProperties
{
    /// <summary>One of <see cref="StorageEndpointTypes"/>.</summary>
    [JsonIgnore]
    public string EndpointType => Kind.Type;

    /// <summary>One of <see cref="StorageEndpointKinds"/>; defaulted by the control plane, create-only.</summary>
    [JsonPropertyOrder(7)]
    public string? EndpointKind { get; init; }

    /// <summary>Free text, 1,024 characters at most.</summary>
    [JsonPropertyOrder(8)]
    public string? Description { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>; read-only.</summary>
    [JsonPropertyOrder(9)]
    public string? ProvisioningState { get; init; }

    /// <summary>What is known of its kind; not on the wire.</summary>
    protected internal abstract EndpointKind Kind { get; }
}

/// <summary>
/// Credentials kept in a vault: addresses of secrets, never a secret. <c>AzureKeyVaultSmb</c> uses the first two,
/// <c>AzureKeyVaultS3WithHMAC</c> the last two. An empty string in a request clears a stored address.
/// </summary>
public sealed record VaultCredentials
{
    /// <summary>One of <see cref="CredentialTypes"/>.</summary>
    public string? Type { get; init; }

    /// <summary>Address of the secret that holds the user name.</summary>
    public string? UsernameUri { get; init; }

    /// <summary>Address of the secret that holds the password.</summary>
    public string? PasswordUri { get; init; }

    /// <summary>Address of the secret that holds the access key.</summary>
    public string? AccessKeyUri { get; init; }

    /// <summary>Address of the secret that holds the secret key.</summary>
    public string? SecretKeyUri { get; init; }
}
