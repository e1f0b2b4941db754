using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Recovery.Drill;
using Mover.Recovery.Rules;
using Mover.Recovery.Standby;

namespace Mover.Recovery.Plans;

/// <summary>
/// The template of a recovery: deployed at the subscription, it makes the resource group and, in nested deployments one after the other,
/// what belongs into it. A nested deployment holds as many resources as ARM lets it.
/// </summary>
internal static class PlanShape
{
    /// <summary>Resources of one nested deployment; ARM's limit is 800.</summary>
    public const int PartResourcesMax = 400;

    private const string GroupSchema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    private const string SubscriptionSchema = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#";
    private const string Version = "2022-09-01";

    /// <summary>The template of resources in their order.</summary>
    public static JsonObject Of(IReadOnlyList<JsonObject> resources, PlanTarget to, bool isStandby = false, DrillMark? drill = null)
    {
        var tags = new JsonObject { [PlanId.Tag] = string.Empty };
        if (isStandby)
        {
            tags[StandbyMark.Tag] = StandbyMark.Kept;
        }

        if (drill is not null)
        {
            tags[DrillMark.Tag] = drill.ToString();
        }

        var group = new JsonObject
        {
            ["type"] = "Microsoft.Resources/resourceGroups",
            ["apiVersion"] = Version,
            ["name"] = to.ResourceGroup,
            ["location"] = to.Location,
            ["tags"] = tags,
        };
        var written = new JsonArray(group);
        var wait = $"[resourceId('Microsoft.Resources/resourceGroups', '{to.ResourceGroup}')]";
        var part = 0;
        foreach (var some in resources.Chunk(PartResourcesMax))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"mover-recovery-part-{++part}");
            written.Add((JsonNode)new JsonObject
            {
                ["type"] = TemplateResources.Deployment,
                ["apiVersion"] = Version,
                ["name"] = name,
                ["resourceGroup"] = to.ResourceGroup,
                ["dependsOn"] = new JsonArray(wait),
                ["properties"] = new JsonObject
                {
                    ["mode"] = "Incremental",
                    ["expressionEvaluationOptions"] = new JsonObject { ["scope"] = "inner" },
                    ["template"] = Part(some),
                },
            });
            wait = $"[resourceId('{to.SubscriptionId}', '{to.ResourceGroup}', '{TemplateResources.Deployment}', '{name}')]";
        }

        return Template(SubscriptionSchema, written);
    }

    private static JsonObject Part(JsonObject[] resources)
    {
        var here = resources.Select(resource => ResourceReference.Of(resource).Expression).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var written = new JsonArray();
        foreach (var resource in resources.Select(resource => resource.DeepClone().AsObject()))
        {
            // What an earlier part makes is there already, and a later template cannot name it.
            if (resource["dependsOn"] is JsonArray waits)
            {
                foreach (var elsewhere in waits.Where(one => !here.Contains(one?.ToString() ?? string.Empty)).ToList())
                {
                    waits.Remove(elsewhere);
                }
            }

            written.Add((JsonNode)resource);
        }

        return Template(GroupSchema, written);
    }

    private static JsonObject Template(string schema, JsonArray resources) => new()
    {
        ["$schema"] = schema,
        ["contentVersion"] = "1.0.0.0",
        ["resources"] = resources,
    };
}
