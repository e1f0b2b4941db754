using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;

namespace Mover.Recovery.Plans;

/// <summary>Asks the destination what a plan's deployment would do.</summary>
internal static class WhatIf
{
    /// <summary>The effect on a resource that stays as it is.</summary>
    public const string NoChange = "NoChange";

    private const int DetailsMax = 20;
    private const int PropertiesMax = 100;

    /// <summary>The deployment's resource.</summary>
    public static ResourceId DeploymentOf(PlanTarget to, string id) =>
        ResourceId.OfSubscription(to.SubscriptionId).Provider("Microsoft.Resources/deployments", $"mover-recovery-{id}");

    /// <summary>The deployment's body.</summary>
    public static JsonObject BodyOf(JsonObject template, PlanTarget to) => new()
    {
        ["location"] = to.Location,
        ["properties"] = new JsonObject { ["mode"] = "Incremental", ["template"] = template.DeepClone() },
    };

    /// <summary>The effects, in the order of ids; or what the destination refused.</summary>
    public static async Task<(IReadOnlyList<PlanEffect> Effects, PlanProblem? Refused)> AskAsync(
        MoverClient client, JsonObject template, PlanTarget to, string id, CancellationToken cancel)
    {
        JsonNode? answer;
        try
        {
            answer = await client.PostAsync(DeploymentOf(to, id), "whatIf", BodyOf(template, to), cancel);
        }
        catch (ArmException refused) when (InterruptedStep.IsRefusal(refused.Error))
        {
            return ([], Refusal(refused.Error));
        }

        if (answer?["error"] is JsonObject error)
        {
            return ([], Refusal(ArmException.Read(400, new JsonObject { ["error"] = error.DeepClone() })));
        }

        var effects = (answer?["properties"]?["changes"] as JsonArray ?? []).OfType<JsonObject>()
            .Select(Effect)
            .Where(effect => effect.Change != "Ignore" && !effect.Id.Contains("/Microsoft.Resources/deployments/",
                StringComparison.OrdinalIgnoreCase))
            .OrderBy(effect => effect.Id, StringComparer.OrdinalIgnoreCase);
        return ([.. effects], null);
    }

    private static PlanEffect Effect(JsonObject change) =>
        new(change["resourceId"]?.ToString() ?? string.Empty, change["changeType"]?.ToString() ?? string.Empty)
        {
            Properties = change["delta"] is not JsonArray { Count: > 0 } delta ? null
                : [.. delta.OfType<JsonObject>().SelectMany(one => Properties(
                    one["path"]?.ToString() ?? string.Empty, one["propertyChangeType"]?.ToString() ?? string.Empty,
                    one["before"], one["after"])).Take(PropertiesMax)],
        };

    // An object that comes or goes is told by its members.
    private static IEnumerable<PropertyEffect> Properties(string path, string change, JsonNode? before, JsonNode? after) =>
        (before, after) switch
        {
            (JsonObject { Count: > 0 } gone, null) => gone.SelectMany(one => Properties($"{path}.{one.Key}", change, one.Value, null)),
            (null, JsonObject { Count: > 0 } made) => made.SelectMany(one => Properties($"{path}.{one.Key}", change, null, one.Value)),
            _ => [new(path, change, before?.DeepClone(), after?.DeepClone())],
        };

    private static PlanProblem Refusal(ArmError error)
    {
        var message = string.Join(' ', error.Causes.Take(DetailsMax).Select(cause => $"{cause.Code}: {cause.Message}"));
        return error.Status == 403 || error.Causes.Any(cause => cause.Code == "AuthorizationFailed")
            ? PlanProblem.Blocks("RightsMissing", $"You are not allowed to deploy to the destination. {message}",
                "Get a role that allows it at the destination (Contributor at its subscription), then run the same command again.")
            : PlanProblem.Blocks("DestinationRefuses", $"The destination rejects the template. {message}",
                "Fix what it names, with a rule or at the destination.");
    }
}
