using System.Text.Json.Nodes;
using Mover.Core.Arm;

namespace Mover.Server.Deployments;

/// <summary>
/// What only the control plane sets of the resources that templates have. Source: the API definitions, and the rules of each type.
/// </summary>
internal static class ReadOnlyProperties
{
    private const string Mover = "microsoft.storagemover/storagemovers";

    private static readonly Dictionary<string, string[]> ByType = new(StringComparer.OrdinalIgnoreCase)
    {
        [Mover] = [],
        [Mover + "/agents"] =
        [
            "agentStatus", "agentVersion", "errorDetails", "lastStatusUpdate", "localIPAddress", "memoryInMB", "numberOfCores", "timeZone",
            "uptimeInSeconds",
        ],
        [Mover + "/endpoints"] = [],
        [Mover + "/connections"] = ["connectionStatus", "privateEndpointName", "privateEndpointResourceId"],
        [Mover + "/projects"] = [],
        [Mover + "/projects/jobDefinitions"] =
        [
            "agentResourceId", "latestJobRunName", "latestJobRunResourceId", "latestJobRunStatus", "sourceResourceId", "targetResourceId",
        ],
        ["Microsoft.Storage/storageAccounts"] = ["creationTime", "keyIsSet", "primaryLocation"],
        ["Microsoft.HybridCompute/machines"] = ["lastStatusChange", "status"],
    };

    /// <summary>The types that an export has.</summary>
    public static bool IsExported(ResourceId id) => ByType.ContainsKey(id.Type);

    /// <summary>The resource without what only the control plane sets; its id, type and name stay.</summary>
    public static JsonObject Without(JsonObject resource, string type)
    {
        var shown = resource.DeepClone().AsObject();
        shown.Remove("systemData");
        if (shown["properties"] is JsonObject properties)
        {
            properties.Remove("provisioningState");
            foreach (var name in ByType.GetValueOrDefault(type) ?? [])
            {
                properties.Remove(name);
            }

            if (properties.Count == 0)
            {
                shown.Remove("properties");
            }
        }

        if (shown["identity"] is JsonObject identity)
        {
            identity.Remove("principalId");
            identity.Remove("tenantId");
        }

        (shown["sku"] as JsonObject)?.Remove("tier");
        return shown;
    }
}
