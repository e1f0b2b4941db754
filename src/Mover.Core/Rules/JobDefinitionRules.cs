using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Resources.Versions;

namespace Mover.Core.Rules;

/// <summary>What a PUT of a job definition may ask, and what becomes of it. Pure.</summary>
public static class JobDefinitionRules
{
    private const string P = "properties.";

    /// <summary>The resource to keep, or everything that is wrong with it.</summary>
    /// <param name="id">The definition's id.</param>
    /// <param name="before">What is there; null for a new one.</param>
    /// <param name="wanted">What is asked.</param>
    /// <param name="source">The source endpoint, or null when there is none of that name; may be null when neither definition nor job type
    /// is new.</param>
    /// <param name="target">The target endpoint, likewise.</param>
    /// <param name="context">Time and ids.</param>
    public static Result<JobDefinition> Put(
        ResourceId id, JobDefinition? before, JobDefinition wanted, StorageEndpoint? source, StorageEndpoint? target, RuleContext context)
    {
        var problems = new Problems();
        var asked = wanted.Properties ?? new();
        var kept = before?.Properties;
        problems.Description(asked.Description);
        problems.Required(P + "copyMode", asked.CopyMode);
        var copyMode = problems.Known(P + "copyMode", asked.CopyMode is "" ? null : asked.CopyMode, CopyModes.All);
        var jobType = problems.Known(P + "jobType", asked.JobType, JobTypes.All) ?? JobTypes.OnPremToCloud;
        var integrity = problems.Known(P + "dataIntegrityValidation", asked.DataIntegrityValidation, DataIntegrityValidations.All);
        Ends(problems, kept, asked);
        Connections(problems, id, asked.Connections);
        CrossTenantRules.Check(problems, kept, asked, jobType);
        var isLocal = asked.IsCrossTenantJob != true;
        if (kept is null)
        {
            Endpoint(problems, P + "sourceName", asked.SourceName, source, StorageEndpointKinds.Source, context);
            if (isLocal)
            {
                Endpoint(problems, P + "targetName", asked.TargetName, target, StorageEndpointKinds.Target, context);
            }
        }

        if (source?.Properties is { } from && (target is not null || !isLocal))
        {
            JobPairs.Check(problems, context.Kinds, jobType, from, isLocal ? target?.Properties : null);
        }

        if (!string.IsNullOrEmpty(asked.AgentName)
            && ResourceNames.Check(MoverOf(id).Child(MoverAgent.Described, asked.AgentName)) is not null)
        {
            problems.Add(P + "agentName", "The agent name is not a valid agent name.");
        }

        var schedule = JobScheduleRules.Check(problems, asked.Schedule, context.Now);
        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        return new JobDefinition
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type.ToLowerInvariant(),
            Properties = Derived(id, asked, kept) with
            {
                Description = asked.Description,
                JobType = jobType,
                CopyMode = copyMode,
                Connections = asked.Connections,
                Schedule = schedule,
                DataIntegrityValidation = integrity == DataIntegrityValidations.None ? null : integrity,
                PreservePermissions = asked.PreservePermissions == false ? false : null,
                IsCrossTenantJob = asked.IsCrossTenantJob,
                CrossTenantEndpointTenantId = asked.CrossTenantEndpointTenantId,
                CrossTenantEndpointResourceId = asked.CrossTenantEndpointResourceId,
                SyncMode = asked.SyncMode,
                MoverSyncedUntil = asked.MoverSyncedUntil,
                ProvisioningState = ProvisioningStates.Succeeded,
            },
        };
    }

    /// <summary>The storage mover that a project, job definition or job run belongs to.</summary>
    public static ResourceId MoverOf(ResourceId id)
    {
        var mover = id;
        while (mover.Text.Length > 0 && !ArmCase.Same(mover.Type, ResourceTypes.StorageMover))
        {
            mover = mover.Parent;
        }

        return mover;
    }

    private static JobDefinitionProperties Derived(ResourceId id, JobDefinitionProperties asked, JobDefinitionProperties? kept)
    {
        var mover = MoverOf(id);
        var agent = string.IsNullOrEmpty(asked.AgentName) ? null : asked.AgentName;
        return new()
        {
            SourceName = kept?.SourceName ?? asked.SourceName,
            SourceResourceId = kept?.SourceResourceId ?? mover.Child(StorageEndpoint.Described, asked.SourceName ?? string.Empty).Text,
            SourceSubpath = asked.SourceSubpath,
            TargetName = kept?.TargetName ?? asked.TargetName,
            TargetResourceId = kept?.TargetResourceId ?? (asked.IsCrossTenantJob == true ? asked.CrossTenantEndpointResourceId
                : mover.Child(StorageEndpoint.Described, asked.TargetName ?? string.Empty).Text),
            TargetSubpath = asked.TargetSubpath,
            LatestJobRunName = kept?.LatestJobRunName,
            LatestJobRunResourceId = kept?.LatestJobRunResourceId,
            LatestJobRunStatus = kept?.LatestJobRunStatus,
            AgentName = agent,
            AgentResourceId = agent is null ? null : mover.Child(MoverAgent.Described, agent).Text,
        };
    }

    private static void Ends(Problems problems, JobDefinitionProperties? kept, JobDefinitionProperties asked)
    {
        problems.Required(P + "sourceName", asked.SourceName);
        problems.Required(P + "targetName", asked.TargetName);
        Subpath(problems, P + "sourceSubpath", asked.SourceSubpath);
        Subpath(problems, P + "targetSubpath", asked.TargetSubpath);
        if (asked.SourceName is { Length: > 0 } source && source.Equals(asked.TargetName, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(P + "targetName", "Source and target are the same endpoint.");
        }

        if (kept is not null)
        {
            problems.Unchanged(P + "sourceName", kept.SourceName, asked.SourceName, StringComparison.OrdinalIgnoreCase);
            problems.Unchanged(P + "targetName", kept.TargetName, asked.TargetName, StringComparison.OrdinalIgnoreCase);
            problems.Unchanged(P + "sourceSubpath", Trimmed(kept.SourceSubpath), Trimmed(asked.SourceSubpath));
            problems.Unchanged(P + "targetSubpath", Trimmed(kept.TargetSubpath), Trimmed(asked.TargetSubpath));
        }
    }

    private static string Trimmed(string? subpath) => subpath?.Trim('/') ?? string.Empty;

    // A subpath stays inside its endpoint: the engine refuses the same again, but here a person hears it first.
    private static void Subpath(Problems problems, string target, string? subpath)
    {
        problems.Text(target, subpath, Limits.PathCharsMax);
        if (subpath is not null && Trimmed(subpath).Split('/', '\\').Any(part => part is "." or ".."))
        {
            problems.Add(target, "A subpath cannot contain the segments '.' or '..'.");
        }
    }

    // An api-version without kinds cannot say that a container is a source, so it is not held against one.
    private static void Endpoint(
        Problems problems, string target, string? name, StorageEndpoint? endpoint, string kind, RuleContext context)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return;
        }

        if (endpoint?.Properties is not { } properties)
        {
            problems.Add(target, $"The storage mover has no endpoint '{name}'. Create it before the job definition.");
        }
        else if (properties.EndpointKind != kind
            && ApiCatalogue.HasProperty(context.ApiVersion, typeof(StorageEndpointProperties), "endpointKind"))
        {
            problems.Add(target, $"The endpoint '{name}' is of kind {properties.EndpointKind} and cannot be the {kind.ToLowerInvariant()} "
                + "of a job.");
        }
    }

    private static void Connections(Problems problems, ResourceId id, IReadOnlyList<string>? connections)
    {
        if (connections is null)
        {
            return;
        }

        if (connections.Count > Limits.ConnectionsMax)
        {
            problems.Add(P + "connections", $"A job can use at most {Limits.ConnectionsMax} connections.");
        }

        var mover = MoverOf(id);
        for (var at = 0; at < connections.Count; at++)
        {
            if (!ResourceId.TryParse(connections[at], out var connection)
                || !connection.Type.Equals(ResourceTypes.Connection, StringComparison.OrdinalIgnoreCase)
                || connection.Parent != mover)
            {
                problems.Add($"{P}connections[{at}]", "A connection must be the resource id of a connection of the same storage mover.");
            }
        }
    }
}
