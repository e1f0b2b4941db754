using Mover.Templates.Values;

namespace Mover.Templates.Expressions;

/// <summary>Finds the expressions in a piece of a template.</summary>
internal static class ExpressionSearch
{
    /// <summary>All of them, parsed, in order.</summary>
    public static IEnumerable<Expression> In(TemplateValue value) => value switch
    {
        StringValue text when ExpressionReader.IsExpression(text.Value) => [ExpressionReader.Read(text.Value)],
        ArrayValue array => array.Items.SelectMany(In),
        ObjectValue one => one.SelectMany(member => In(member.Value)),
        _ => [],
    };
}
