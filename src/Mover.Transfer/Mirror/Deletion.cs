using Mover.Transfer.Contract;

namespace Mover.Transfer.Mirror;

/// <summary>Why a target item is to be deleted, and so what is looked at again before it is.</summary>
internal enum DeletionCause : byte
{
    /// <summary>The source listed nothing there.</summary>
    Unlisted,

    /// <summary>A source item takes its place, or a link that of a folder around it.</summary>
    Replaced,

    /// <summary>The source listed nothing there, but something that is no folder under the name of a folder around it.</summary>
    Covered,
}

/// <summary>A decision to delete one target item.</summary>
/// <param name="Target">The target's entry.</param>
/// <param name="Cause">Why.</param>
internal readonly record struct Deletion(Entry Target, DeletionCause Cause);
