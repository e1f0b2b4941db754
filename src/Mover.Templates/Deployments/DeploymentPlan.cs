using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>
/// What a template deploys, with its parameters, at one place. Made without any input or output of its own; the same template, parameters
/// and context give the same plan. What is wrong is a <see cref="TemplateException"/>. Not safe for concurrent use.
/// </summary>
public sealed class DeploymentPlan
{
    private static readonly UserFunctions NoFunctions = new(null, new(null), mayCallOthers: false);
    private readonly Scope _scope;
    private readonly TemplateOutputs _outputs;

    private DeploymentPlan(
        Scope scope, TemplateShape template, TypeCheck types, IReadOnlyList<BoundParameter> parameters, DeploymentContext target, int depth)
    {
        _scope = scope;
        Context = target;
        Parameters = parameters;
        Resources = new ResourceExpander(template, scope, target, depth).Expand();
        Names = new(Resources, template.IsVersion2);
        _outputs = new(template.Section("outputs"), types, scope.Functions ?? NoFunctions, template.IsVersion2);
        foreach (var resource in Resources.Where(one => !one.IsExisting))
        {
            _ = resource.Body;
        }
    }

    /// <summary>Where it is deployed.</summary>
    public DeploymentContext Context { get; }

    /// <summary>The parameters with their values.</summary>
    public IReadOnlyList<BoundParameter> Parameters { get; }

    /// <summary>The resources of the template itself, in its order; those that are only read among them.</summary>
    public IReadOnlyList<PlannedResource> Resources { get; }

    internal ResourceNames Names { get; }

    /// <summary>Expands a template.</summary>
    /// <param name="template">The template as <see cref="LenientJson"/> reads it.</param>
    /// <param name="parameters">The parameters as on the wire, each <c>{"value":…}</c>; null for none.</param>
    /// <param name="context">Where it is deployed.</param>
    public static DeploymentPlan Create(TemplateValue template, ObjectValue? parameters, DeploymentContext context) =>
        Expand(template, Unwrap(parameters ?? ObjectValue.Empty), context, new Budget(), depth: 0);

    /// <summary>The outputs, once what they refer to exists.</summary>
    public IReadOnlyList<TemplateOutput> Outputs(IRuntime runtime) =>
        _outputs.Evaluate(_scope with { References = new PlanReferences(this, runtime) });

    internal static DeploymentPlan Expand(TemplateValue written, ObjectValue given, DeploymentContext context, Budget budget, int depth)
    {
        budget.Template();
        var template = new TemplateShape(written);
        var types = new TypeCheck(template.Section("definitions"));
        var scope = new Scope
        {
            Context = context,
            Budget = budget,
            Functions = new UserFunctions(template.Functions, types, template.IsVersion2),
            DeploymentProperties = new ObjectBuilder()
                .Set("template", template.Written).Set("mode", TemplateValue.Of("Incremental")).Build(),
        };
        var table = new ParameterTable(template.Section("parameters"), given, types, scope);
        var parameters = table.Bind();
        scope = scope with { Parameters = table.Find };
        var variables = new VariableTable(template.Section("variables"), scope);
        variables.EvaluateAll();
        return new(scope with { Variables = variables.Find }, template, types, parameters, context, depth);
    }

    // The expressions of the inner template see what the outer one has; its own parameters and variables are not looked at.
    internal static DeploymentPlan ExpandOuter(TemplateValue written, DeploymentContext target, Scope scope, int depth)
    {
        scope.Budget.Template();
        var template = new TemplateShape(written);
        return new(scope, template, new(template.Section("definitions")), [], target, depth);
    }

    internal static ObjectValue Unwrap(ObjectValue parameters) => new([.. parameters.Select(one => new Member(
        one.Name,
        one.Value is ObjectValue wrapped && wrapped["value"] is { } value
            ? value
            : throw TemplateShape.Invalid($"The parameter '{one.Name}' has no 'value'.", one.Place),
        one.Place))]);
}
