using System.Text.Json.Nodes;
using Mover.Core.Resources;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// What a resource says of its state and not of its configuration: it moves by itself, and is no part of a snapshot.
/// </summary>
internal static class StatusProperties
{
    /// <summary>Takes it out of a resource, with everything that only ARM sets.</summary>
    public static void Remove(JsonObject resource, string type)
    {
        foreach (var name in new[] { "id", "name", "type", "systemData", "etag", "dependsOn", "comments" })
        {
            resource.Remove(name);
        }

        if (resource["properties"] is JsonObject properties)
        {
            foreach (var name in ServiceSetProperties.Of(type))
            {
                properties.Remove(name);
            }
        }

        if (resource["identity"] is JsonObject identity)
        {
            identity.Remove("principalId");
            identity.Remove("tenantId");
            var assigned = identity["userAssignedIdentities"] as JsonObject ?? [];
            foreach (var (name, _) in assigned.ToList())
            {
                assigned[name] = new JsonObject();
            }
        }
    }
}
