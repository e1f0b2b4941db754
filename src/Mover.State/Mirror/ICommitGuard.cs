namespace Mover.State.Mirror;

/// <summary>What else decides whether a region writes to the state that it serves. Thread-safe.</summary>
public interface ICommitGuard
{
    /// <summary>Whether this region may write at this moment.</summary>
    bool MayCommit { get; }

    /// <summary>A commit of what is copied was applied at a revision; 0 when it changed nothing.</summary>
    void Committed(long revision);
}
