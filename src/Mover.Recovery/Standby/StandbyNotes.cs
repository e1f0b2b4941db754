namespace Mover.Recovery.Standby;

/// <summary>What the plan of a standby knows besides.</summary>
/// <param name="SnapshotFolder">The folder of the snapshot, to compare with before an activation; null when it is not known.</param>
/// <param name="Former">
/// Ids of what earlier plans of the standby made and this one does not: they may be deleted when they are there still.
/// </param>
public sealed record StandbyNotes(string? SnapshotFolder, IReadOnlyList<string> Former);
