using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>Answers <c>reference</c> and its kin for one template, from what is known while it is deployed.</summary>
internal sealed class PlanReferences(DeploymentPlan plan, IRuntime runtime) : IReferences
{
    public void Allow(string function)
    {
        // Here they are.
    }

    public TemplateValue Reference(string nameOrId, string? apiVersion, bool isFull)
    {
        var (id, resource) = Locate(nameOrId, "reference");
        if (resource is null && apiVersion is null)
        {
            throw new TemplateException(
                $"The template reference to '{nameOrId}' requires an API version. Please see https://aka.ms/arm-syntax-resources "
                    + "for usage details.");
        }

        return Shown(id, apiVersion ?? resource?.ApiVersion, isFull);
    }

    public TemplateValue References(string loop, bool isFull) => TemplateValue.Of([.. plan.Resources
        .Where(one => loop.Equals(one.Symbol ?? one.Loop, StringComparison.OrdinalIgnoreCase))
        .OrderBy(one => one.LoopIndex)
        .Select(one => Shown(one.Id, one.ApiVersion, isFull))]);

    public TemplateValue Info(string symbol)
    {
        var (id, resource) = Locate(symbol, "resourceInfo");
        return new ObjectBuilder()
            .Set("id", TemplateValue.Of(id))
            .Set("type", TemplateValue.Of(resource?.Type ?? string.Empty))
            .Set("name", TemplateValue.Of(resource?.Name ?? string.Empty))
            .Set("apiVersion", TemplateValue.Of(resource?.ApiVersion ?? string.Empty))
            .Build();
    }

    public TemplateValue List(string function, string nameOrId, string apiVersion, TemplateValue? body)
    {
        var (id, _) = Locate(nameOrId, function);
        return runtime.List(function, id, apiVersion, body) ?? throw NotFound(id);
    }

    private (string Id, PlannedResource? Resource) Locate(string nameOrId, string function)
    {
        var found = plan.Names.Find(nameOrId);
        if (found.Count == 1)
        {
            return (found[0].Id, found[0]);
        }

        if (nameOrId.StartsWith('/'))
        {
            return (nameOrId, null);
        }

        throw new TemplateException(found.Count == 0
            ? $"The template function '{function}' is not valid: the resource '{nameOrId}' is not defined in the template. Please see "
                + "https://aka.ms/arm-syntax for usage details."
            : $"The template function '{function}' is not valid: the name '{nameOrId}' stands for {found.Count} resources. Use the "
                + "resource id.");
    }

    private TemplateValue Shown(string id, string? apiVersion, bool isFull)
    {
        var whole = runtime.Find(id, apiVersion) ?? throw NotFound(id);
        return isFull ? whole : (whole as ObjectValue)?["properties"] ?? ObjectValue.Empty;
    }

    private static TemplateException NotFound(string id) =>
        new($"The Resource '{id}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix", "ResourceNotFound");
}
