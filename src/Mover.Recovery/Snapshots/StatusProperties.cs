using System.Text.Json.Nodes;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// What a resource says of its state and not of its configuration: it moves by itself, and is no part of a snapshot. Source: the API
/// definitions.
/// </summary>
internal static class StatusProperties
{
    private static readonly Dictionary<string, string[]> ByType = new(StringComparer.OrdinalIgnoreCase)
    {
        [EstateTypes.Agent] =
        [
            "agentStatus", "agentVersion", "errorDetails", "lastStatusUpdate", "localIPAddress", "memoryInMB", "numberOfCores", "timeZone",
            "uptimeInSeconds",
        ],
        [EstateTypes.Connection] = ["connectionStatus", "privateEndpointName", "privateEndpointResourceId"],
        [EstateTypes.JobDefinition] = ["latestJobRunName", "latestJobRunResourceId", "latestJobRunStatus"],
        [EstateTypes.Machine] =
        [
            "agentVersion", "detectedProperties", "errorDetails", "lastStatusChange", "licenseProfile", "networkProfile", "osProfile",
            "serviceStatuses", "status",
        ],
    };

    /// <summary>Takes it out of a resource, with everything that only ARM sets.</summary>
    public static void Remove(JsonObject resource, string type)
    {
        foreach (var name in new[] { "id", "name", "type", "systemData", "etag", "dependsOn", "comments" })
        {
            resource.Remove(name);
        }

        if (resource["properties"] is JsonObject properties)
        {
            properties.Remove("provisioningState");
            foreach (var name in ByType.GetValueOrDefault(type) ?? [])
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
