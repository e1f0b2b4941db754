using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>
/// An area of the control plane's own documents whose keys continue with the id of a resource,
/// <c>{area}/subscriptions/…</c>: when the resource is deleted, so is what lies there. The feature that writes an area registers it.
/// </summary>
/// <param name="Name">The first part of the keys.</param>
internal sealed record MirroredArea(string Name)
{
    /// <summary>The key of what belongs to a resource.</summary>
    public DocumentKey KeyOf(ResourceId id) => DocumentKey.Internal([Name, .. PartsOf(id)]);

    /// <summary>The parts of a resource's key.</summary>
    public static string[] PartsOf(ResourceId id) => id.Key.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
