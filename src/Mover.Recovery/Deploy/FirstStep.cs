using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Recovery.Plans;
using Mover.Recovery.Rules;

namespace Mover.Recovery.Deploy;

/// <summary>
/// The first of two steps of a plan: everything but the values that name what would not be there yet. The second step is the plan's
/// template itself, so that nothing but it says what is wanted.
/// </summary>
internal static class FirstStep
{
    /// <summary>The deployment's resource.</summary>
    public static ResourceId IdOf(RecoveryPlan plan) => WhatIf.DeploymentOf(plan.To, $"{plan.Id}-first");

    /// <summary>The template.</summary>
    public static JsonObject TemplateOf(RecoveryPlan plan)
    {
        var later = plan.Later.ToLookup(one => new ResourceReference(one.Type, one.Name), one => one.Property);
        var template = plan.Template.DeepClone().AsObject();
        foreach (var resource in TemplateResources.All(template))
        {
            foreach (var property in later[ResourceReference.Of(resource)])
            {
                (resource["properties"] as JsonObject)?.Remove(property);
            }
        }

        return template;
    }

    /// <summary>Whether an effect is what the second step does to a resource that the first one made.</summary>
    public static bool IsSecond(RecoveryPlan plan, PlanEffect effect) =>
        effect is { Change: "Modify", Properties: { } properties } && ResourceId.TryParse(effect.Id, out var id)
        && ResourceReference.Of(id) is { } reference
        && properties.All(property => plan.Later.Any(one => new ResourceReference(one.Type, one.Name).Equals(reference)
            && (property.Path + ".").StartsWith($"properties.{one.Property}.", StringComparison.Ordinal)));
}
