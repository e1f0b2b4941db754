using System.Text;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions of lists, and those that take a list or a text.</summary>
internal static class ArrayFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        new("array", 1, 1, call => call[0] is ArrayValue ? call[0] : TemplateValue.Of([call[0]])),
        new("createArray", 0, Function.Any, call => TemplateValue.Of(call.From(0))),
        new("concat", 0, Function.Any, Concat),
        new("contains", 2, 2, Contains),
        new("empty", 1, 1, call => TemplateValue.Of(IsEmpty(call))),
        new("length", 1, 1, call => TemplateValue.Of(LengthOf(call[0]) ?? throw call.Fault(
            $"expects its parameter to be an array, object, or a string. The provided value is of type '{call[0].Kind}'."))),
        new("first", 1, 1, call => End(call, isFirst: true)),
        new("last", 1, 1, call => End(call, isFirst: false)),
        new("skip", 2, 2, call => Part(call, isSkip: true)),
        new("take", 2, 2, call => Part(call, isSkip: false)),
        new("indexOf", 2, 2, call => Find(call, isLast: false)),
        new("lastIndexOf", 2, 2, call => Find(call, isLast: true)),
        new("indexFromEnd", 2, 2, call => FromEnd(call) is { } value ? value : throw new TemplateException(
            $"The language expression property array index '{call.Integer(1)}' is out of bounds.")),
        new("tryIndexFromEnd", 2, 2, call => call[0] is ArrayValue && call[1] is IntegerValue
            ? FromEnd(call) ?? TemplateValue.Null
            : TemplateValue.Null),
        new("range", 2, 2, Range),
        new("flatten", 1, 1, call => TemplateValue.Of([.. call.Array(0).SelectMany(item => item is ArrayValue inner
            ? inner.Items
            : throw call.Fault($"expects its parameter to be an array of arrays. It contains a value of type '{item.Kind}'."))])),
        new("distinct", 1, 1, call => TemplateValue.Of([.. call.Array(0).Distinct(ValueComparison.Deep)])),
    ];

    private static long? LengthOf(TemplateValue value) => value switch
    {
        StringValue text => text.Value.Length,
        ArrayValue array => array.Items.Count,
        ObjectValue one => one.Count,
        _ => null,
    };

    private static bool IsEmpty(FunctionCall call)
    {
        if (call[0].Kind == ValueKind.Null)
        {
            return true;
        }

        return (LengthOf(call[0]) ?? throw new TemplateException(
            "The template function 'empty' expects its parameter to be an object, an array, or a string. The provided value is of type "
            + $"'{call[0].Kind}'.")) == 0;
    }

    private static TemplateValue Concat(FunctionCall call)
    {
        var parts = call.From(0);
        if (parts.Count > 0 && parts.All(part => part is ArrayValue))
        {
            return TemplateValue.Of([.. parts.SelectMany(part => ((ArrayValue)part).Items)]);
        }

        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(StringFunctions.ScalarText(part) ?? throw new TemplateException(
                "The provided parameters for language function 'concat' are invalid. Either all or none of the parameters must be "
                    + "an array."));
        }

        return TemplateValue.Of(text.ToString());
    }

    private static TemplateValue Contains(FunctionCall call) => (call[0], call[1]) switch
    {
        (StringValue text, StringValue part) => TemplateValue.Of(text.Value.Contains(part.Value, StringComparison.Ordinal)),
        (ObjectValue one, StringValue name) => TemplateValue.Of(one.TryFind(name.Value, out _)),
        (ArrayValue array, var item) => TemplateValue.Of(array.Items.Contains(item, ValueComparison.Deep)),
        (StringValue or ObjectValue, _) => throw call.WrongType(1, "String"),
        _ => throw call.WrongTypes(0, "Array, Object, String"),
    };

    private static TemplateValue End(FunctionCall call, bool isFirst) => call[0] switch
    {
        ArrayValue { Items: { Count: > 0 } items } => isFirst ? items[0] : items[^1],
        ArrayValue => TemplateValue.Null,
        StringValue { Value: { Length: > 0 } text } => TemplateValue.Of((isFirst ? text[0] : text[^1]).ToString()),
        StringValue => call[0],
        _ => throw call.Fault($"expects its parameter be an array or a string. The provided value is of type '{call[0].Kind}'."),
    };

    private static TemplateValue Part(FunctionCall call, bool isSkip)
    {
        var length = call[0] is StringValue or ArrayValue ? LengthOf(call[0]) ?? 0 : throw call.WrongTypes(0, "Array, String");
        var count = (int)Math.Clamp(call.Integer(1), 0, length);
        return call[0] switch
        {
            StringValue text => TemplateValue.Of(isSkip ? text.Value[count..] : text.Value[..count]),
            _ => TemplateValue.Of([.. isSkip ? call.Array(0).Skip(count) : call.Array(0).Take(count)]),
        };
    }

    private static TemplateValue Find(FunctionCall call, bool isLast)
    {
        if (call[0] is StringValue text)
        {
            var part = call.Text(1);
            return TemplateValue.Of(isLast ? LastIndexOf(text.Value, part) : text.Value.IndexOf(part, StringComparison.OrdinalIgnoreCase));
        }

        var items = call[0] is ArrayValue array ? array.Items : throw call.WrongTypes(0, "String, Array");
        for (var at = 0; at < items.Count; at++)
        {
            var place = isLast ? items.Count - 1 - at : at;
            if (ValueComparison.Deep.Equals(items[place], call[1]))
            {
                return TemplateValue.Of((long)place);
            }
        }

        return TemplateValue.Of(-1L);
    }

    // An empty text is found at the last character, not behind it.
    private static long LastIndexOf(string text, string part) => part.Length == 0
        ? Math.Max(0, text.Length - 1)
        : text.LastIndexOf(part, StringComparison.OrdinalIgnoreCase);

    private static TemplateValue? FromEnd(FunctionCall call)
    {
        var (items, at) = (call.Array(0), call.Integer(1));
        return at >= 1 && at <= items.Count ? items[items.Count - (int)at] : null;
    }

    private static TemplateValue Range(FunctionCall call)
    {
        var (start, count) = (call.Integer(0), call.Integer(1));
        if (count is < 0 or > TemplateLimits.RangeMax || start is < int.MinValue or > int.MaxValue || start + count > int.MaxValue + 1L)
        {
            throw call.Unable(
                $"The start index '{start}' and the count '{count}' are not valid: the count must be between 0 and "
                + $"{TemplateLimits.RangeMax}, and the last element at most {int.MaxValue}.");
        }

        return TemplateValue.Of([.. Enumerable.Range(0, (int)count).Select(at => TemplateValue.Of(start + at))]);
    }
}
