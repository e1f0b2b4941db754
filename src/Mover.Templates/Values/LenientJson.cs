using System.Globalization;
using System.Text;

namespace Mover.Templates.Values;

/// <summary>
/// Reads JSON as ARM reads it: comments, trailing commas, single quotes, bare names and raw line breaks in strings are accepted. Of members
/// whose names are equal, case ignored, the last one counts.
/// </summary>
public sealed class LenientJson
{
    private readonly string _text;
    private int _at;
    private int _line = 1;
    private int _lineStart;
    private int _depth;

    private LenientJson(string text)
    {
        _text = text;
    }

    /// <summary>Reads a whole text; throws <see cref="FormatException"/> that says what stands where.</summary>
    public static TemplateValue Parse(string text)
    {
        if (text.Length > TemplateLimits.TextCharactersMax)
        {
            throw new FormatException($"The text has {text.Length} characters; the maximum is {TemplateLimits.TextCharactersMax}.");
        }

        var reader = new LenientJson(text);
        var value = reader.ReadValue();
        reader.SkipBlanks();
        return reader._at == text.Length ? value : throw reader.Unexpected("the end");
    }

    private TemplateValue ReadValue()
    {
        SkipBlanks();
        var place = Here;
        if (_at == _text.Length)
        {
            throw Unexpected("a value");
        }

        return _text[_at] switch
        {
            '{' => Nested(ReadObject),
            '[' => Nested(ReadArray),
            '"' or '\'' => new StringValue(ReadString()) { Place = place },
            '-' or '+' or '.' or (>= '0' and <= '9') => ReadNumber(place),
            _ => ReadWord(place),
        };
    }

    private TemplateValue Nested(Func<TemplateValue> read)
    {
        if (++_depth > TemplateLimits.JsonDepthMax)
        {
            throw new FormatException(
                $"The text nests deeper than {TemplateLimits.JsonDepthMax} levels, line {Here.Line}, position {Here.Column}.");
        }

        var value = read();
        _depth--;
        return value;
    }

    private ObjectValue ReadObject()
    {
        var place = Here;
        var members = new ObjectBuilder();
        _at++;
        while (!TryTake('}'))
        {
            var namePlace = Here;
            var name = _at < _text.Length && _text[_at] is '"' or '\'' ? ReadString() : ReadBareName();
            Expect(':');
            members.Set(name, ReadValue(), place: namePlace);
            if (!TryTake(',') && !IsNext('}'))
            {
                throw Unexpected("',' or '}'");
            }
        }

        return members.Build(place);
    }

    private ArrayValue ReadArray()
    {
        var place = Here;
        var items = new List<TemplateValue>();
        _at++;
        while (!TryTake(']'))
        {
            items.Add(ReadValue());
            if (!TryTake(',') && !IsNext(']'))
            {
                throw Unexpected("',' or ']'");
            }
        }

        return new ArrayValue(items) { Place = place };
    }

    private string ReadString()
    {
        var quote = _text[_at++];
        var text = new StringBuilder();
        while (true)
        {
            if (_at == _text.Length)
            {
                throw Unexpected("the end of a string");
            }

            var unit = _text[_at++];
            if (unit == quote)
            {
                return text.ToString();
            }

            if (unit == '\n')
            {
                NewLine();
            }

            text.Append(unit == '\\' ? ReadEscape() : unit);
        }
    }

    private char ReadEscape()
    {
        if (_at == _text.Length)
        {
            throw Unexpected("an escape");
        }

        var unit = _text[_at++];
        switch (unit)
        {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u' when _at + 4 <= _text.Length
                && ushort.TryParse(_text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            case '"' or '\'' or '\\' or '/':
                return unit;
            default:
                throw new FormatException($"Bad JSON escape sequence: \\{unit}, line {_line}, position {Here.Column}.");
        }
    }

    private string ReadBareName()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '$'))
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw Unexpected("a property name");
    }

    private TemplateValue ReadNumber(Place place)
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '-' or '+' or '.'))
        {
            _at++;
        }

        var text = _text.AsSpan(start, _at - start);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return new IntegerValue(whole) { Place = place };
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new FloatValue(number) { Place = place }
            : throw new FormatException($"Input string '{text}' is not a valid number, line {place.Line}, position {place.Column}.");
    }

    private TemplateValue ReadWord(Place place)
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiLetter(_text[_at]))
        {
            _at++;
        }

        switch (_text[start.._at])
        {
            case "true":
                return new BooleanValue(true) { Place = place };
            case "false":
                return new BooleanValue(false) { Place = place };
            case "null":
                return new NullValue { Place = place };
            default:
                _at = start;
                throw Unexpected("a value");
        }
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            var unit = _text[_at];
            if (unit == '/' && _at + 1 < _text.Length && _text[_at + 1] is '/' or '*')
            {
                SkipComment();
            }
            else if (char.IsWhiteSpace(unit) || unit == '\uFEFF')
            {
                _at++;
                if (unit == '\n')
                {
                    NewLine();
                }
            }
            else
            {
                return;
            }
        }
    }

    private void SkipComment()
    {
        var isLine = _text[_at + 1] == '/';
        var end = isLine ? _text.IndexOf('\n', _at) : _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        if (end < 0 && !isLine)
        {
            throw Unexpected("the end of a comment");
        }

        var stop = end < 0 ? _text.Length : isLine ? end : end + 2;
        while (_at < stop)
        {
            if (_text[_at++] == '\n')
            {
                NewLine();
            }
        }
    }

    private void NewLine()
    {
        _line++;
        _lineStart = _at;
    }

    private bool IsNext(char wanted)
    {
        SkipBlanks();
        return _at < _text.Length && _text[_at] == wanted;
    }

    private bool TryTake(char wanted)
    {
        if (!IsNext(wanted))
        {
            return false;
        }

        _at++;
        SkipBlanks();
        return true;
    }

    private void Expect(char wanted)
    {
        if (!TryTake(wanted))
        {
            throw Unexpected($"'{wanted}'");
        }
    }

    private Place Here => new(_line, _at - _lineStart + 1);

    private FormatException Unexpected(string wanted)
    {
        var found = _at < _text.Length ? $"'{_text[_at]}'" : "the end of the text";
        return new($"Expected {wanted}, found {found}, line {Here.Line}, position {Here.Column}.");
    }
}
