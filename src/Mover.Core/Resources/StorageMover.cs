namespace Mover.Core.Resources;

/// <summary><c>Microsoft.StorageMover/storageMovers</c>: the tracked resource that everything else hangs below.</summary>
public sealed record StorageMover : ArmResource<StorageMoverProperties>;

/// <summary>Properties of a storage mover.</summary>
public sealed record StorageMoverProperties
{
    /// <summary>Free text, 1,024 characters at most.</summary>
    public string? Description { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>; read-only.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary><c>storageMovers/projects</c>: a folder of job definitions.</summary>
public sealed record Project : ArmResource<ProjectProperties>;

/// <summary>Properties of a project.</summary>
public sealed record ProjectProperties
{
    /// <summary>Free text, 1,024 characters at most.</summary>
    public string? Description { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>; read-only.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary><c>storageMovers/connections</c>: a private link towards an on-premises network.</summary>
public sealed record Connection : ArmResource<ConnectionProperties>;

/// <summary>Properties of a connection.</summary>
public sealed record ConnectionProperties
{
    /// <summary>Free text, 1,024 characters at most; fixed by the first PUT, as the live service was recorded doing.</summary>
    public string? Description { get; init; }

    /// <summary>One of <see cref="ConnectionStatuses"/>; read-only.</summary>
    public string? ConnectionStatus { get; init; }

    /// <summary>The private link service's ARM id; required.</summary>
    public string? PrivateLinkServiceId { get; init; }

    /// <summary>Read-only: the private endpoint's ARM id.</summary>
    public string? PrivateEndpointResourceId { get; init; }

    /// <summary>Read-only: <c>{connection}-{guid}</c>.</summary>
    public string? PrivateEndpointName { get; init; }

    /// <summary>ARM ids of the job definitions that use it.</summary>
    public IReadOnlyList<string>? JobList { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>; read-only.</summary>
    public string? ProvisioningState { get; init; }
}
