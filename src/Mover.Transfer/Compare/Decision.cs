using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Compare;

/// <summary>What to do with one source item.</summary>
internal enum Step : byte
{
    /// <summary>Nothing; the outcome is known.</summary>
    Keep,
    Exclude,
    Unsupported,
    Fail,

    /// <summary>Store the content.</summary>
    Copy,

    /// <summary>Follow the link, then decide again.</summary>
    Resolve,

    /// <summary>Read the content and compare it.</summary>
    CompareContent,
    PutLink,
    PutFolder,
    SetMetadata,
}

/// <summary>A decision about one source item.</summary>
/// <param name="Step">What to do.</param>
/// <param name="Source">The source's entry.</param>
/// <param name="Target">The target's entry; null when there is none.</param>
/// <param name="Code">The code of the outcome when the step goes well.</param>
/// <param name="Why">For steps that end badly, a sentence.</param>
/// <param name="Folder">The source folder the item is in, or the folder itself; null in the root and where folders do not matter.</param>
/// <param name="IsDeferred">True when something in the way has to be deleted first.</param>
/// <param name="IsSilent">True when the item has its outcome already and this only prepares for others.</param>
internal readonly record struct Decision(
    Step Step, Entry Source, Entry? Target, StatusCode Code, string? Why = null, OpenFolder? Folder = null, bool IsDeferred = false,
    bool IsSilent = false)
{
    /// <summary>True for a folder whose outcome is known only when everything in it has been decided.</summary>
    public bool LeavesOutcomeToClosing => Source.Type is EntryType.Folder && Folder is { State: not FolderState.Settled };
}
