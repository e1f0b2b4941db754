namespace Mover.Core.Jobs;

/// <summary>How far a mirror's deletions are, which come after everything is copied. They are in none of the twelve counters.</summary>
/// <param name="Done">Target items that were deleted, or that could not be, in this attempt.</param>
/// <param name="Total">Target items that this attempt is to delete; 1 or more.</param>
public sealed record DeletionProgress(long Done, long Total);
