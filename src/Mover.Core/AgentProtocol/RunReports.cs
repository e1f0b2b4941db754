using Mover.Core.Jobs;

namespace Mover.Core.AgentProtocol;

/// <summary>The statuses that an agent reports of a run; named as in the resource.</summary>
public enum AgentRunStatus
{
    /// <summary>Claimed; nothing moved yet.</summary>
    Started,

    /// <summary>Scanning and copying.</summary>
    Running,

    /// <summary>The upload limit is 0 for now.</summary>
    PausedByBandwidthManagement,

    /// <summary>Asked to stop; work in flight is ending.</summary>
    Canceling,

    /// <summary>Over: stopped on request.</summary>
    Canceled,

    /// <summary>Over: a fault of the whole job.</summary>
    Failed,

    /// <summary>Over: every entry has its outcome.</summary>
    Succeeded,
}

/// <summary>How far the scan is; named as in the resource.</summary>
public enum AgentScanStatus
{
    /// <summary>Not begun.</summary>
    NotStarted,

    /// <summary>In progress.</summary>
    Scanning,

    /// <summary>Every entry was seen.</summary>
    Completed,
}

/// <summary>
/// Where a run is: the whole state each time, derived from the agent's journal, so that a lost report costs nothing.
/// The server keeps a report only when (epoch, sequence) is above the last one kept.
/// </summary>
public sealed record RunReport
{
    /// <summary>The ARM id of the job run.</summary>
    public required string RunId { get; init; }

    /// <summary>The epoch of the agent's claim.</summary>
    public required long Epoch { get; init; }

    /// <summary>Grows with every report of the claim, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>The run's status.</summary>
    public required AgentRunStatus Status { get; init; }

    /// <summary>The scan's status.</summary>
    public required AgentScanStatus ScanStatus { get; init; }

    /// <summary>The twelve counters.</summary>
    public required TransferCounters Counters { get; init; }

    /// <summary>How far the deletions of a mirror are; null before they begin and when there are none.</summary>
    public DeletionProgress? Deletions { get; init; }

    /// <summary>Large files that are on their way, which the counters do not have yet; null when there are none.</summary>
    public FilesInFlight? InFlight { get; init; }

    /// <summary>When the agent began; the same after a restart.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the run ended; set exactly when the status is final.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The fault of the whole job; null unless Failed.</summary>
    public AgentProblem? Error { get; init; }

    /// <summary>What a person should know although the run goes on; at most <see cref="AgentChannelLimits.WarningsMax"/>; none when
    /// left out.</summary>
    public IReadOnlyList<AgentProblem> Warnings { get; init => field = value ?? []; } = [];
}

/// <summary>What is known of a run beyond its resource, while an agent works on it.</summary>
/// <param name="Deletions">How far the deletions of a mirror are; null before they begin and when there are none.</param>
/// <param name="InFlight">Large files that are on their way; null when there are none.</param>
public sealed record RunProgressAnswer(DeletionProgress? Deletions = null, FilesInFlight? InFlight = null);

/// <summary>The answer to a report that was kept or was already known.</summary>
/// <param name="CancelRequested">Somebody asked to stop the run.</param>
/// <param name="UploadLimits">The upload limit schedule as in <see cref="BeatAnswer.UploadLimits"/>, so that a change is heard at the pace
/// of reports.</param>
public sealed record ReportAnswer(bool CancelRequested, IReadOnlyList<UploadLimitWindow> UploadLimits);

/// <summary>One item that did not arrive, as the copy log shows it.</summary>
/// <param name="Path">Relative path with the escapes of the ledger, <c>%NN</c>: one line, and the bytes can be read back.</param>
/// <param name="ItemType"><c>F</c> for a file or link, <c>D</c> for a folder.</param>
/// <param name="FileSize">Bytes; 0 when unknown.</param>
/// <param name="TransferResult"><c>Failed</c>, <c>Unsupported</c> or <c>Excluded</c>.</param>
/// <param name="StatusCode">Such as <c>AZSM2063</c>.</param>
/// <param name="Details">What happened, in one line.</param>
/// <param name="TimeGenerated">The agent's clock when it happened.</param>
public sealed record CopyLogEntry(
    string Path, string ItemType, long FileSize, string TransferResult, string StatusCode, string Details, DateTimeOffset TimeGenerated);

/// <summary>Entries of the copy log, in the journal's order. Sending a batch again changes nothing.</summary>
/// <param name="RunId">The ARM id of the job run.</param>
/// <param name="Epoch">The epoch of the agent's claim.</param>
/// <param name="Journal">Names the journal that the entries are counted in; a new one starts again at 0.</param>
/// <param name="FirstIndex">The index of the first entry among all that this journal logs.</param>
/// <param name="Entries">1 to <see cref="AgentChannelLimits.LogBatchMax"/>.</param>
public sealed record CopyLogBatch(string RunId, long Epoch, string Journal, long FirstIndex, IReadOnlyList<CopyLogEntry> Entries);

/// <summary>The answer to a batch.</summary>
/// <param name="NextIndex">How many of the journal's entries the server has; the agent goes on from there.</param>
/// <param name="Truncated">The log is full: further entries are counted in the run's counters only.</param>
public sealed record CopyLogAnswer(long NextIndex, bool Truncated);

/// <summary>A page of a run's copy log, as the management API lists it.</summary>
/// <param name="Value">The entries.</param>
/// <param name="NextLink">Where the next page is; null on the last.</param>
/// <param name="Truncated">True when the log is full and later items are missing from it.</param>
public sealed record CopyLogPage(IReadOnlyList<CopyLogEntry> Value, string? NextLink = null, bool? Truncated = null);

/// <summary>Which end of a run credentials are for.</summary>
public enum RunSide
{
    /// <summary>Read rights.</summary>
    Source,

    /// <summary>Read, list, write and delete rights.</summary>
    Target,
}

/// <summary>Asks for the right to one container for one run.</summary>
/// <param name="RunId">The ARM id of the job run.</param>
/// <param name="Epoch">The epoch of the agent's claim.</param>
/// <param name="Side">Which end.</param>
public sealed record CredentialRequest(string RunId, long Epoch, RunSide Side);

/// <summary>
/// Asks whether a run could reach the container of a storage endpoint: answered with a right to list that ends soon, whatever the agent's
/// role allows beyond it.
/// </summary>
/// <param name="EndpointName">A storage endpoint of the agent's storage mover.</param>
public sealed record LookRequest(string EndpointName);

/// <summary>The right to a container.</summary>
/// <param name="BlobEndpoint">The account's blob service, such as <c>https://name.blob.core.windows.net/</c>.</param>
/// <param name="AccountName">The account as the service knows it.</param>
/// <param name="ContainerName">The container.</param>
/// <param name="Sas">The shared access signature without a leading <c>?</c>, never logged; null when the agent uses its own
/// identity.</param>
/// <param name="ExpiresAt">When the signature ends; null without one.</param>
public sealed record CredentialAnswer(
    string BlobEndpoint, string AccountName, string ContainerName, string? Sas = null, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>Without the signature.</summary>
    public override string ToString() =>
        $"{AccountName}/{ContainerName} ({(Sas is null ? "own identity" : $"signature until {ExpiresAt:O}")})";
}
