using System.Text.RegularExpressions;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary><c>storageMovers/agents</c>: a data mover on its host. Born by registration, which names its hybrid machine.</summary>
public sealed partial record MoverAgent : ArmResource<MoverAgentProperties>
{
    /// <summary>What is known of the type.</summary>
    public static ResourceType<MoverAgent> Described { get; } = new(ResourceTypes.Agent)
    {
        Title = "agent",
        Parent = StorageMover.Described,
        NameRule = new("^[A-Za-z0-9._-]{1,54}$", NameRegex()),
        Patch = new(["description", "uploadLimitSchedule"], ["arcResourceId", "arcVmUuid"], []),
        ServiceSet =
        [
            "agentStatus", "agentVersion", "errorDetails", "lastStatusUpdate", "localIPAddress", "memoryInMB", "numberOfCores", "timeZone",
            "uptimeInSeconds",
        ],
    };

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,54}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NameRegex();
}

public static partial class ResourceTypes
{
    /// <summary>An agent of a storage mover.</summary>
    public const string Agent = StorageMover + "/agents";
}

/// <summary>Properties of an agent. All but description, the two arc properties and the schedule are what the agent reports:
/// read-only.</summary>
public sealed record MoverAgentProperties
{
    /// <summary>Free text, 1,024 characters at most.</summary>
    public string? Description { get; init; }

    /// <summary>The agent's version.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>ARM id of its <c>Microsoft.HybridCompute/machines</c> resource; required, create-only.</summary>
    public string? ArcResourceId { get; init; }

    /// <summary>The machine's VM id; required, create-only.</summary>
    public string? ArcVmUuid { get; init; }

    /// <summary>One of <see cref="AgentStatuses"/>.</summary>
    public string? AgentStatus { get; init; }

    /// <summary>When the agent was last heard of.</summary>
    public DateTimeOffset? LastStatusUpdate { get; init; }

    /// <summary>The address it has in its own network.</summary>
    public string? LocalIPAddress { get; init; }

    /// <summary>Memory of its host, in MiB.</summary>
    public long? MemoryInMB { get; init; }

    /// <summary>Processor cores of its host.</summary>
    public long? NumberOfCores { get; init; }

    /// <summary>How long the agent has been up, in seconds.</summary>
    public long? UptimeInSeconds { get; init; }

    /// <summary>The time zone its upload limits are read in.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Upload limits by day and hour, in the agent's local time; null when there are none.</summary>
    public UploadLimitSchedule? UploadLimitSchedule { get; init; }

    /// <summary>What needs attention; null when nothing does.</summary>
    public AgentErrorDetails? ErrorDetails { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary>What needs attention on an agent.</summary>
public sealed record AgentErrorDetails(string? Code, string? Message);

/// <summary>Upload limits by day and hour. Where no recurrence applies, there is no limit.</summary>
public sealed record UploadLimitSchedule(IReadOnlyList<UploadLimitRecurrence>? WeeklyRecurrences);

/// <summary>
/// One limit on some days between two times of the same day. <c>LimitInMbps</c> is in megabits a second, 0 pauses the upload.
/// <c>Days</c> holds names of <see cref="WeekDays"/> without repeats. Recurrences do not overlap.
/// </summary>
public sealed record UploadLimitRecurrence(int? LimitInMbps, IReadOnlyList<string>? Days, HalfHour? StartTime, HalfHour? EndTime);

/// <summary>A time of day on the half-hour grid: hour 0 to 24, minute 0 or 30 (0 when null), hour 24 only with minute 0.</summary>
public sealed record HalfHour(int? Hour, decimal? Minute = null)
{
    /// <summary>Minutes since midnight.</summary>
    public int MinuteOfDay() => ((Hour ?? 0) * 60) + (int)(Minute ?? 0);
}
