namespace Mover.Core.Arm;

/// <summary>Refusals of jobs, and of deleting what a job uses.</summary>
public static partial class ArmErrors
{
    /// <summary>409: the definition has an active run.</summary>
    public static ArmError JobIsRunning(ResourceId definition, string run) =>
        new(409, "JobRunActive", $"Job definition '{definition.Name}' has the active job run '{run}'. Wait for it to finish, or stop it.");

    /// <summary>409: a run that did not get to its end, or is not over, has no list of the items that failed.</summary>
    public static ArmError RunHasNoList(ResourceId run, string status) =>
        new(409, "JobRunNotComplete", $"Job run '{run.Name}' is {status}: only a run that has succeeded lists every failed item. "
            + "Start the job instead; items already at the target are not copied again.");

    /// <summary>409: nothing failed.</summary>
    public static ArmError RunHasNoFailures(ResourceId run) =>
        new(409, "JobRunHasNoFailures", $"No items failed in job run '{run.Name}'. Start the job to compare all items.");

    /// <summary>409: the list is on another agent's host.</summary>
    public static ArmError RunIsAnotherAgents(ResourceId run, string agent) =>
        new(409, "JobRunOfOtherAgent", $"The failed items of job run '{run.Name}' are listed in the ledger of agent '{agent}', which "
            + "no longer runs this job. Start the job instead; items already at the target are not copied again.");

    /// <summary>409: nothing to stop.</summary>
    public static ArmError JobIsNotRunning(ResourceId definition) =>
        new(409, "JobRunNotActive", $"Job definition '{definition.Name}' has no active job run.");

    /// <summary>400: no agent is assigned.</summary>
    public static ArmError JobHasNoAgent(ResourceId definition) =>
        new(400, "AgentNotAssigned", $"Job definition '{definition.Name}' has no agent. Set agentName, then start the job.",
            "properties.agentName");

    /// <summary>409: the assigned agent is not there.</summary>
    public static ArmError JobAgentMissing(ResourceId definition, string agent) =>
        new(409, "AgentNotFound", $"Agent '{agent}' of job definition '{definition.Name}' is not registered with this storage mover. "
            + "Register it or assign another agent.", "properties.agentName");

    /// <summary>409: an endpoint of the definition is not there.</summary>
    public static ArmError JobEndpointMissing(ResourceId definition, string? endpoint) =>
        new(409, "EndpointNotFound", $"Endpoint '{endpoint}' of job definition '{definition.Name}' does not exist.");

    /// <summary>409: nobody could run this type of job.</summary>
    public static ArmError NoWorkerFor(ResourceId definition, string jobType) =>
        new(409, "JobTypeNotSupported", $"Job definition '{definition.Name}' is of type {jobType}, which this control plane cannot "
            + "run. Use OnPremToCloud with an agent.", "properties.jobType");

    /// <summary>409: the target is in another tenant, which nobody here can write.</summary>
    public static ArmError CrossTenantNotSupported(ResourceId definition) =>
        new(409, "JobTypeNotSupported", $"Job definition '{definition.Name}' copies to another tenant, which this control plane cannot "
            + "run. Use an agent that has access to the target.", "properties.isCrossTenantJob");

    /// <summary>409: a connection does not go from one status to the other.</summary>
    public static ArmError ConnectionCannotBe(ResourceId connection, string from, string to) =>
        new(409, "ConnectionStateConflict", $"Connection '{connection.Name}' is {from} and cannot become {to}. Delete it and create it "
            + "again.", "properties.privateLinkServiceConnectionState.status");

    /// <summary>409: changes cannot be found in the way that is asked.</summary>
    public static ArmError SyncModeNotSupported(ResourceId definition, string syncMode) =>
        new(409, "SyncModeNotSupported", $"Job definition '{definition.Name}' uses sync mode '{Shown(syncMode)}', which agents do "
            + "not support. Set syncMode to FullScan.", "properties.syncMode");

    /// <summary>409: an active run uses the resource.</summary>
    public static ArmError InUseByRun(ResourceId id, string run) =>
        new(409, "ResourceInUse", $"'{id.TypeAndNames}' is used by the active job run '{run}'. Stop the run before deleting it.");

    /// <summary>409: the resource is on its way out.</summary>
    public static ArmError BeingDeleted(ResourceId id) =>
        new(409, "ResourceBeingDeleted", $"'{id.TypeAndNames}' is being deleted. Wait until the deletion is complete.",
            RetryAfter: TimeSpan.FromSeconds(5));

    /// <summary>409: a schedule that is switched on and starts nothing any more.</summary>
    public static ArmError ScheduleNeverDue(ResourceId definition) =>
        new(409, "ScheduleNeverDue", $"The schedule of job definition '{definition.Name}' is active but never due: its end date has "
            + "passed or is before its first due time. Change its dates.", "properties.schedule");

    /// <summary>409: a schedule whose due times were marked as done by a clock that ran ahead.</summary>
    public static ArmError ScheduleMarkInFuture(ResourceId definition, DateTimeOffset mark, DateTimeOffset now) =>
        new(409, "ScheduleMarkInFuture", $"The schedule of job definition '{definition.Name}' is marked as done up to {mark:u}, which "
            + $"is in the future: the control plane's clock was ahead. The schedule continues from {now:u}. Check the clock of the "
            + "control plane's host.",
            "properties.schedule");

    /// <summary>404: the parent does not exist.</summary>
    public static ArmError ParentNotFound(ResourceId parent) =>
        new(404, "ParentResourceNotFound", $"The parent resource '{parent.TypeAndNames}' could not be found.");
}
