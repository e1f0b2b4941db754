using System.Text.Json.Nodes;

namespace Mover.Core.Resources;

/// <summary>
/// The properties that only the service sets, by type: what a template, a preview or a snapshot does not have. Source: the API definitions.
/// </summary>
public static class ServiceSetProperties
{
    private static readonly Dictionary<string, string[]> OfNeighbours = new(StringComparer.OrdinalIgnoreCase)
    {
        [ResourceTypes.StorageAccount] = ["creationTime", "keyIsSet", "primaryLocation"],
        [ResourceTypes.Machine] =
        [
            "agentVersion", "detectedProperties", "errorDetails", "lastStatusChange", "licenseProfile", "networkProfile", "osProfile",
            "serviceStatuses", "status",
        ],
    };

    /// <summary>The types that are known and no history, whatever their casing.</summary>
    public static bool Knows(string type) => DescribedTypes.Find(type) is { IsHistory: false } || OfNeighbours.ContainsKey(type);

    /// <summary>The names in <c>properties</c>, <c>provisioningState</c> of every type among them.</summary>
    public static IEnumerable<string> Of(string type) =>
        (DescribedTypes.Find(type)?.ServiceSet ?? OfNeighbours.GetValueOrDefault(type) ?? []).Prepend("provisioningState");

    /// <summary>A copy of a resource without what only the control plane sets; its id, type and name stay.</summary>
    public static JsonObject Without(JsonObject resource, string type)
    {
        var shown = resource.DeepClone().AsObject();
        shown.Remove("systemData");
        if (shown["properties"] is JsonObject properties)
        {
            foreach (var name in Of(type))
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
