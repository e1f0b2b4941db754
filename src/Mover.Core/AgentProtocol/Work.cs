namespace Mover.Core.AgentProtocol;

/// <summary>
/// Asks for one run to work on. The answer comes at once when there is one, else as soon as one appears, else empty after the wait.
/// </summary>
/// <param name="Instance">Names the agent's process; another one of the same identity has another.</param>
/// <param name="Holding">Runs the agent is working on; they are not offered.</param>
/// <param name="Reclaim">Runs that the agent's folder shows as unfinished and nobody works on: claimed again although their lease
/// lives.</param>
/// <param name="WaitSeconds">How long to wait for work, 0 to 30.</param>
public sealed record WorkRequest(string Instance, IReadOnlyList<string> Holding, IReadOnlyList<string> Reclaim, int WaitSeconds);

/// <summary>The answer to a call for work.</summary>
public sealed record WorkAnswer
{
    /// <summary>The run to work on; null when there is none.</summary>
    public WorkOrder? Order { get; init; }

    /// <summary>
    /// Runs of the request's <see cref="WorkRequest.Reclaim"/> that are over or gone: the agent drops what it kept of them.
    /// </summary>
    public IReadOnlyList<string> Ended { get; init => field = value ?? []; } = [];
}

/// <summary>How a run treats what the target has and the source has not.</summary>
public enum OrderCopyMode
{
    /// <summary>Extra target entries stay.</summary>
    Additive,

    /// <summary>Extra target entries are deleted.</summary>
    Mirror,
}

/// <summary>What is done about MD5. Source: <c>dataIntegrityValidation</c> of Microsoft.StorageMover.</summary>
public enum OrderIntegrity
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Computed and stored with the target item.</summary>
    SaveFileMD5,

    /// <summary>Computed, stored, and verified after the transfer.</summary>
    SaveVerifyFileMD5,
}

/// <summary>A claimed run: everything the agent needs to work on it.</summary>
public sealed record WorkOrder
{
    /// <summary>The ARM id of the job run.</summary>
    public required string RunId { get; init; }

    /// <summary>The epoch of this claim; every report carries it. It only grows.</summary>
    public required long Epoch { get; init; }

    /// <summary>How long the claim's lease lives without a sign of the agent, in seconds.</summary>
    public required int LeaseSeconds { get; init; }

    /// <summary>Where the data comes from.</summary>
    public required OrderEndpoint Source { get; init; }

    /// <summary>Where the data goes.</summary>
    public required OrderEndpoint Target { get; init; }

    /// <summary>Additive or Mirror.</summary>
    public required OrderCopyMode CopyMode { get; init; }

    /// <summary>Owner, permissions and times are kept.</summary>
    public bool PreservePermissions { get; init; } = true;

    /// <summary>What is done about MD5.</summary>
    public OrderIntegrity DataIntegrityValidation { get; init; }

    /// <summary>The name of the earlier run of this agent whose failed items alone are tried again; null for a run of everything. An order
    /// with it is additive: an agent that does not know it deletes nothing.</summary>
    public string? RetryOf { get; init; }

    /// <summary>Somebody asked already to stop the run: the agent reports it as canceled and moves nothing.</summary>
    public bool CancelRequested { get; init; }
}

/// <summary>A storage endpoint with the subpath of the job; which of the optional properties are set depends on the type.</summary>
public sealed record OrderEndpoint
{
    /// <summary>The ARM id of the storage endpoint.</summary>
    public required string ResourceId { get; init; }

    /// <summary><c>NfsMount</c>, <c>SmbMount</c>, <c>AzureStorageBlobContainer</c>, …</summary>
    public required string EndpointType { get; init; }

    /// <summary>The folder inside it, without a leading slash; empty for all of it.</summary>
    public string Subpath { get; init; } = string.Empty;

    /// <summary>Host of an NfsMount or SmbMount.</summary>
    public string? Host { get; init; }

    /// <summary>Export of an NfsMount.</summary>
    public string? Export { get; init; }

    /// <summary><c>NFSauto</c>, <c>NFSv3</c> or <c>NFSv4</c>.</summary>
    public string? NfsVersion { get; init; }

    /// <summary>Share of an SmbMount, or the file share of a storage account.</summary>
    public string? ShareName { get; init; }

    /// <summary>ARM id of the storage account.</summary>
    public string? StorageAccountResourceId { get; init; }

    /// <summary>Blob container in the storage account.</summary>
    public string? BlobContainerName { get; init; }
}
