using System.Globalization;
using System.Text;

namespace Mover.Templates.Expressions;

/// <summary>Cuts the inside of an expression into tokens.</summary>
internal sealed class ExpressionLexer(string text)
{
    private int _at;

    /// <summary>The next token; the last one again and again at the end.</summary>
    public Token Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }

        if (_at == text.Length)
        {
            return new(TokenKind.EndOfData, string.Empty);
        }

        var unit = text[_at];
        return unit switch
        {
            '(' => Take(TokenKind.LeftParenthesis),
            ')' => Take(TokenKind.RightParenthesis),
            '[' => Take(TokenKind.LeftSquareBracket),
            ']' => Take(TokenKind.RightSquareBracket),
            ',' => Take(TokenKind.Comma),
            '.' => Take(TokenKind.Dot),
            '\'' => ReadString(),
            '-' or (>= '0' and <= '9') => ReadInteger(),
            '_' or '$' => ReadIdentifier(),
            _ when char.IsLetter(unit) => ReadIdentifier(),
            _ => throw Unreadable($"'{unit}' is not expected at position '{_at}'"),
        };
    }

    private Token Take(TokenKind kind) => new(kind, text[_at++].ToString());

    private Token ReadString()
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] != '\'')
            {
                value.Append(text[_at]);
            }
            else if (_at + 1 < text.Length && text[_at + 1] == '\'')
            {
                value.Append('\'');
                _at++;
            }
            else
            {
                _at++;
                return new(TokenKind.StringLiteral, value.ToString());
            }
        }

        throw Unreadable("the string literal is not terminated");
    }

    private Token ReadInteger()
    {
        var start = _at++;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
        {
            _at++;
        }

        if (_at + 1 < text.Length && text[_at] == '.' && char.IsAsciiDigit(text[_at + 1]))
        {
            throw Unreadable("float point numbers are not supported");
        }

        var digits = text[start.._at];
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? new(TokenKind.Integer, digits)
            : throw Unreadable($"'{digits}' is not an integer of 64 bits");
    }

    private Token ReadIdentifier()
    {
        var start = _at;
        while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] is '_' or '$'))
        {
            _at++;
        }

        return new(TokenKind.Identifier, text[start.._at]);
    }

    private TemplateException Unreadable(string why) => new($"Unable to parse language expression '{text}': {why}.");
}
