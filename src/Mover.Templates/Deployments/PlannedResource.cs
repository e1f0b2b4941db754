using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>One resource that a template deploys, or only reads.</summary>
public sealed class PlannedResource
{
    // What says how to deploy a resource, and is not part of it.
    private static readonly HashSet<string> Instructions = new(StringComparer.OrdinalIgnoreCase)
    {
        "comments", "condition", "copy", "dependsOn", "existing", "id", "metadata", "name", "resources", "scope", "type", "apiVersion",
    };

    private readonly ResourceIdentity _identity;
    private readonly ObjectValue _written;
    private readonly Scope _scope;

    internal PlannedResource(ResourceIdentity identity, ObjectValue written, Scope scope)
    {
        (_identity, _written, _scope) = (identity, written, scope);
    }

    /// <summary>Its id.</summary>
    public string Id => _identity.Id;

    /// <summary>Its whole type, such as <c>Microsoft.StorageMover/storageMovers/projects</c>.</summary>
    public string Type => _identity.Type;

    /// <summary>Its whole name, such as <c>mover1/wave1</c>.</summary>
    public string Name => _identity.Name;

    /// <summary>The api-version that it is written with; null when the template names none.</summary>
    public string? ApiVersion { get; internal init; }

    /// <summary>Its symbolic name in language version 2.0; null without one.</summary>
    public string? Symbol { get; internal init; }

    /// <summary>The loop that makes it; null outside of loops.</summary>
    public string? Loop { get; internal init; }

    /// <summary>Which iteration of the loop makes it, from 0.</summary>
    public int LoopIndex { get; internal init; }

    /// <summary>Whether it is read and not deployed.</summary>
    public bool IsExisting { get; internal init; }

    /// <summary>How many resources of the loop are deployed at a time; null for all.</summary>
    public int? BatchSize { get; internal init; }

    /// <summary>The deployment that it is; null for other types.</summary>
    public NestedDeployment? Nested { get; internal init; }

    /// <summary>The ids of the resources that have to be there first, each once.</summary>
    public IReadOnlyList<string> DependsOn { get; internal set; } = [];

    /// <summary>Where it stands in the template.</summary>
    public Place Place => _written.Place;

    /// <summary>The resource as it is sent; expressions that need other resources stand in it as they are written.</summary>
    public ObjectValue Body => MakeBody(null);

    internal Scope Scope => _scope;

    internal ObjectValue Written => _written;

    /// <summary>The resource as it is sent, with everything that it needs of others.</summary>
    /// <param name="plan">The plan that it is part of.</param>
    /// <param name="runtime">What is known of the others.</param>
    public ObjectValue ResolveBody(DeploymentPlan plan, IRuntime runtime) => MakeBody(new PlanReferences(plan, runtime));

    private ObjectValue MakeBody(IReferences? references)
    {
        var scope = _scope with { References = references };
        var made = new ObjectBuilder()
            .Set("id", TemplateValue.Of(Id))
            .Set("type", TemplateValue.Of(Type))
            .Set("name", TemplateValue.Of(Name))
            .SetAny("apiVersion", ApiVersion is null ? null : TemplateValue.Of(ApiVersion));
        foreach (var member in _written.Where(member => !Instructions.Contains(member.Name)))
        {
            var loops = member.Name.Equals("properties", StringComparison.OrdinalIgnoreCase)
                ? ValueResolver.Loops.Everywhere
                : ValueResolver.Loops.None;

            // The template of a deployment is that deployment's to evaluate.
            made.Set(member.Name, Nested is null ? InWords(member.Value, scope, loops) : member.Value, place: member.Place);
        }

        return made.Build(Place);
    }

    private TemplateValue InWords(TemplateValue value, Scope scope, ValueResolver.Loops loops)
    {
        try
        {
            return ValueResolver.Resolve(value, scope, loops);
        }
        catch (TemplateException fault)
        {
            throw ResourceWords.Wrap(fault, _written);
        }
    }
}
