using System.Text.Json.Nodes;

namespace Mover.Recovery.Rules;

/// <summary>The resources of a template, those of its nested templates among them.</summary>
internal static class TemplateResources
{
    /// <summary>The type of a nested deployment.</summary>
    public const string Deployment = "Microsoft.Resources/deployments";

    /// <summary>Every resource that is no nested deployment, in order.</summary>
    public static IEnumerable<JsonObject> All(JsonObject template)
    {
        foreach (var resource in (template["resources"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (resource["properties"]?["template"] is JsonObject nested && IsDeployment(resource))
            {
                foreach (var inner in All(nested))
                {
                    yield return inner;
                }
            }
            else
            {
                yield return resource;
            }
        }
    }

    private static bool IsDeployment(JsonObject resource) =>
        string.Equals(resource["type"]?.ToString(), Deployment, StringComparison.OrdinalIgnoreCase);
}
