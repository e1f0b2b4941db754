using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;

namespace Mover.Core.Jobs;

/// <summary>Everything that a start writes, in one commit.</summary>
/// <param name="Run">The new run.</param>
/// <param name="Definition">The definition, naming it as its latest.</param>
/// <param name="Queued">The entry of the agent's queue.</param>
public sealed record JobStart(JobRun Run, JobDefinition Definition, QueuedRun Queued);

/// <summary>What starting and stopping a job means. Pure.</summary>
public static class JobStarts
{
    /// <summary>
    /// Makes the run of a definition. Refuses while another run is active, what no agent can do, without an agent, and when what the
    /// definition names is gone.
    /// </summary>
    /// <param name="id">The definition's id.</param>
    /// <param name="definition">The definition.</param>
    /// <param name="source">The source endpoint; null when it is gone.</param>
    /// <param name="target">The target endpoint; null when it is gone.</param>
    /// <param name="agent">The agent; null when it is not there.</param>
    /// <param name="runName">The new run's name, a GUID.</param>
    /// <param name="now">The time of the start.</param>
    /// <param name="due">When a scheduled run was due; null for a start by hand.</param>
    /// <param name="retryOf">The run of this definition whose failed items alone are tried again; null for a run of everything.</param>
    public static Result<JobStart> Start(
        ResourceId id,
        JobDefinition definition,
        StorageEndpoint? source,
        StorageEndpoint? target,
        MoverAgent? agent,
        Guid runName,
        DateTimeOffset now,
        DateTimeOffset? due = null,
        JobRun? retryOf = null)
    {
        var job = definition.Properties ?? new();
        return JobRunStatuses.IsActive(job.LatestJobRunStatus)
            ? ArmErrors.JobIsRunning(id, job.LatestJobRunName ?? string.Empty)
            : Make(id, definition, source, target, agent, runName, now, due, retryOf);
    }

    /// <summary>As <see cref="Start"/>, also while another run is active: for a run that is over already.</summary>
    public static Result<JobStart> Make(
        ResourceId id,
        JobDefinition definition,
        StorageEndpoint? source,
        StorageEndpoint? target,
        MoverAgent? agent,
        Guid runName,
        DateTimeOffset now,
        DateTimeOffset? due = null,
        JobRun? retryOf = null)
    {
        var job = definition.Properties ?? new();
        if (NobodyRuns(id, job) is { } impossible)
        {
            return impossible;
        }

        if (source?.Properties is null || target?.Properties is null)
        {
            return ArmErrors.JobEndpointMissing(id, source?.Properties is null ? job.SourceName : job.TargetName);
        }

        if (string.IsNullOrEmpty(job.AgentName))
        {
            return ArmErrors.JobHasNoAgent(id);
        }

        if (agent?.Properties is not { } host || host.AgentStatus == AgentStatuses.Unregistering)
        {
            return ArmErrors.JobAgentMissing(id, job.AgentName);
        }

        if (retryOf is not null
            && JobRetries.Check(id.Child(JobRun.Described, retryOf.Name ?? string.Empty), retryOf.Properties ?? new(), job) is { } noRetry)
        {
            return noRetry;
        }

        var run = id.Child(JobRun.Described, runName.ToString());
        var started = job with
        {
            LatestJobRunName = run.Name,
            LatestJobRunResourceId = run.Text,
            LatestJobRunStatus = JobRunStatuses.Queued,
        };
        var agentId = JobDefinitionRules.MoverOf(id).Child(MoverAgent.Described, job.AgentName);
        return new JobStart(
            Run(run, started, source.Properties, target.Properties, now, due, retryOf?.Name),
            definition with { Properties = started },
            new(run.Text, agentId.Text, now));
    }

    /// <summary>
    /// Asks the active run to stop: CancelRequested. Asking again changes nothing. Refuses when no run is active.
    /// </summary>
    /// <param name="id">The definition's id.</param>
    /// <param name="run">The latest run; null when there was none.</param>
    /// <param name="now">The time of the request.</param>
    public static Result<JobRunProperties> Stop(ResourceId id, JobRunProperties? run, DateTimeOffset now)
    {
        if (run?.Status is not { } status || JobRunStatuses.IsTerminal(status))
        {
            return ArmErrors.JobIsNotRunning(id);
        }

        return status is JobRunStatuses.CancelRequested or JobRunStatuses.Canceling
            ? run
            : run with { Status = JobRunStatuses.CancelRequested, LastStatusUpdate = now };
    }

    // What only Azure's own workers do is kept and answered, but not started.
    private static ArmError? NobodyRuns(ResourceId id, JobDefinitionProperties job)
    {
        if (job.IsCrossTenantJob == true)
        {
            return ArmErrors.CrossTenantNotSupported(id);
        }

        if (job.JobType is not null and not JobTypes.OnPremToCloud)
        {
            return ArmErrors.NoWorkerFor(id, job.JobType);
        }

        return string.IsNullOrEmpty(job.SyncMode) || job.SyncMode.Equals(SyncModes.FullScan, StringComparison.OrdinalIgnoreCase)
            ? null
            : ArmErrors.SyncModeNotSupported(id, job.SyncMode);
    }

    private static JobRun Run(
        ResourceId id,
        JobDefinitionProperties job,
        StorageEndpointProperties source,
        StorageEndpointProperties target,
        DateTimeOffset now,
        DateTimeOffset? due,
        string? retryOf) => new()
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type.ToLowerInvariant(),
            Properties = new()
            {
                Status = JobRunStatuses.Queued,
                AgentName = job.AgentName,
                AgentResourceId = job.AgentResourceId,
                TriggerType = due is null ? TriggerTypes.Manual : TriggerTypes.Scheduled,
                ScheduledExecutionTime = due,
                LastStatusUpdate = now,
                SourceName = job.SourceName,
                SourceResourceId = job.SourceResourceId,
                SourceProperties = source,
                TargetName = job.TargetName,
                TargetResourceId = job.TargetResourceId,
                TargetProperties = target,
                JobDefinitionProperties = job,
                Warnings = retryOf is null ? null : [JobRetries.NoteOf(retryOf)],
                ProvisioningState = ProvisioningStates.Succeeded,
            },
        };
}
