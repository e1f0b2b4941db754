using System.Globalization;
using System.Text;

namespace Mover.Templates.Values;

/// <summary>Writes values as text.</summary>
public static class ValueText
{
    /// <summary>Compact JSON: members in their order, text beyond ASCII as it is, control characters escaped.</summary>
    public static string ToJson(TemplateValue value)
    {
        var text = new StringBuilder();
        WriteJson(value, text);
        return text.ToString();
    }

    /// <summary>As <c>format</c> prints arrays and objects: JSON with single quotes.</summary>
    internal static string ToQuoted(TemplateValue value)
    {
        var text = new StringBuilder();
        WriteQuoted(value, text);
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

    private static void WriteJson(TemplateValue value, StringBuilder text)
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
                WriteString(one.Value, text);
                break;
            case ArrayValue one:
                Join(text, '[', one.Items, (item, to) => WriteJson(item, to), ']');
                break;
            case ObjectValue one:
                Join(text, '{', one, WriteMember, '}');
                break;
            default:
                text.Append("null");
                break;
        }
    }

    private static void WriteMember(Member member, StringBuilder text)
    {
        WriteString(member.Name, text);
        text.Append(':');
        WriteJson(member.Value, text);
    }

    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
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

        text.Append('"');
    }

    private static void WriteQuoted(TemplateValue value, StringBuilder text)
    {
        switch (value)
        {
            case StringValue one:
                text.Append('\'').Append(one.Value).Append('\'');
                break;
            case ArrayValue one:
                Join(text, '[', one.Items, (item, to) => WriteQuoted(item, to), ']');
                break;
            case ObjectValue one:
                Join(text, '{', one, WriteQuotedMember, '}');
                break;
            default:
                WriteJson(value, text);
                break;
        }
    }

    private static void WriteQuotedMember(Member member, StringBuilder text)
    {
        text.Append('\'').Append(member.Name).Append("':");
        WriteQuoted(member.Value, text);
    }

    private static void Join<T>(StringBuilder text, char open, IEnumerable<T> items, Action<T, StringBuilder> write, char close)
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
            write(item, text);
        }

        text.Append(close);
    }
}
