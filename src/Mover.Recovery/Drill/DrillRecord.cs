using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Drill;

/// <summary>What is remembered of a drill.</summary>
/// <param name="Id">Names the drill; empty for one that did not begin.</param>
/// <param name="At">When it began, UTC.</param>
/// <param name="IsGood">Whether it worked and left nothing.</param>
/// <param name="RecoverySeconds">From its first step to the first byte; null when there was none.</param>
/// <param name="LossWindowSeconds">How old the snapshot was.</param>
/// <param name="SnapshotDigest">Digest of the snapshot's template.</param>
/// <param name="SnapshotTakenAt">When the snapshot was taken, UTC.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
public sealed record DrillRecord(
    string Id, DateTimeOffset At, bool IsGood, double? RecoverySeconds, double LossWindowSeconds, string SnapshotDigest,
    DateTimeOffset SnapshotTakenAt, string? Failure)
{
    /// <summary>The record of a drill's report.</summary>
    public static DrillRecord Of(DrillReport report, SnapshotManifest snapshot) => new(
        report.Id, report.At, report.IsGood, report.RecoveryTime?.TotalSeconds, report.LossWindow.TotalSeconds, snapshot.TemplateDigest,
        snapshot.TakenAt,
        report.Failure ?? (report.IsGood ? null : report.LeftBehind.Count > 0 ? $"{report.LeftBehind.Count} "
            + "resources of it were left behind."
            : "No job copied any data."));
}

/// <summary>The drills of an estate that count: the last one, and the last one that was good.</summary>
public sealed record DrillHistory
{
    /// <summary>The form that this program writes.</summary>
    public const string CurrentFormat = "mover-drills/1";

    /// <summary>The form of the file.</summary>
    public required string Format { get; init; }

    /// <summary>The last drill.</summary>
    public required DrillRecord Last { get; init; }

    /// <summary>The last good one; null when none was.</summary>
    public DrillRecord? LastGood { get; init; }
}
