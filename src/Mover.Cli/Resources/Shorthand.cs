using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mover.Cli.Resources;

/// <summary>
/// The shorthand for JSON that the Azure CLI takes: <c>{frequency:Daily,is-active:true,execution-time:{hour:9}}</c> and <c>[a,b]</c>. A
/// text needs quotes (a quote within is doubled) only for the marks <c>{}[],</c>, a quote or a blank at an end, or when it is empty; names
/// are in kebab or camel case. What reads as a number, <c>true</c>, <c>false</c> or <c>null</c> is one, unless it is quoted.
/// </summary>
internal sealed class Shorthand
{
    /// <summary>Objects and lists within each other.</summary>
    public const int DepthMax = 32;

    private readonly string _text;
    private int _at;

    private Shorthand(string text)
    {
        _text = text;
    }

    /// <summary>Reads an object or a list; throws <see cref="JsonException"/> with the place of what is wrong.</summary>
    public static JsonNode? Parse(string text)
    {
        var reader = new Shorthand(text.Trim());
        var value = reader.Value(0);
        return reader._at == reader._text.Length ? value : throw reader.Wrong("the end");
    }

    private JsonNode? Value(int depth)
    {
        Blanks();
        if (depth > DepthMax)
        {
            throw Wrong($"at most {DepthMax} levels");
        }

        return Peek switch
        {
            '{' => Object(depth),
            '[' => List(depth),
            _ => Scalar(),
        };
    }

    private JsonObject Object(int depth)
    {
        var read = new JsonObject();
        Members('{', '}', () =>
        {
            var name = Camel(Text(isName: true, out _));
            Expect(':');
            read[name] = Value(depth + 1);
        });
        return read;
    }

    private JsonArray List(int depth)
    {
        var read = new JsonArray();
        Members('[', ']', () => read.Add(Value(depth + 1)));
        return read;
    }

    private void Members(char open, char close, Action member)
    {
        Expect(open);
        Blanks();
        while (Peek != close)
        {
            member();
            Blanks();
            if (Peek != close)
            {
                Expect(',');
                Blanks();
            }
        }

        Expect(close);
    }

    private JsonValue? Scalar()
    {
        var text = Text(isName: false, out var isQuoted);
        if (isQuoted)
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ => Number(text) ?? JsonValue.Create(text),
        };
    }

    private static JsonValue? Number(string text)
    {
        try
        {
            return char.IsAsciiDigit(text[^1]) && JsonNode.Parse(text) is JsonValue number && number.GetValueKind() == JsonValueKind.Number
                ? number
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A colon within a value is part of it: addresses have some.
    private string Text(bool isName, out bool isQuoted)
    {
        Blanks();
        isQuoted = Peek is '\'' or '"';
        if (isQuoted)
        {
            return Quoted(_text[_at++]);
        }

        var start = _at;
        while (_at < _text.Length && _text[_at] is not ('{' or '}' or '[' or ']' or ',') && !(isName && _text[_at] == ':'))
        {
            _at++;
        }

        var text = _text[start.._at].Trim();
        return text.Length > 0 ? text : throw Wrong("a value");
    }

    private string Quoted(char quote)
    {
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            var next = _text[_at++];
            if (next != quote)
            {
                text.Append(next);
            }
            else if (Peek == quote)
            {
                text.Append(quote);
                _at++;
            }
            else
            {
                return text.ToString();
            }
        }

        throw Wrong($"a closing {quote}");
    }

    private char Peek => _at < _text.Length ? _text[_at] : '\0';

    private void Expect(char mark)
    {
        Blanks();
        if (Peek != mark)
        {
            throw Wrong($"'{mark}'");
        }

        _at++;
    }

    private void Blanks()
    {
        while (char.IsWhiteSpace(Peek))
        {
            _at++;
        }
    }

    private static string Camel(string name) => string.Concat(
        name.Split('-').Select((part, at) => at == 0 || part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));

    private JsonException Wrong(string expected) => new($"{expected} was expected at character {_at + 1}.");
}
