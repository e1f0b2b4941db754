namespace Mover.Core.AgentProtocol;

/// <summary>What an agent says of itself.</summary>
public enum AgentCondition
{
    /// <summary>Ready for work.</summary>
    Online,

    /// <summary>At least one run is in progress.</summary>
    Executing,

    /// <summary>A person has to look: <see cref="AgentTelemetry.Problem"/> says at what.</summary>
    RequiresAttention,
}

/// <summary>A code and a sentence, for the <c>error</c>, <c>warnings</c> and <c>errorDetails</c> of resources.</summary>
/// <param name="Code">Such as <c>AZSM1001</c>.</param>
/// <param name="Message">What happened, where, and what to do; no secrets.</param>
/// <param name="Target">What it is about, such as an endpoint's name; null when it is the whole run.</param>
public sealed record AgentProblem(string Code, string Message, string? Target = null)
{
    /// <summary>The same, cut to what the channel takes.</summary>
    public AgentProblem Fit() => new(
        Cut(Code, AgentChannelLimits.CodeCharsMax),
        Cut(Message, AgentChannelLimits.MessageCharsMax),
        Target is null ? null : Cut(Target, AgentChannelLimits.TargetCharsMax));

    private static string Cut(string text, int charsMax) => text.Length <= charsMax ? text : text[..(charsMax - 1)] + "…";
}

/// <summary>The telemetry part of a beat: what the agent resource shows.</summary>
public sealed record AgentTelemetry
{
    /// <summary>The program's version.</summary>
    public required string AgentVersion { get; init; }

    /// <summary>The host's own name.</summary>
    public required string HostName { get; init; }

    /// <summary>The address that the agent calls out from.</summary>
    public required string LocalIpAddress { get; init; }

    /// <summary>Memory that the process may use, in MiB.</summary>
    public required long MemoryInMB { get; init; }

    /// <summary>Cores that the process may use.</summary>
    public required long NumberOfCores { get; init; }

    /// <summary>Seconds since the agent's process started.</summary>
    public required long UptimeInSeconds { get; init; }

    /// <summary>The Windows name of the host's time zone; the IANA name where there is none.</summary>
    public required string TimeZone { get; init; }

    /// <summary>How the agent is.</summary>
    public required AgentCondition Condition { get; init; }

    /// <summary>Why it requires attention; null otherwise.</summary>
    public AgentProblem? Problem { get; init; }
}

/// <summary>A run that an agent holds, and the epoch it was given for it.</summary>
/// <param name="RunId">The ARM id of the job run.</param>
/// <param name="Epoch">The epoch of the claim.</param>
public sealed record HeldRun(string RunId, long Epoch);

/// <summary>The agent's sign of life, every <see cref="AgentChannelLimits.BeatInterval"/> and at once when its condition changes.</summary>
/// <param name="Telemetry">What it says of itself.</param>
/// <param name="Runs">The runs it is working on; their leases are kept by the beat. At most
/// <see cref="AgentChannelLimits.RunsMax"/>.</param>
public sealed record BeatRequest(AgentTelemetry Telemetry, IReadOnlyList<HeldRun> Runs);

/// <summary>What a control plane went through: the end of its state was lost, with a region or since a backup.</summary>
/// <param name="EpochBase">Claims up to this epoch were made before; every later loss has a higher one.</param>
/// <param name="CompleteAt">What was acknowledged before this is known; what came after it may be lost.</param>
public sealed record ControlPlanePast(long EpochBase, DateTimeOffset CompleteAt);

/// <summary>What an agent should know by now; always the whole state, so that a lost answer costs nothing. A list that is left out is
/// empty.</summary>
public sealed record BeatAnswer
{
    /// <summary>The control plane's addresses that the agent should keep, best first; empty means no change.</summary>
    public IReadOnlyList<string> Addresses { get; init => field = value ?? []; } = [];

    /// <summary>The upload limit schedule; empty when uploads are not limited.</summary>
    public IReadOnlyList<UploadLimitWindow> UploadLimits { get; init => field = value ?? []; } = [];

    /// <summary>
    /// What the control plane may have lost; null when nothing. The agent tells it once of the runs that ended since.
    /// </summary>
    public ControlPlanePast? Past { get; init; }

    /// <summary>Runs among those the agent holds that somebody asked to stop.</summary>
    public IReadOnlyList<string> CancelRuns { get; init => field = value ?? []; } = [];

    /// <summary>Runs among those the agent holds that it no longer owns or that are gone: it stops them at once.</summary>
    public IReadOnlyList<string> LostRuns { get; init => field = value ?? []; } = [];
}

/// <summary>A part of the week in which uploads are limited, in the agent's local time. Windows do not overlap.</summary>
/// <param name="Day">The day of the week.</param>
/// <param name="StartMinute">First minute of the day that is limited, 0 to 1439.</param>
/// <param name="EndMinute">First minute of the day that is not, up to 1440.</param>
/// <param name="LimitInMbps">Megabits (10^6 bits) per second; 0 pauses.</param>
public sealed record UploadLimitWindow(DayOfWeek Day, int StartMinute, int EndMinute, int LimitInMbps);
