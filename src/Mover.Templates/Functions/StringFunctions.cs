using System.Globalization;
using System.Text;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions of texts.</summary>
internal static class StringFunctions
{
    private const int PadMax = 16;

    public static IReadOnlyList<Function> All { get; } =
    [
        new("base64", 1, 1, call => Text(Convert.ToBase64String(Encoding.UTF8.GetBytes(call.Text(0))))),
        new("base64ToString", 1, 1, call => Text(FromBase64(call))),
        new("base64ToJson", 1, 1, call => ParseJson(call, FromBase64(call))),
        new("json", 1, 1, call => ParseJson(call, call.Text(0))),
        new("string", 1, 1, call => Text(Printed(call))),
        new("format", 1, Function.Any, Format),
        new("padLeft", 2, 3, PadLeft),
        new("toLower", 1, 1, call => Text(call.Text(0).ToLowerInvariant())),
        new("toUpper", 1, 1, call => Text(call.Text(0).ToUpperInvariant())),
        new("trim", 1, 1, call => Text(call.Text(0).Trim())),
        new("substring", 2, 3, Substring),
        new("replace", 3, 3, Replace),
        new("split", 2, 2, Split),
        new("join", 2, 2, Join),
        new("startsWith", 2, 2, call => TemplateValue.Of(call.Text(0).StartsWith(call.Text(1), StringComparison.OrdinalIgnoreCase))),
        new("endsWith", 2, 2, call => TemplateValue.Of(call.Text(0).EndsWith(call.Text(1), StringComparison.OrdinalIgnoreCase))),
        new("fail", 1, 1, call => throw new TemplateException(call.Text(0))),
    ];

    /// <summary>The text of a scalar as <c>concat</c> and <c>join</c> print it; null for what they refuse.</summary>
    public static string? ScalarText(TemplateValue value) => value switch
    {
        StringValue text => text.Value,
        IntegerValue number => number.Value.ToString(CultureInfo.InvariantCulture),
        BooleanValue one => one.Value ? "True" : "False",
        _ => null,
    };

    private static TemplateValue Text(string value) => TemplateValue.Of(value);

    private static string FromBase64(FunctionCall call)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(call.Text(0)));
        }
        catch (FormatException)
        {
            throw call.Unable($"The value '{call.Text(0)}' is not a valid base64 string.");
        }
    }

    private static TemplateValue ParseJson(FunctionCall call, string text)
    {
        try
        {
            return LenientJson.Parse(text);
        }
        catch (FormatException fault)
        {
            throw call.Unable($"The argument provided is not a valid JSON string: {fault.Message}");
        }
    }

    private static string Printed(FunctionCall call) => call[0] switch
    {
        ArrayValue or ObjectValue => ValueText.ToJson(call[0]),
        var value => ScalarText(value) ?? throw call.WrongTypes(0, "Integer, String, Boolean, Object, Array"),
    };

    private static TemplateValue Format(FunctionCall call)
    {
        var arguments = call.From(1).Select(value => value switch
        {
            IntegerValue number => (object)number.Value,
            FloatValue number => number.Value,
            BooleanValue one => one.Value,
            StringValue text => text.Value,
            NullValue => string.Empty,
            _ => ValueText.ToQuoted(value),
        }).ToArray();
        try
        {
            return Text(string.Format(CultureInfo.InvariantCulture, call.Text(0), arguments));
        }
        catch (FormatException fault)
        {
            throw call.Unable($"The format is not valid: {fault.Message}");
        }
    }

    private static TemplateValue PadLeft(FunctionCall call)
    {
        var text = call[0] is StringValue or IntegerValue
            ? ScalarText(call[0]) ?? string.Empty
            : throw call.WrongTypes(0, "String, Integer");
        var length = call.Integer(1);
        if (length is < 1 or > PadMax)
        {
            throw new TemplateException(
                "Unable to evaluate template language function 'padLeft': the second parameter is invalid. Total width must be a positive "
                + $"integer value and not greater than '{PadMax}', while '{length}' was provided.");
        }

        var pad = call.TextOrNull(2) ?? " ";
        return pad.Length == 1
            ? Text(text.PadLeft((int)length, pad[0]))
            : throw call.Unable($"The padding must be one character. The padding: '{pad}'.");
    }

    private static TemplateValue Substring(FunctionCall call)
    {
        var text = call.Text(0);
        var start = call.Integer(1);
        if (start < 0)
        {
            throw call.Unable($"The index parameter cannot be less than zero. The index parameter: '{start}'.");
        }

        if (start > text.Length)
        {
            throw call.Unable(
                $"The index parameter cannot be larger than the length of the string. The index parameter: '{start}', "
                + $"the length of the string parameter: '{text.Length}'.");
        }

        var length = call.Count > 2 ? call.Integer(2) : text.Length - start;
        if (length < 0)
        {
            throw call.Unable($"The length parameter cannot be less than zero. The length parameter: '{length}'.");
        }

        return start + length <= text.Length
            ? Text(text.Substring((int)start, (int)length))
            : throw call.Unable(
                "The index and length parameters must refer to a location within the string. The index parameter: "
                + $"'{start}', the length parameter: '{length}', the length of the string parameter: '{text.Length}'.");
    }

    private static TemplateValue Replace(FunctionCall call)
    {
        var (text, old, with) = (call.Text(0), call.Text(1), call.Text(2));
        return old.Length > 0
            ? Text(text.Replace(old, with, StringComparison.Ordinal))
            : throw call.Unable("The text to replace cannot be empty.");
    }

    private static TemplateValue Split(FunctionCall call)
    {
        var text = call.Text(0);
        var delimiters = call[1] switch
        {
            StringValue one => [one.Value],
            ArrayValue many => many.Items.Select(item => item is StringValue one ? one.Value : throw call.WrongType(1, "String")).ToArray(),
            _ => throw call.WrongTypes(1, "String, Array"),
        };

        // An array of no delimiters, or of empty ones, would mean blanks to the library.
        var used = delimiters.Where(one => one.Length > 0).ToArray();
        return TemplateValue.Of(used.Length == 0 ? [Text(text)] : [.. text.Split(used, StringSplitOptions.None).Select(Text)]);
    }

    private static TemplateValue Join(FunctionCall call)
    {
        var parts = call.Array(0)
            .Select(item => ScalarText(item) ?? throw call.Fault(
                $"expects its first parameter to be an array of strings, integers or booleans. It contains a value of type '{item.Kind}'."))
            .ToList();
        return Text(string.Join(call.Text(1), parts));
    }
}
