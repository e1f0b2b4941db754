using Mover.Server.JobRuns;
using Mover.Server.Scheduling;

namespace Mover.Server.Background;

/// <summary>The loops that one of all instances runs, in the order in which they are spread over the instances.</summary>
internal static class LoopNames
{
    /// <summary>Deletes old records of the audit log.</summary>
    public const string AuditRetention = "audit-retention";

    /// <summary>Carries out deployments.</summary>
    public const string Deployments = "deployments";

    /// <summary>Writes that agents are Offline.</summary>
    public const string LostAgents = "lost-agents";

    /// <summary>Ends runs whose owner is gone.</summary>
    public const string LostRuns = "lost-runs";

    /// <summary>Carries out what goes on after its answer.</summary>
    public const string Operations = "operations";

    /// <summary>Starts jobs that are due.</summary>
    public const string Schedules = "schedules";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [AuditRetention, Deployments, LostAgents, LostRuns, Operations, Schedules];
}
