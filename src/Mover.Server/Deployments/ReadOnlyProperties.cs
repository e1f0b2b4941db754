using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Server.Deployments;

/// <summary>
/// What only the control plane sets of the resources that templates have.
/// </summary>
internal static class ReadOnlyProperties
{
    /// <summary>The types that an export has.</summary>
    public static bool IsExported(ResourceId id) => ServiceSetProperties.Knows(id.Type);

    /// <summary>The resource without what only the control plane sets; its id, type and name stay.</summary>
    public static JsonObject Without(JsonObject resource, string type) => ServiceSetProperties.Without(resource, type);
}
