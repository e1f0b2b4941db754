using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>
/// Answers for a plan as if it had been deployed: each resource as it would be sent, each nested deployment with its outputs. What other
/// resources say comes from a runtime behind it.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="existing">What is there already; null for nothing.</param>
public sealed class PlannedRuntime(DeploymentPlan plan, IRuntime? existing = null) : IRuntime
{
    private readonly Dictionary<string, TemplateValue> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public TemplateValue? Find(string id, string? apiVersion)
    {
        if (_known.TryGetValue(id, out var known))
        {
            return known;
        }

        var resource = plan.Resources.FirstOrDefault(one => !one.IsExisting && one.Id.Equals(id, StringComparison.OrdinalIgnoreCase));
        if (resource is null)
        {
            return existing?.Find(id, apiVersion);
        }

        return _known[id] = resource.Nested is { } nested
            ? Deployed(resource, nested.Expand(plan, this))
            : resource.ResolveBody(plan, this);
    }

    /// <inheritdoc/>
    public TemplateValue? List(string function, string id, string apiVersion, TemplateValue? body) =>
        existing?.List(function, id, apiVersion, body);

    /// <summary>Every resource that is deployed, those of nested deployments among them, deployments left out.</summary>
    public IEnumerable<ObjectValue> Resources()
    {
        foreach (var resource in plan.Resources.Where(one => !one.IsExisting))
        {
            if (resource.Nested is not { } nested)
            {
                yield return resource.ResolveBody(plan, this);
                continue;
            }

            foreach (var inner in new PlannedRuntime(nested.Expand(plan, this), this).Resources())
            {
                yield return inner;
            }
        }
    }

    private ObjectValue Deployed(PlannedResource resource, DeploymentPlan inner)
    {
        var outputs = new ObjectBuilder();
        foreach (var output in inner.Outputs(new PlannedRuntime(inner, this)))
        {
            outputs.Set(output.Name, new ObjectBuilder()
                .Set("type", TemplateValue.Of(output.Type)).Set("value", output.Value).Build());
        }

        return new ObjectBuilder()
            .Set("id", TemplateValue.Of(resource.Id))
            .Set("name", TemplateValue.Of(resource.Name))
            .Set("type", TemplateValue.Of(resource.Type))
            .Set("properties", new ObjectBuilder()
                .Set("provisioningState", TemplateValue.Of("Succeeded")).Set("outputs", outputs.Build()).Build())
            .Build();
    }
}
