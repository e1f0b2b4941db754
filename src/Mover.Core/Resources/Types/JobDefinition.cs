using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary><c>storageMovers/projects/jobDefinitions</c>: what to copy from where to where, and how.</summary>
public sealed record JobDefinition : ArmResource<JobDefinitionProperties>
{
    /// <summary>What its runs use.</summary>
    public static IReadOnlyList<PropertyReference<JobDefinitionProperties>> Uses { get; } =
    [
        PropertyReference.ByName("sourceName", ResourceTypes.StorageEndpoint, (JobDefinitionProperties job) => job.SourceName),
        PropertyReference.ByName("targetName", ResourceTypes.StorageEndpoint, (JobDefinitionProperties job) => job.TargetName),
        PropertyReference.ByName("agentName", ResourceTypes.Agent, (JobDefinitionProperties job) => job.AgentName),
        PropertyReference.ByIds("connections", ResourceTypes.Connection, (JobDefinitionProperties job) => job.Connections),
    ];

    // Neither a PATCH nor a PUT changes them.
    private static readonly string[] SetAtCreation =
    [
        "sourceName", "targetName", "sourceSubpath", "targetSubpath", "isCrossTenantJob", "crossTenantEndpointTenantId",
        "crossTenantEndpointResourceId",
    ];

    /// <summary>What is known of the type.</summary>
    public static ResourceType<JobDefinition> Described { get; } = new(ResourceTypes.JobDefinition)
    {
        Title = "job definition",
        Parent = Project.Described,
        Patch = new(
            ["description", "copyMode", "agentName", "connections", "dataIntegrityValidation", "schedule", "syncMode", "moverSyncedUntil"],
            SetAtCreation,
            []),
        ServiceSet =
        [
            "agentResourceId", "latestJobRunName", "latestJobRunResourceId", "latestJobRunStatus", "sourceResourceId", "targetResourceId",
        ],
        AtCreation = SetAtCreation,
        References = Uses,
    };
}

public static partial class ResourceTypes
{
    /// <summary>A job definition.</summary>
    public const string JobDefinition = Project + "/jobDefinitions";
}

/// <summary>Properties of a job definition. Ids and <c>latestJobRun*</c> are made by the control plane: read-only.</summary>
public sealed record JobDefinitionProperties
{
    /// <summary>Free text, 1,024 characters at most.</summary>
    public string? Description { get; init; }

    /// <summary>One of <see cref="JobTypes"/>; <c>OnPremToCloud</c> when not said.</summary>
    public string? JobType { get; init; }

    /// <summary>One of <see cref="CopyModes"/>; required.</summary>
    public string? CopyMode { get; init; }

    /// <summary>Name of the source endpoint; required, create-only.</summary>
    public string? SourceName { get; init; }

    /// <summary>ARM id of the source endpoint.</summary>
    public string? SourceResourceId { get; init; }

    /// <summary>Folder of the source to copy, the whole source when null; create-only.</summary>
    public string? SourceSubpath { get; init; }

    /// <summary>Name of the target endpoint; required, create-only.</summary>
    public string? TargetName { get; init; }

    /// <summary>ARM id of the target endpoint.</summary>
    public string? TargetResourceId { get; init; }

    /// <summary>Folder of the target to copy to, the target's root when null; create-only.</summary>
    public string? TargetSubpath { get; init; }

    /// <summary>Name of the last run; null before the first start.</summary>
    public string? LatestJobRunName { get; init; }

    /// <summary>ARM id of the last run.</summary>
    public string? LatestJobRunResourceId { get; init; }

    /// <summary>Status of the last run, one of <see cref="Jobs.JobRunStatuses"/>.</summary>
    public string? LatestJobRunStatus { get; init; }

    /// <summary>Name of the agent for new runs; null when none is assigned.</summary>
    public string? AgentName { get; init; }

    /// <summary>ARM id of the agent.</summary>
    public string? AgentResourceId { get; init; }

    /// <summary>
    /// What is copied where, for a cloud job. Clients may send it, and it counts for nothing; like the service, the control plane does not
    /// show it.
    /// </summary>
    public SourceTargetMaps? SourceTargetMap { get; init; }

    /// <summary>ARM ids of the connections to use.</summary>
    public IReadOnlyList<string>? Connections { get; init; }

    /// <summary>When runs start by themselves; null when they do not.</summary>
    public JobSchedule? Schedule { get; init; }

    /// <summary>One of <see cref="DataIntegrityValidations"/>; null means <c>None</c>.</summary>
    public string? DataIntegrityValidation { get; init; }

    /// <summary>Whether permissions are copied; null means yes.</summary>
    public bool? PreservePermissions { get; init; }

    /// <summary>Whether the target is in another tenant; null means no. Create-only.</summary>
    public bool? IsCrossTenantJob { get; init; }

    /// <summary>The other tenant; needed for a cross-tenant job, create-only.</summary>
    public string? CrossTenantEndpointTenantId { get; init; }

    /// <summary>ARM id of the endpoint in the other tenant; needed for a cross-tenant job, create-only.</summary>
    public string? CrossTenantEndpointResourceId { get; init; }

    /// <summary>How changes are found; one of <see cref="SyncModes"/> or another text.</summary>
    public string? SyncMode { get; init; }

    /// <summary>Until when the source is known to be copied; kept and answered.</summary>
    public DateTimeOffset? MoverSyncedUntil { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary>When runs start by themselves. Dates and times are UTC; dates are cut to midnight.</summary>
public sealed record JobSchedule
{
    /// <summary>One of <see cref="Frequencies"/>.</summary>
    public string? Frequency { get; init; }

    /// <summary>Whether the schedule is switched on.</summary>
    public bool? IsActive { get; init; }

    /// <summary>The time of day at which runs start.</summary>
    public HalfHour? ExecutionTime { get; init; }

    /// <summary>The first day.</summary>
    public DateTimeOffset? StartDate { get; init; }

    /// <summary>Days of a weekly schedule.</summary>
    public IReadOnlyList<string>? DaysOfWeek { get; init; }

    /// <summary>Days of a monthly schedule, 1 to 31.</summary>
    public IReadOnlyList<int>? DaysOfMonth { get; init; }

    /// <summary>A cron expression of five fields, in UTC; it counts when there is no frequency.</summary>
    public string? CronExpression { get; init; }

    /// <summary>The last day.</summary>
    public DateTimeOffset? EndDate { get; init; }

    /// <summary>Of an hourly schedule, the time between two runs: hours with an <c>H</c>, such as <c>1H</c>.</summary>
    public string? RepeatInterval { get; init; }
}

/// <summary>The pairs of a cloud job.</summary>
public sealed record SourceTargetMaps(IReadOnlyList<SourceTargetPair>? Value);

/// <summary>One pair: what is read and what is written.</summary>
public sealed record SourceTargetPair(MappedSource? SourceEndpoint, MappedTarget? TargetEndpoint);

/// <summary>What is read.</summary>
public sealed record MappedSource(MappedSourceProperties? Properties);

/// <summary>What is read: the endpoint's name and id.</summary>
public sealed record MappedSourceProperties(string? Name, string? SourceEndpointResourceId);

/// <summary>What is written.</summary>
public sealed record MappedTarget(MappedTargetProperties? Properties);

/// <summary>What is written: the endpoint's name and id, and its account and container.</summary>
public sealed record MappedTargetProperties(
    string? Name, string? TargetEndpointResourceId, string? AzureStorageAccountResourceId, string? AzureStorageBlobContainerName);

/// <summary>The answer of <c>startJob</c> and <c>stopJob</c>.</summary>
public sealed record JobRunReference(string JobRunResourceId);
