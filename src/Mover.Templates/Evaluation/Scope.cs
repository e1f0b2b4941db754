using System.Collections.Immutable;
using Mover.Templates.Values;

namespace Mover.Templates.Evaluation;

/// <summary>What an expression sees at its place. Immutable; a place further in gets a changed copy.</summary>
internal sealed record Scope
{
    /// <summary>Where the template is deployed.</summary>
    public required DeploymentContext Context { get; init; }

    /// <summary>What the evaluation has cost so far.</summary>
    public required Budget Budget { get; init; }

    /// <summary>The value of a parameter; null when the template has none of this name.</summary>
    public Func<string, TemplateValue?> Parameters { get; init; } = _ => null;

    /// <summary>The value of a variable; null when the template has none of this name.</summary>
    public Func<string, TemplateValue?> Variables { get; init; } = _ => null;

    /// <summary>The functions that the template defines, by <c>namespace.name</c>.</summary>
    public IUserFunctions? Functions { get; init; }

    /// <summary>The user's function whose body this is; null outside.</summary>
    public string? InsideFunction { get; init; }

    /// <summary>The indexes of the loops around, the innermost last.</summary>
    public ImmutableArray<CopyIndex> Loops { get; init; } = [];

    /// <summary>The variables of the lambdas around.</summary>
    public ImmutableDictionary<string, TemplateValue> LambdaVariables { get; init; } = NoLambdas;

    /// <summary>What <c>reference</c> and its kin find; null where they are not allowed.</summary>
    public IReferences? References { get; init; }

    /// <summary>Whether <c>utcNow</c> and <c>newGuid</c> are allowed: in defaults of parameters only.</summary>
    public bool IsParameterDefault { get; init; }

    /// <summary>What <c>deployment()</c> says of the template.</summary>
    public ObjectValue DeploymentProperties { get; init; } = ObjectValue.Empty;

    private static ImmutableDictionary<string, TemplateValue> NoLambdas { get; } =
        ImmutableDictionary.Create<string, TemplateValue>(StringComparer.OrdinalIgnoreCase);

    /// <summary>This scope inside one more loop.</summary>
    public Scope InLoop(string name, long index, bool isResource) => this with { Loops = Loops.Add(new(name, index, isResource)) };
}

/// <summary>One loop around an expression.</summary>
/// <param name="Name">The loop's name; empty for the unnamed one of an output.</param>
/// <param name="Index">The iteration, from 0.</param>
/// <param name="IsDefault">Whether <c>copyIndex()</c> without a name means it.</param>
internal readonly record struct CopyIndex(string Name, long Index, bool IsDefault);

/// <summary>The functions that a template defines.</summary>
internal interface IUserFunctions
{
    /// <summary>Whether there is one of this name.</summary>
    bool Has(string name);

    /// <summary>Calls one; null when there is none of this name.</summary>
    TemplateValue? TryCall(string name, IReadOnlyList<TemplateValue> arguments, Scope scope);
}

/// <summary>The resources that expressions refer to.</summary>
internal interface IReferences
{
    /// <summary>Throws where functions that wait for the deployment are not allowed.</summary>
    void Allow(string function);

    /// <summary>Answers <c>reference</c>.</summary>
    TemplateValue Reference(string nameOrId, string? apiVersion, bool isFull);

    /// <summary>Answers <c>references</c> for a loop.</summary>
    TemplateValue References(string loop, bool isFull);

    /// <summary>Answers <c>resourceInfo</c>.</summary>
    TemplateValue Info(string symbol);

    /// <summary>Answers <c>list*</c>.</summary>
    TemplateValue List(string function, string nameOrId, string apiVersion, TemplateValue? body);
}
