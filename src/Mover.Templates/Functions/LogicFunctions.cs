using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions of truth and comparison; <c>if</c>, <c>and</c>, <c>or</c> and <c>coalesce</c> evaluate only what they need.</summary>
internal static class LogicFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        new("true", 0, 0, _ => TemplateValue.True),
        new("false", 0, 0, _ => TemplateValue.False),
        new("null", 0, 0, _ => TemplateValue.Null),
        new("if", 3, 3, call => call.Boolean(0) ? call[1] : call[2]),
        new("and", 2, Function.Any, call => TemplateValue.Of(Enumerable.Range(0, call.Count).All(call.Boolean))),
        new("or", 2, Function.Any, call => TemplateValue.Of(Enumerable.Range(0, call.Count).Any(call.Boolean))),
        new("not", 1, 1, call => TemplateValue.Of(!call.Boolean(0))),
        new("bool", 1, 1, ToBoolean),
        new("coalesce", 1, Function.Any, call => Enumerable.Range(0, call.Count).Select(at => call[at])
            .FirstOrDefault(value => value.Kind != ValueKind.Null) ?? TemplateValue.Null),
        new("equals", 2, 2, call => TemplateValue.Of(ValueComparison.Deep.Equals(call[0], call[1]))),
        new("less", 2, 2, call => TemplateValue.Of(Compare(call) < 0)),
        new("lessOrEquals", 2, 2, call => TemplateValue.Of(Compare(call) <= 0)),
        new("greater", 2, 2, call => TemplateValue.Of(Compare(call) > 0)),
        new("greaterOrEquals", 2, 2, call => TemplateValue.Of(Compare(call) >= 0)),
    ];

    private static TemplateValue ToBoolean(FunctionCall call) => call[0] switch
    {
        BooleanValue => call[0],
        IntegerValue number => TemplateValue.Of(number.Value != 0),
        StringValue text when bool.TryParse(text.Value, out var value) => TemplateValue.Of(value),
        _ => throw call.Fault("was invoked with a parameter that is not valid. The value cannot be converted to the target type."),
    };

    private static int Compare(FunctionCall call) => (call[0], call[1]) switch
    {
        (IntegerValue one, IntegerValue other) => one.Value.CompareTo(other.Value),
        (StringValue one, StringValue other) => LinguisticOrder.Compare(one.Value, other.Value),
        _ => throw new TemplateException(
            $"The provided arguments for template language function '{call.Name}' is not valid: all function arguments should be of "
            + "numeric types."),
    };
}
