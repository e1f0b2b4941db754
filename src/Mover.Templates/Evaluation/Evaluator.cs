using System.Globalization;
using Mover.Templates.Expressions;
using Mover.Templates.Functions;
using Mover.Templates.Values;

namespace Mover.Templates.Evaluation;

/// <summary>Evaluates parsed expressions.</summary>
internal static class Evaluator
{
    /// <summary>The value of an expression in a scope.</summary>
    public static TemplateValue Evaluate(Expression expression, Scope scope)
    {
        scope.Budget.Step();
        scope.Budget.Enter();
        try
        {
            return expression switch
            {
                Literal literal => literal.Value,
                Access access => AccessOf(Evaluate(access.Of, scope), Evaluate(access.Index, scope)),
                Call call => CallOf(call, scope),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        finally
        {
            // What is evaluated again later, because it failed now, begins at the top again.
            scope.Budget.Leave();
        }
    }

    /// <summary>A member or element; throws when there is none.</summary>
    public static TemplateValue AccessOf(TemplateValue of, TemplateValue index) => (of, index) switch
    {
        (ArrayValue array, IntegerValue at) => at.Value >= 0 && at.Value < array.Items.Count
            ? array.Items[(int)at.Value]
            : throw new TemplateException($"The language expression property array index '{at.Value}' is out of bounds."),
        (ArrayValue, _) => throw new TemplateException(
            $"The language expression property '{Shown(index)}' can't be evaluated, property name must be an integer for an array."),
        (ObjectValue one, StringValue name) => one[name.Value] ?? throw new TemplateException(
            $"The language expression property '{name.Value}' doesn't exist, available properties are "
            + $"'{string.Join(", ", one.Select(m => m.Name))}'."),
        _ => throw new TemplateException($"The language expression property '{Shown(index)}' can't be evaluated."),
    };

    private static TemplateValue CallOf(Call call, Scope scope)
    {
        if (FunctionTable.Find(call.Name) is { } function)
        {
            return function.Invoke(call, scope);
        }

        if (call.Name.Contains('.', StringComparison.Ordinal))
        {
            var arguments = call.Arguments.Select(argument => Evaluate(argument, scope)).ToArray();
            return scope.Functions?.TryCall(call.Name, arguments, scope) ?? throw Unknown(call.Name);
        }

        return FunctionTable.IsList(call.Name) ? ReferenceFunctions.List(call, scope) : throw Unknown(call.Name);
    }

    /// <summary>The refusal of a function that does not exist at this place.</summary>
    public static TemplateException Unknown(string name) => new($"The template function '{name}' is not valid.");

    private static string Shown(TemplateValue index) => index switch
    {
        StringValue text => text.Value,
        IntegerValue number => number.Value.ToString(CultureInfo.InvariantCulture),
        _ => ValueText.ToJson(index),
    };
}
