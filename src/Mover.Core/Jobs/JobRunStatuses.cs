using System.Globalization;

namespace Mover.Core.Jobs;

/// <summary>The statuses of a job run and the moves between them. Pure.</summary>
public static class JobRunStatuses
{
    /// <summary>Waits for its agent.</summary>
    public const string Queued = "Queued";

    /// <summary>Taken by its agent.</summary>
    public const string Started = "Started";

    /// <summary>Moves data.</summary>
    public const string Running = "Running";

    /// <summary>Waits for an upload limit of 0 to pass.</summary>
    public const string PausedByBandwidthManagement = "PausedByBandwidthManagement";

    /// <summary>Somebody asked to stop; the agent does not know yet.</summary>
    public const string CancelRequested = "CancelRequested";

    /// <summary>The agent is stopping.</summary>
    public const string Canceling = "Canceling";

    /// <summary>Stopped on request.</summary>
    public const string Canceled = "Canceled";

    /// <summary>Ended by a fault of the job.</summary>
    public const string Failed = "Failed";

    /// <summary>Ended with every item decided.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>Whether nothing more happens to a run.</summary>
    public static bool IsTerminal(string? status) => status is Canceled or Failed or Succeeded;

    /// <summary>Whether a run counts as the one active run of its definition.</summary>
    public static bool IsActive(string? status) => status is not null && !IsTerminal(status);

    /// <summary>
    /// Whether a run may go from one status to the other. Staying is always allowed; nothing leaves a terminal status.
    /// A cancel may still end as Succeeded when the copy had just finished. A queued run that nobody took is cancelled at once.
    /// </summary>
    public static bool CanMove(string from, string to) => from == to || (from, to) switch
    {
        (Queued, Started or Running or CancelRequested or Canceled or Failed) => true,
        (Started, Running or PausedByBandwidthManagement or Succeeded or Failed or CancelRequested) => true,
        (Running, PausedByBandwidthManagement or Succeeded or Failed or CancelRequested) => true,
        (PausedByBandwidthManagement, Running or Succeeded or Failed or CancelRequested) => true,
        (CancelRequested, Canceling or Canceled or Failed or Succeeded) => true,
        (Canceling, Canceled or Failed or Succeeded) => true,
        _ => false,
    };
}

/// <summary>
/// An entry of an agent's queue, kept at the control plane's own place <see cref="PlaceOf(Arm.ResourceId, long, string)"/>: written in the
/// commit that creates the run, removed by whoever claims or cancels it.
/// </summary>
/// <param name="RunId">The run's ARM id.</param>
/// <param name="AgentId">The agent's ARM id.</param>
/// <param name="QueuedAt">When the run was queued.</param>
public sealed record QueuedRun(string RunId, string AgentId, DateTimeOffset QueuedAt)
{
    /// <summary>The parts of the key of everything queued below a resource: <c>queue/{id}</c>; of one agent with the agent's id.</summary>
    public static IReadOnlyList<string> PlaceOf(Arm.ResourceId below) => ["queue", .. below.Key.Split('/',
        StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>
    /// The parts of the key of one entry: <c>queue/{agent id}/n{number}-{run name}</c>. Entries sort as their numbers do, and behind those
    /// of the form before, which ended with the run's name alone, a GUID.
    /// </summary>
    /// <param name="agent">The agent.</param>
    /// <param name="number">Grows with every run that is started for the agent.</param>
    /// <param name="runName">The run's name.</param>
    public static IReadOnlyList<string> PlaceOf(Arm.ResourceId agent, long number, string runName) =>
        [.. PlaceOf(agent), string.Create(CultureInfo.InvariantCulture, $"n{number:D19}-{Arm.ArmCase.Lower(runName)}")];

    /// <summary>The parts of the key that an entry had before entries were numbered.</summary>
    public static IReadOnlyList<string> UnnumberedPlaceOf(Arm.ResourceId agent, string runName) =>
        [.. PlaceOf(agent), Arm.ArmCase.Lower(runName)];

    /// <summary>Whether a key is of the numbered form.</summary>
    public static bool IsNumbered(string key) => key.AsSpan()[(key.LastIndexOf('/') + 1)..].StartsWith("n");
}
