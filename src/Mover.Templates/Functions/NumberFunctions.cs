using System.Globalization;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions of numbers.</summary>
internal static class NumberFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        new("add", 2, 2, call => Compute(call, (a, b) => checked(a + b))),
        new("sub", 2, 2, call => Compute(call, (a, b) => checked(a - b))),
        new("mul", 2, 2, call => Compute(call, (a, b) => checked(a * b))),
        new("div", 2, 2, call => Compute(call, (a, b) => b == -1 ? checked(-a) : a / b)),
        new("mod", 2, 2, call => Compute(call, (a, b) => b == -1 ? 0 : a % b)),
        new("min", 1, Function.Any, call => TemplateValue.Of(NumbersOf(call).Min())),
        new("max", 1, Function.Any, call => TemplateValue.Of(NumbersOf(call).Max())),
        new("int", 1, 1, ToInteger),
        new("float", 1, 1, ToFloat),
    ];

    private static TemplateValue Compute(FunctionCall call, Func<long, long, long> operation)
    {
        var (one, other) = (call.Integer(0), call.Integer(1));
        try
        {
            return TemplateValue.Of(operation(one, other));
        }
        catch (DivideByZeroException)
        {
            throw call.Fault("tried to divide by zero.");
        }
        catch (OverflowException)
        {
            throw call.Fault($"overflowed with the operants '{one}' and '{other}'.");
        }
    }

    private static List<long> NumbersOf(FunctionCall call)
    {
        var values = call is { Count: 1 } && call[0] is ArrayValue array ? array.Items : call.From(0);
        if (values.Count == 0 || values.Any(value => value is not IntegerValue))
        {
            throw new TemplateException(
                $"The provided arguments for template language function '{call.Name}' is not valid: all function arguments should be of "
                + "numeric types.");
        }

        return [.. values.Select(value => ((IntegerValue)value).Value)];
    }

    private static TemplateValue ToInteger(FunctionCall call) => call[0] switch
    {
        IntegerValue => call[0],
        StringValue text => long.TryParse(text.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            ? TemplateValue.Of(number)
            : throw call.Fault($"cannot convert provided value '{text.Value}' to integer value."),
        _ => throw call.WrongTypes(0, "Integer, String"),
    };

    private static TemplateValue ToFloat(FunctionCall call) => call[0] switch
    {
        FloatValue => call[0],
        IntegerValue number => new FloatValue(number.Value),
        StringValue text when double.TryParse(text.Value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture,
            out var number) && double.IsFinite(number) => new FloatValue(number),
        StringValue text => throw call.Fault($"cannot convert provided value '{text.Value}' to float value."),
        _ => throw call.WrongTypes(0, "Integer, Float, String"),
    };
}
