using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>One function of the language: its name, how many arguments it takes, what it does.</summary>
internal sealed record Function(string Name, int Min, int Max, Func<FunctionCall, TemplateValue> Body)
{
    /// <summary>Any number.</summary>
    public const int Any = int.MaxValue;

    /// <summary>Calls it.</summary>
    public TemplateValue Invoke(Call call, Scope scope)
    {
        var count = call.Arguments.Count;
        if (count < Min || count > Max)
        {
            throw new TemplateException(WrongCount(count));
        }

        var value = Body(new(this, call, scope));
        scope.Budget.Made(value switch
        {
            StringValue text => text.Value.Length,
            ArrayValue array => array.Items.Count,
            ObjectValue one => one.Count,
            _ => 0,
        });
        return value;
    }

    private string WrongCount(int count)
    {
        if (Max == Any)
        {
            var least = Min == 1 ? "At least one parameter should be provided" : "At least two parameter should be provided";
            return $"Unable to evaluate template language function '{Name}'. {least}.";
        }

        var wanted = Min == Max ? $"{Min} argument(s)" : $"between {Min} and {Max} arguments";
        return $"Unable to evaluate template language function '{Name}': function requires {wanted} while {count} were provided.";
    }
}

/// <summary>One call: its arguments are evaluated when they are asked for, each once.</summary>
internal sealed class FunctionCall(Function function, Call call, Scope scope)
{
    private static readonly string[] Ordinals = ["first", "second", "third", "fourth", "fifth"];
    private readonly TemplateValue?[] _values = new TemplateValue?[call.Arguments.Count];

    /// <summary>The function's name in its own spelling.</summary>
    public string Name => function.Name;

    /// <summary>What the call sees.</summary>
    public Scope Scope => scope;

    /// <summary>How many arguments there are.</summary>
    public int Count => _values.Length;

    /// <summary>The arguments, not evaluated.</summary>
    public IReadOnlyList<Expression> Expressions => call.Arguments;

    /// <summary>The value of an argument.</summary>
    public TemplateValue this[int at] => _values[at] ??= Evaluator.Evaluate(call.Arguments[at], scope);

    /// <summary>All arguments from one on.</summary>
    public IReadOnlyList<TemplateValue> From(int at) => [.. Enumerable.Range(at, Count - at).Select(one => this[one])];

    /// <summary>An argument that must be a text.</summary>
    public string Text(int at) => this[at] is StringValue text ? text.Value : throw WrongType(at, "String");

    /// <summary>A text argument that may be missing.</summary>
    public string? TextOrNull(int at) => at < Count ? Text(at) : null;

    /// <summary>An argument that must be a whole number.</summary>
    public long Integer(int at) => this[at] is IntegerValue number ? number.Value : throw WrongType(at, "Integer");

    /// <summary>An argument that must be a list.</summary>
    public IReadOnlyList<TemplateValue> Array(int at) => this[at] is ArrayValue array ? array.Items : throw WrongType(at, "Array");

    /// <summary>An argument that must be an object.</summary>
    public ObjectValue Object(int at) => this[at] is ObjectValue one ? one : throw WrongType(at, "Object");

    /// <summary>An argument that must be true or false.</summary>
    public bool Boolean(int at) => this[at] is BooleanValue one
        ? one.Value
        : throw Fault($"expects its {OrdinalOf(at)} parameter to be of type 'boolean'. The provided value is of type '{this[at].Kind}'.");

    /// <summary>An argument that must be a lambda with so many variables.</summary>
    public LambdaValue Lambda(int at, int min, int max)
    {
        if (this[at] is not LambdaValue lambda)
        {
            throw WrongType(at, "Lambda");
        }

        return lambda.Takes >= min && lambda.Takes <= max ? lambda : throw new TemplateException(
            $"Unable to evaluate template language function 'lambda': function requires {min + 1} argument(s) while "
            + $"{lambda.Takes + 1} were provided.");
    }

    /// <summary>The refusal of an argument's type.</summary>
    public TemplateException WrongType(int at, string wanted)
    {
        var which = function.Max == 1 ? string.Empty : OrdinalOf(at) + " ";
        return Fault($"expects its {which}parameter to be of type '{wanted}'. The provided value is of type '{this[at].Kind}'.");
    }

    /// <summary>The refusal of the first argument, which may have one of several types.</summary>
    public TemplateException WrongTypes(int at, string wanted) => Fault(
        $"expects its {OrdinalOf(at)} parameter to be one of the following types '{wanted}'. The provided value is of type "
            + $"'{this[at].Kind}'.");

    /// <summary>A refusal that begins with the function's name.</summary>
    public TemplateException Fault(string what) => new($"The template language function '{Name}' {what}");

    /// <summary>A refusal of what the arguments say.</summary>
    public TemplateException Unable(string why) => new($"Unable to evaluate the template language function '{Name}'. {why}");

    private static string OrdinalOf(int at) => at < Ordinals.Length ? Ordinals[at] : $"{at + 1}th";
}
