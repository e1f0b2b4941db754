using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Core.Arm;

namespace Mover.Cli.Resources;

/// <summary>Where a tracked resource goes when nobody says.</summary>
internal static class Locations
{
    /// <summary>Sets the group's location when the body has none.</summary>
    public static async Task FromGroupAsync(ControlPlane plane, ResourceId id, JsonObject body, CancellationToken cancel)
    {
        if (body["location"] is null)
        {
            var group = await plane.Client.GetAsync(ResourceId.OfGroup(id.Subscription, id.ResourceGroup), cancel);
            body["location"] = group["location"]?.DeepClone();
        }
    }
}
