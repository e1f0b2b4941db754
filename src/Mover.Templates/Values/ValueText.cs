using System.Globalization;
using System.Text;

namespace Mover.Templates.Values;

/// <summary>Writes values as text.</summary>
public static class ValueText
{
    private const char Double = '"';
    private const char Single = '\'';

    /// <summary>Compact JSON: members in their order, text beyond ASCII as it is, control characters escaped.</summary>
    public static string ToJson(TemplateValue value)
    {
        var text = new StringBuilder();
        Write(value, text, Double);
        return text.ToString();
    }

    /// <summary>As <c>format</c> prints arrays and objects: JSON with single quotes.</summary>
    internal static string ToQuoted(TemplateValue value)
    {
        var text = new StringBuilder();
        Write(value, text, Single);
        return text.ToString();
    }

    /// <summary>As messages print a value: as the expression that makes it.</summary>
    internal static string ToExpression(TemplateValue value) => value switch
    {
        StringValue one => $"'{one.Value.Replace("'", "''", StringComparison.Ordinal)}'",
        IntegerValue one => one.Value.ToString(CultureInfo.InvariantCulture),
        FloatValue one => $"json('{one.Text}')",
        BooleanValue one => one.Value ? "true()" : "false()",
        ArrayValue one => $"createArray({string.Join(", ", one.Items.Select(ToExpression))})",
        ObjectValue one => $"createObject({string.Join(", ", one.Select(m => $"'{m.Name}', {ToExpression(m.Value)}"))})",
        _ => "null()",
    };

    // Between double quotes text is escaped as JSON has it; between single quotes it stands as it is.
    private static void Write(TemplateValue value, StringBuilder text, char quote)
    {
        switch (value)
        {
            case BooleanValue one:
                text.Append(one.Value ? "true" : "false");
                break;
            case IntegerValue one:
                text.Append(one.Value);
                break;
            case FloatValue one:
                text.Append(one.Text);
                break;
            case StringValue one:
                WriteString(one.Value, text, quote);
                break;
            case ArrayValue one:
                Join(text, '[', one.Items, item => Write(item, text, quote), ']');
                break;
            case ObjectValue one:
                Join(text, '{', one, member => WriteMember(member, text, quote), '}');
                break;
            default:
                text.Append("null");
                break;
        }
    }

    private static void WriteMember(Member member, StringBuilder text, char quote)
    {
        WriteString(member.Name, text, quote);
        text.Append(':');
        Write(member.Value, text, quote);
    }

    private static void WriteString(string value, StringBuilder text, char quote)
    {
        if (quote == Single)
        {
            text.Append(Single).Append(value).Append(Single);
            return;
        }

        text.Append(quote);
        foreach (var unit in value)
        {
            _ = unit switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\u0085' or '\u2028' or '\u2029' or < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}"),
                _ => text.Append(unit),
            };
        }

        text.Append(quote);
    }

    private static void Join<T>(StringBuilder text, char open, IEnumerable<T> items, Action<T> write, char close)
    {
        text.Append(open);
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst)
            {
                text.Append(',');
            }

            isFirst = false;
            write(item);
        }

        text.Append(close);
    }
}
