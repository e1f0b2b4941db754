using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Compare;

/// <summary>What to do with one path.</summary>
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

    /// <summary>Remove from the target.</summary>
    Delete,
}

/// <summary>A decision about one path.</summary>
/// <param name="Step">What to do.</param>
/// <param name="Source">The source's entry; null for <see cref="Step.Delete"/> alone.</param>
/// <param name="Target">The target's entry; null when there is none.</param>
/// <param name="Code">The code of the outcome when the step goes well.</param>
/// <param name="Why">For steps that end badly, a sentence.</param>
/// <param name="Folder">The source folder the item is in, or the folder itself; null in the root and where folders do not matter.</param>
/// <param name="IsDeferred">True when something in the way has to be deleted first; of a <see cref="Step.Delete"/>, that it is the thing
/// in the way or lies in it.</param>
/// <param name="IsSilent">True when the item has its outcome already and this only prepares for others.</param>
/// <param name="IsCovered">Of a <see cref="Step.Delete"/>: true when a source item that is no folder has the name of a folder around
/// it.</param>
internal readonly record struct Decision(
    Step Step, Entry? Source, Entry? Target, StatusCode Code, string? Why = null, OpenFolder? Folder = null, bool IsDeferred = false,
    bool IsSilent = false, bool IsCovered = false);
