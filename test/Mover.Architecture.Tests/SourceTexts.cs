using System.Text;
using System.Text.RegularExpressions;

namespace Mover.Architecture.Tests;

/// <summary>A text that stands in a source: string literals that <c>+</c> joins, as one.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Value">The text as written, without quotes; a hole that is more than a name is <c>{…}</c>.</param>
internal sealed record SourceText(int At, string Value);

/// <summary>Reads the string literals of a C# source.</summary>
internal sealed partial class SourceTexts
{
    private readonly string _source;
    private int _at;

    private SourceTexts(string source) => _source = source;

    /// <summary>All texts of a source, in its order.</summary>
    public static List<SourceText> Of(string source)
    {
        var reader = new SourceTexts(source);
        var texts = new List<SourceText>();
        var end = 0;
        while (reader.Next() is { } text)
        {
            if (texts.Count > 0 && JoiningPlus().IsMatch(source[end..text.At]))
            {
                texts[^1] = texts[^1] with { Value = texts[^1].Value + text.Value };
            }
            else
            {
                texts.Add(text);
            }

            end = reader._at;
        }

        return texts;
    }

    private SourceText? Next()
    {
        while (_at < _source.Length)
        {
            var rest = _source.AsSpan(_at);
            if (rest.StartsWith("//"))
            {
                Skip("\n");
            }
            else if (rest.StartsWith("/*"))
            {
                Skip("*/");
            }
            else if (Character().Match(_source, _at, Math.Min(12, rest.Length)) is { Success: true } character && character.Index == _at)
            {
                _at += character.Length;
            }
            else if (Opening().Match(_source, _at) is { Success: true } opening && opening.Index == _at)
            {
                return Literal(opening.Groups[1].Value, opening.Groups[2].Length);
            }
            else
            {
                _at++;
            }
        }

        return null;
    }

    private void Skip(string end)
    {
        var found = _source.IndexOf(end, _at + 2, StringComparison.Ordinal);
        _at = found < 0 ? _source.Length : found + end.Length;
    }

    private SourceText Literal(string prefix, int quotes)
    {
        var start = _at;
        _at += prefix.Length + quotes;
        if (quotes == 2)
        {
            return new(start, string.Empty);
        }

        if (quotes > 2)
        {
            var from = _at;
            _at = _source.IndexOf(new string('"', quotes), from, StringComparison.Ordinal);
            var raw = _source[from.._at];
            _at += quotes;
            return new(start, raw);
        }

        var text = new StringBuilder();
        while (_source[_at] != '"' || (prefix.Contains('@') && _source[_at + 1] == '"'))
        {
            if (prefix.Contains('$') && _source[_at] == '{' && _source[_at + 1] != '{')
            {
                text.Append(Hole());
                continue;
            }

            var isPair = _source[_at] == '\\' ? !prefix.Contains('@') : _source[_at] is '"' or '{' or '}' && _source[_at + 1] == _source[_at];
            text.Append(_source, _at, isPair ? 2 : 1);
            _at += isPair ? 2 : 1;
        }

        _at++;
        return new(start, text.ToString());
    }

    private string Hole()
    {
        var (start, depth) = (_at, 0);
        do
        {
            if (_source[_at] == '"')
            {
                _ = Next();
                continue;
            }

            depth += _source[_at] switch { '{' => 1, '}' => -1, _ => 0 };
            _at++;
        }
        while (depth > 0);

        var hole = _source[start.._at];
        return PlainHole().IsMatch(hole) ? hole : "{…}";
    }

    [GeneratedRegex(@"\A\s*\+\s*\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex JoiningPlus();

    [GeneratedRegex(@"\G'(\\.[^']*|[^'\\])'", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Character();

    [GeneratedRegex("\\G([$@]*)(\"+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Opening();

    [GeneratedRegex(@"\A\{[\w.]+(:[^{}]*)?\}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PlainHole();
}
