using System.Text.Json.Serialization;

namespace Mover.Core.Resources;

/// <summary>A resource group: <c>/subscriptions/{s}/resourceGroups/{g}</c>.</summary>
public sealed record ResourceGroup : ArmResource<ResourceGroupProperties>
{
    /// <summary>The resource that manages the group; null when none does.</summary>
    public string? ManagedBy { get; init; }
}

/// <summary>Properties of a resource group.</summary>
public sealed record ResourceGroupProperties(string? ProvisioningState = null);

/// <summary><c>Microsoft.Storage/storageAccounts</c>: a self-hosted or real account that Mover may copy to. Its key is never part of
/// it.</summary>
public sealed record StorageAccount : ArmResource<StorageAccountProperties>
{
    /// <summary>The redundancy and performance option.</summary>
    [JsonPropertyOrder(-6)]
    public StorageSku? Sku { get; init; }

    /// <summary>The account's kind, such as <c>StorageV2</c>.</summary>
    [JsonPropertyOrder(-6)]
    public string? Kind { get; init; }
}

/// <summary>A storage account's option: name such as <c>Standard_GZRS</c>, tier <c>Standard</c> or <c>Premium</c>.</summary>
public sealed record StorageSku(string? Name, string? Tier = null);

/// <summary>Properties of a storage account.</summary>
public sealed record StorageAccountProperties
{
    /// <summary>Where the account is served; may be given for a self-hosted account.</summary>
    public StorageServices? PrimaryEndpoints { get; init; }

    /// <summary>The region it is served from.</summary>
    public string? PrimaryLocation { get; init; }

    /// <summary>Whether a key is kept in the vault; read-only.</summary>
    public bool? KeyIsSet { get; init; }

    /// <summary>When the account was registered; read-only.</summary>
    public DateTimeOffset? CreationTime { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary>Base addresses of an account's services, each with a trailing slash.</summary>
public sealed record StorageServices(string? Blob = null, string? File = null, string? Dfs = null);

/// <summary><c>Microsoft.HybridCompute/machines</c>: the host of an agent, and the agent's identity.</summary>
public sealed record HybridMachine : ArmResource<HybridMachineProperties>
{
    /// <summary>The machine's kind; null when not said.</summary>
    [JsonPropertyOrder(-6)]
    public string? Kind { get; init; }
}

/// <summary>Properties of a hybrid machine.</summary>
public sealed record HybridMachineProperties
{
    /// <summary>The machine's VM id, made by the control plane when not given.</summary>
    public string? VmId { get; init; }

    /// <summary>The public key of the identity: SubjectPublicKeyInfo in base64.</summary>
    public string? ClientPublicKey { get; init; }

    /// <summary>Host name.</summary>
    public string? MachineFqdn { get; init; }

    /// <summary>Operating system.</summary>
    public string? OsName { get; init; }

    /// <summary>Operating system version.</summary>
    public string? OsVersion { get; init; }

    /// <summary><c>Connected</c> or <c>Disconnected</c>; read-only.</summary>
    public string? Status { get; init; }

    /// <summary>When its status last changed; read-only.</summary>
    public DateTimeOffset? LastStatusChange { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary>A subscription, as <c>GET /subscriptions</c> lists it.</summary>
public sealed record Subscription(string Id, string SubscriptionId, string TenantId, string DisplayName, string State);

/// <summary>A region, as <c>GET /subscriptions/{s}/locations</c> lists it.</summary>
public sealed record RegionListing(string Id, string Name, string DisplayName);
