using Mover.Templates.Expressions;
using Mover.Templates.Values;

namespace Mover.Templates.Evaluation;

/// <summary>A function that <c>map</c> and its kin are given.</summary>
internal sealed class LambdaValue(IReadOnlyList<string> names, Expression body, Scope scope) : TemplateValue
{
    public override ValueKind Kind => ValueKind.Lambda;

    /// <summary>How many variables it takes.</summary>
    public int Takes => names.Count;

    /// <summary>Calls it; it gets as many of the arguments as it takes.</summary>
    public TemplateValue Call(params ReadOnlySpan<TemplateValue> arguments)
    {
        var variables = scope.LambdaVariables;
        for (var at = 0; at < names.Count; at++)
        {
            variables = variables.SetItem(names[at], arguments[at]);
        }

        return Evaluator.Evaluate(body, scope with { LambdaVariables = variables });
    }
}
