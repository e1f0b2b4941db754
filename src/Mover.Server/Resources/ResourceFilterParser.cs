using System.Text;
using Mover.Core;
using Mover.Core.Arm;

namespace Mover.Server.Resources;

/// <summary>
/// Reads the OData that ARM's lists take: <c>eq</c>, <c>ne</c>, <c>and</c>, <c>or</c>, <c>not</c>, parentheses,
/// <c>substringof('text', field)</c> and <c>startswith(field, 'text')</c>. Source: Azure documentation, "Resources - List"; OData 3.0.
/// </summary>
internal sealed class ResourceFilterParser
{
    /// <summary>Characters of a filter.</summary>
    public const int CharsMax = 4096;

    private const int DepthMax = 16;

    private static readonly string[] Fields =
        ["name", "resourcetype", "resourcegroup", "location", "kind", "identity/principalid", "tagname", "tagvalue"];

    private readonly string _text;
    private int _at;
    private int _depth;

    private ResourceFilterParser(string text) => _text = text;

    /// <summary>The filter, or the refusal that says where it is wrong; an empty text lets everything through.</summary>
    /// <param name="text">The filter as it stands in the query.</param>
    public static Result<ResourceFilter> Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return ResourceFilter.All;
        }

        if (text.Length > CharsMax)
        {
            return ArmErrors.InvalidFilter(text, $"it has more than {CharsMax} characters.");
        }

        try
        {
            var parser = new ResourceFilterParser(text);
            var filter = parser.ReadEither();
            return parser.Peek() == '\0' ? filter : throw parser.Wrong("'and' or 'or'");
        }
        catch (FormatException wrong)
        {
            return ArmErrors.InvalidFilter(text, wrong.Message);
        }
    }

    private ResourceFilter ReadEither()
    {
        var parts = new List<ResourceFilter> { ReadBoth() };
        while (TryWord("or"))
        {
            parts.Add(ReadBoth());
        }

        return parts.Count == 1 ? parts[0] : new ResourceFilter.Either(parts);
    }

    private ResourceFilter ReadBoth()
    {
        var parts = new List<ResourceFilter> { ReadOne() };
        while (TryWord("and"))
        {
            parts.Add(ReadOne());
        }

        return parts.Count == 1 ? parts[0] : new ResourceFilter.Both(parts);
    }

    private ResourceFilter ReadOne()
    {
        if (++_depth > DepthMax)
        {
            throw new FormatException($"it is nested deeper than {DepthMax}.");
        }

        var filter = TryWord("not") ? new ResourceFilter.Not(ReadOne())
            : TryMark('(') ? ReadInner()
            : TryWord("substringof") ? ReadSubstringOf()
            : TryWord("startswith") ? ReadStartsWith()
            : ReadComparison();
        _depth--;
        return filter;
    }

    private ResourceFilter ReadInner()
    {
        var inner = ReadEither();
        Mark(')');
        return inner;
    }

    private ResourceFilter ReadSubstringOf()
    {
        Mark('(');
        var text = ReadText();
        Mark(',');
        var field = ReadField();
        Mark(')');
        return Of(field, ResourceFilter.Comparison.Contains, text);
    }

    private ResourceFilter ReadStartsWith()
    {
        Mark('(');
        var field = ReadField();
        Mark(',');
        var text = ReadText();
        Mark(')');
        return Of(field, ResourceFilter.Comparison.StartsWith, text);
    }

    private ResourceFilter ReadComparison()
    {
        var field = ReadField();
        var comparison = TryWord("eq") ? ResourceFilter.Comparison.Equal
            : TryWord("ne") ? ResourceFilter.Comparison.NotEqual
            : throw Wrong("'eq' or 'ne'");
        return Of(field, comparison, ReadText());
    }

    private static ResourceFilter Of(string field, ResourceFilter.Comparison comparison, string text) => field is "tagname" or "tagvalue"
        ? new ResourceFilter.OfTag(field == "tagname", comparison, text)
        : new ResourceFilter.OfField(field, comparison, text);

    private string ReadField()
    {
        Peek();
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '/' or '_'))
        {
            _at++;
        }

        var field = _text[start.._at].ToLowerInvariant();
        if (Fields.Contains(field, StringComparer.Ordinal))
        {
            return field;
        }

        _at = start;
        throw Wrong("one of " + string.Join(", ", Fields));
    }

    // A quote within a text is written twice.
    private string ReadText()
    {
        Mark('\'');
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            var next = _text[_at++];
            if (next != '\'')
            {
                text.Append(next);
            }
            else if (_at < _text.Length && _text[_at] == '\'')
            {
                text.Append('\'');
                _at++;
            }
            else
            {
                return text.ToString();
            }
        }

        throw Wrong("a closing quote");
    }

    private bool TryWord(string word)
    {
        Peek();
        var end = _at + word.Length;
        if (string.Compare(_text, _at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) != 0
            || (end < _text.Length && char.IsAsciiLetterOrDigit(_text[end])))
        {
            return false;
        }

        _at = end;
        return true;
    }

    private void Mark(char mark)
    {
        if (!TryMark(mark))
        {
            throw Wrong($"'{mark}'");
        }
    }

    private bool TryMark(char mark)
    {
        if (Peek() != mark)
        {
            return false;
        }

        _at++;
        return true;
    }

    private char Peek()
    {
        while (_at < _text.Length && _text[_at] == ' ')
        {
            _at++;
        }

        return _at < _text.Length ? _text[_at] : '\0';
    }

    private FormatException Wrong(string expected) => new($"{expected} is expected at character {_at + 1}.");
}
