using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Functions;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>A deployment within a deployment: a template with parameters and a scope of its own, or within the outer one's.</summary>
public sealed class NestedDeployment
{
    private readonly ObjectValue _properties;
    private readonly Scope _scope;
    private readonly DeploymentContext _context;
    private readonly int _depth;
    private readonly bool _isInner;
    private readonly ObjectValue _template;

    internal NestedDeployment(ResourceIdentity identity, ObjectValue written, Scope scope, DeploymentContext context, int depth)
    {
        (_scope, _depth) = (scope, depth + 1);
        _properties = written["properties"] as ObjectValue ?? ObjectValue.Empty;
        if (_properties["template"] is not null && _properties["templateLink"] is not null)
        {
            throw new TemplateException(
                $"The deployment '{identity.Id}' cannot have both the TemplateLink and Template property set. Please use one or the "
                    + "other.");
        }

        if (_properties["templateLink"] is not null)
        {
            throw new TemplateException(
                $"The deployment '{identity.Id}' uses a TemplateLink, which is not supported. Use 'template' with the content itself.",
                "InvalidContentLink");
        }

        if (_depth > TemplateLimits.NestedTemplateDepthMax)
        {
            throw new TemplateException($"Templates nest deeper than {TemplateLimits.NestedTemplateDepthMax} levels.");
        }

        _template = _properties["template"] as ObjectValue ?? throw new TemplateException(
            $"The deployment '{identity.Id}' must have either the TemplateLink or the Template property set.");
        _isInner = ((_properties["expressionEvaluationOptions"] as ObjectValue)?["scope"] as StringValue)?.Value
            .Equals("inner", StringComparison.OrdinalIgnoreCase) == true;
        _context = context with
        {
            DeploymentName = identity.Name,
            Location = (written["location"] is StringValue location
                ? ValueResolver.TextOf(location, scope with { References = NoReferences.Instance }, "location")
                : null) ?? context.Location,
        };
    }

    /// <summary>Whether it can be expanded before other resources exist.</summary>
    public bool IsKnownAhead => !ExpressionSearch.In(Given).Any(ReferenceFunctions.NeedsRuntime);

    /// <summary>The parameters as written.</summary>
    internal TemplateValue Given => _isInner ? _properties["parameters"] ?? ObjectValue.Empty : ObjectValue.Empty;

    /// <summary>Expands it.</summary>
    /// <param name="plan">The plan around it.</param>
    /// <param name="runtime">What is known of resources; null when <see cref="IsKnownAhead"/>.</param>
    public DeploymentPlan Expand(DeploymentPlan plan, IRuntime? runtime)
    {
        if (!_isInner)
        {
            return DeploymentPlan.ExpandOuter(_template, _context, _scope, _depth);
        }

        var scope = _scope with { References = runtime is null ? NoReferences.Instance : new PlanReferences(plan, runtime) };
        var given = ValueResolver.Resolve(Given, scope) as ObjectValue ?? ObjectValue.Empty;
        return DeploymentPlan.Expand(_template, DeploymentPlan.Unwrap(given), _context, _scope.Budget, _depth);
    }
}
