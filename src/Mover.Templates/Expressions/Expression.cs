using System.Globalization;
using Mover.Templates.Values;

namespace Mover.Templates.Expressions;

/// <summary>A parsed expression of the template language; <see cref="object.ToString"/> gives it back in ARM's spacing.</summary>
internal abstract record Expression
{
    /// <summary>Every call in it, outermost first.</summary>
    public IEnumerable<Call> Calls() => this switch
    {
        Call call => call.Arguments.SelectMany(argument => argument.Calls()).Prepend(call),
        Access access => access.Of.Calls().Concat(access.Index.Calls()),
        _ => [],
    };
}

/// <summary>A text or number.</summary>
internal sealed record Literal(TemplateValue Value) : Expression
{
    public override string ToString() => ValueText.ToExpression(Value);
}

/// <summary>A function call; the name of a user's function has its namespace before a dot.</summary>
internal sealed record Call(string Name, IReadOnlyList<Expression> Arguments) : Expression
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}({string.Join(", ", Arguments)})");
}

/// <summary>A member or element of something.</summary>
/// <param name="Of">The something.</param>
/// <param name="Index">What gives the member's name or the element's number.</param>
/// <param name="IsDotted">Whether it was written with a dot.</param>
internal sealed record Access(Expression Of, Expression Index, bool IsDotted) : Expression
{
    public override string ToString() =>
        IsDotted && Index is Literal { Value: StringValue name } ? $"{Of}.{name.Value}" : $"{Of}[{Index}]";
}
