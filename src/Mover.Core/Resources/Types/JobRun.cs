namespace Mover.Core.Resources;

/// <summary><c>jobDefinitions/jobRuns</c>: one execution. Clients only read it; its name is a GUID made by the control plane.</summary>
public sealed record JobRun : ArmResource<JobRunProperties>
{
    /// <summary>What is known of the type.</summary>
    public static ResourceType<JobRun> Described { get; } = new(ResourceTypes.JobRun)
    {
        Title = "job run",
        Parent = JobDefinition.Described,
        IsHistory = true,
    };
}

public static partial class ResourceTypes
{
    /// <summary>A job run.</summary>
    public const string JobRun = JobDefinition + "/jobRuns";
}

/// <summary>
/// Properties of a job run. The twelve counters, <c>scanStatus</c> and <c>executionStartTime</c> are absent until the run is running and
/// then appear together; <c>executionEndTime</c> comes with the end. The snapshots are as at the start, for ever.
/// </summary>
public sealed record JobRunProperties
{
    /// <summary>One of <see cref="Jobs.JobRunStatuses"/>.</summary>
    public string? Status { get; init; }

    /// <summary>One of <see cref="ScanStatuses"/>.</summary>
    public string? ScanStatus { get; init; }

    /// <summary>Name of the agent; an empty string for CloudToCloud.</summary>
    public string? AgentName { get; init; }

    /// <summary>ARM id of the agent; an empty string for CloudToCloud.</summary>
    public string? AgentResourceId { get; init; }

    /// <summary>When the agent reported the start.</summary>
    public DateTimeOffset? ExecutionStartTime { get; init; }

    /// <summary>When the agent reported the end.</summary>
    public DateTimeOffset? ExecutionEndTime { get; init; }

    /// <summary>One of <see cref="TriggerTypes"/>.</summary>
    public string? TriggerType { get; init; }

    /// <summary>When a scheduled run was due.</summary>
    public DateTimeOffset? ScheduledExecutionTime { get; init; }

    /// <summary>When the status last changed or was confirmed.</summary>
    public DateTimeOffset? LastStatusUpdate { get; init; }

    /// <summary>Items listed at the source.</summary>
    public long? ItemsScanned { get; init; }

    /// <summary>Items left out by configuration.</summary>
    public long? ItemsExcluded { get; init; }

    /// <summary>Items that the target cannot hold.</summary>
    public long? ItemsUnsupported { get; init; }

    /// <summary>Items already at the target and equal.</summary>
    public long? ItemsNoTransferNeeded { get; init; }

    /// <summary>Items tried and failed.</summary>
    public long? ItemsFailed { get; init; }

    /// <summary>Items transferred.</summary>
    public long? ItemsTransferred { get; init; }

    /// <summary>Bytes listed at the source.</summary>
    public long? BytesScanned { get; init; }

    /// <summary>Bytes left out by configuration.</summary>
    public long? BytesExcluded { get; init; }

    /// <summary>Bytes that the target cannot hold.</summary>
    public long? BytesUnsupported { get; init; }

    /// <summary>Bytes already at the target and equal.</summary>
    public long? BytesNoTransferNeeded { get; init; }

    /// <summary>Bytes tried and failed.</summary>
    public long? BytesFailed { get; init; }

    /// <summary>Bytes transferred.</summary>
    public long? BytesTransferred { get; init; }

    /// <summary>Name of the source endpoint.</summary>
    public string? SourceName { get; init; }

    /// <summary>ARM id of the source endpoint.</summary>
    public string? SourceResourceId { get; init; }

    /// <summary>The source endpoint's properties at the start.</summary>
    public StorageEndpointProperties? SourceProperties { get; init; }

    /// <summary>Name of the target endpoint.</summary>
    public string? TargetName { get; init; }

    /// <summary>ARM id of the target endpoint.</summary>
    public string? TargetResourceId { get; init; }

    /// <summary>The target endpoint's properties at the start.</summary>
    public StorageEndpointProperties? TargetProperties { get; init; }

    /// <summary>The definition's properties at the start; they name this run as the latest, with status Queued.</summary>
    public JobDefinitionProperties? JobDefinitionProperties { get; init; }

    /// <summary>Why the run failed; null unless it did.</summary>
    public JobRunNote? Error { get; init; }

    /// <summary>What a person should know about the run; null when nothing.</summary>
    public IReadOnlyList<JobRunNote>? Warnings { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary>An error or warning of a run: a code such as <c>AZSM1001</c>, a sentence, and what it is about.</summary>
public sealed record JobRunNote(string? Code, string? Message, string? Target = null);
