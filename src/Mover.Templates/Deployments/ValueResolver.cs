using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Functions;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>Replaces the expressions in a piece of a template by their values, and its copy loops by what they make.</summary>
internal static class ValueResolver
{
    /// <summary>Where loops are looked for.</summary>
    public enum Loops
    {
        /// <summary>Nowhere: <c>copy</c> is a name as any other.</summary>
        None,

        /// <summary>In every object.</summary>
        Everywhere,
    }

    /// <summary>The value of a piece.</summary>
    /// <param name="value">The piece.</param>
    /// <param name="scope">What its expressions see; without references those that need them stay as they are.</param>
    /// <param name="loops">Where loops are looked for.</param>
    public static TemplateValue Resolve(TemplateValue value, Scope scope, Loops loops = Loops.None)
    {
        scope.Budget.Step();
        switch (value)
        {
            case StringValue text:
                return ResolveText(text, scope, keepsRuntime: scope.References is null);
            case ArrayValue array:
                return new ArrayValue([.. array.Items.Select(item => Resolve(item, scope, loops))]) { Place = value.Place };
            case ObjectValue one:
                return ResolveObject(one, scope, loops);
            default:
                return value;
        }
    }

    /// <summary>The value of a piece that must not wait for resources.</summary>
    public static TemplateValue ResolveNow(TemplateValue value, Scope scope) => value is StringValue text
        ? ResolveText(text, scope, keepsRuntime: false)
        : Resolve(value, scope);

    /// <summary>The text that a piece must give at once; null when the piece is missing.</summary>
    public static string? TextOf(TemplateValue? value, Scope scope, string what)
    {
        if (value is null)
        {
            return null;
        }

        return ResolveNow(value, scope) switch
        {
            StringValue text => text.Value,
            NullValue => null,
            var other => throw new TemplateException($"The {what} must be of type 'String'. The provided value is of type '{other.Kind}'."),
        };
    }

    /// <summary>Evaluates the count of a loop, which stands at a place: 0 to 800.</summary>
    public static int CountOf(ObjectValue copy, Scope scope)
    {
        var count = copy["count"] is { } written ? ResolveNow(written, scope) : TemplateValue.Null;
        return count is IntegerValue { Value: >= 0 and <= TemplateLimits.ResourcesMax } number
            ? (int)number.Value
            : throw new TemplateException(
                $"The template 'copy' definition at line '{copy.Place.Line}' and column '{copy.Place.Column}' has an invalid copy "
                    + "count of: "
                + $"'{ValueText.ToJson(count)}'. The copy count must be a non-negative integer value and cannot exceed "
                + $"'{TemplateLimits.ResourcesMax}'.", place: copy.Place);
    }

    /// <summary>The list that a loop with a name, a count and an input makes.</summary>
    public static ArrayValue RunLoop(ObjectValue copy, string name, Scope scope, bool isDefault)
    {
        var input = copy["input"] ?? throw new TemplateException(
            $"The template 'copy' definition at line '{copy.Place.Line}' and column '{copy.Place.Column}' has no "
                + "'input'.", place: copy.Place);
        return new ArrayValue([.. Enumerable.Range(0, CountOf(copy, scope))
            .Select(at => Resolve(input, scope.InLoop(name, at, isDefault), Loops.Everywhere))]);
    }

    private static TemplateValue ResolveText(StringValue text, Scope scope, bool keepsRuntime)
    {
        if (!ExpressionReader.IsExpression(text.Value))
        {
            var plain = ExpressionReader.Unescape(text.Value);
            return plain.Length == text.Value.Length ? text : new StringValue(plain) { Place = text.Place };
        }

        var expression = ExpressionReader.Read(text.Value);
        return keepsRuntime && ReferenceFunctions.NeedsRuntime(expression) ? text : Evaluator.Evaluate(expression, scope);
    }

    private static ObjectValue ResolveObject(ObjectValue one, Scope scope, Loops loops)
    {
        var made = new ObjectBuilder();
        foreach (var member in one)
        {
            if (loops == Loops.Everywhere && member.Value is ArrayValue list && IsLoop(member.Name))
            {
                RunLoops(list, scope, made);
            }
            else
            {
                made.Set(NameOf(member, scope), Resolve(member.Value, scope, loops), place: member.Place);
            }
        }

        return made.Build(one.Place);
    }

    /// <summary>Runs the loops of an object and sets what they make.</summary>
    public static void RunLoops(ArrayValue list, Scope scope, ObjectBuilder made)
    {
        foreach (var item in list.Items)
        {
            if (item is not ObjectValue copy || copy["name"] is not StringValue name)
            {
                throw new TemplateException(
                    $"The template 'copy' definition at line '{item.Place.Line}' and column '{item.Place.Column}' has no 'name'.",
                    place: item.Place);
            }

            made.Set(name.Value, RunLoop(copy, name.Value, scope, isDefault: false));
        }
    }

    private static bool IsLoop(string name) => name.Equals("copy", StringComparison.OrdinalIgnoreCase);

    private static string NameOf(Member member, Scope scope) => !ExpressionReader.IsExpression(member.Name)
        ? ExpressionReader.Unescape(member.Name)
        : TextOf(new StringValue(member.Name) { Place = member.Place }, scope, "property name") ?? string.Empty;
}
