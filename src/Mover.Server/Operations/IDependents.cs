using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>What a resource type keeps outside its documents' tree and the mirrored areas, such as an identity, and has to go with
/// it.</summary>
internal interface IDependents
{
    /// <summary>The resource type in lower case, such as <c>microsoft.hybridcompute/machines</c>.</summary>
    string Type { get; }

    /// <summary>The deletes of what belongs to a resource that still exists.</summary>
    Task<IReadOnlyList<DocumentWrite>> FindAsync(ResourceId id, CancellationToken cancel);
}
