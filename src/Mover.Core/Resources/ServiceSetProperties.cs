namespace Mover.Core.Resources;

/// <summary>
/// The properties that only the service sets, by type: what a template, a preview or a snapshot does not have. Source: the API definitions.
/// </summary>
public static class ServiceSetProperties
{
    private const string Mover = "Microsoft.StorageMover/storageMovers";

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
        ["Microsoft.HybridCompute/machines"] =
        [
            "agentVersion", "detectedProperties", "errorDetails", "lastStatusChange", "licenseProfile", "networkProfile", "osProfile",
            "serviceStatuses", "status",
        ],
    };

    /// <summary>The types that are known, whatever their casing.</summary>
    public static bool Knows(string type) => ByType.ContainsKey(type);

    /// <summary>The names in <c>properties</c>, <c>provisioningState</c> of every type among them.</summary>
    public static IEnumerable<string> Of(string type) => (ByType.GetValueOrDefault(type) ?? []).Prepend("provisioningState");
}
