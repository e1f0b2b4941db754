using Mover.State.Copies;

namespace Mover.Server.Backups;

/// <summary>Something that does not hold in a state.</summary>
/// <param name="Key">The entry.</param>
/// <param name="What">What is wrong with it, as the rest of a sentence.</param>
/// <param name="Resource">The definition, run or agent that an index's entry is about; null for a problem that is no index's.</param>
public sealed record StateProblem(string Key, string What, string? Resource = null)
{
    /// <summary>True when the indexes can be made right from what they are about.</summary>
    public bool IsIndex => Resource is not null;
}

/// <summary>What was looked at in a state, and what does not hold.</summary>
/// <param name="Name">The state.</param>
/// <param name="Sum">All that goes along with a backup.</param>
/// <param name="Documents">Documents that match their digest.</param>
/// <param name="Records">Audit records that can be read.</param>
/// <param name="Indexed">Entries of the indexes.</param>
/// <param name="ProblemCount">How many problems there are.</param>
/// <param name="Problems">The first <see cref="StateCheck.ProblemsMax"/> of them, in key order.</param>
public sealed record StateChecked(
    string Name, StateSum Sum, long Documents, long Records, long Indexed, long ProblemCount, IReadOnlyList<StateProblem> Problems);
