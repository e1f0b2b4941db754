namespace Mover.Core.Jobs;

/// <summary>
/// Large files that a run has begun and not finished. They are in none of the twelve counters, which count an item when it has its outcome.
/// </summary>
/// <param name="Files">How many.</param>
/// <param name="Bytes">How many of their bytes the target has taken.</param>
public sealed record FilesInFlight(long Files, long Bytes);
