using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>Forgets what a resource that is gone has left; may be called again.</summary>
internal delegate Task Forget(WriteStamp stamp, CancellationToken cancel);

/// <summary>What a resource type keeps outside its documents' tree, such as an identity or a key, and has to be forgotten with
/// it.</summary>
internal interface IDependents
{
    /// <summary>The resource type in lower case, such as <c>microsoft.storage/storageaccounts</c>.</summary>
    string Type { get; }

    /// <summary>How to forget what belongs to a resource that still exists; null when nothing does.</summary>
    Task<Forget?> FindAsync(ResourceId id, CancellationToken cancel);
}
