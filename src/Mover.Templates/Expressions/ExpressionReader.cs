using System.Globalization;
using Mover.Templates.Values;

namespace Mover.Templates.Expressions;

/// <summary>
/// Reads expressions: <c>call := name '(' [expr {',' expr}] ')'</c>, <c>name := identifier ['.' identifier]</c>,
/// <c>expr := string | integer | call {'.' identifier | '[' expr ']'}</c>.
/// </summary>
internal sealed class ExpressionReader
{
    private readonly string _text;
    private readonly ExpressionLexer _lexer;
    private Token _token;
    private int _depth;

    private ExpressionReader(string text)
    {
        _text = text;
        _lexer = new(text);
        _token = _lexer.Next();
    }

    /// <summary>Whether a text is an expression: it begins with one bracket and ends with one.</summary>
    public static bool IsExpression(string text) => text.Length >= 2 && text[0] == '[' && text[1] != '[' && text[^1] == ']';

    /// <summary>The text of a string that is none: <c>[[x]</c> means <c>[x]</c>.</summary>
    public static string Unescape(string text) => text.StartsWith("[[", StringComparison.Ordinal) && text[^1] == ']' ? text[1..] : text;

    /// <summary>Reads a text for which <see cref="IsExpression"/> holds.</summary>
    public static Expression Read(string text)
    {
        if (text.Length > TemplateLimits.ExpressionCharactersMax)
        {
            throw new TemplateException(
                $"The language expression length limit exceeded. Limit: '{TemplateLimits.ExpressionCharactersMax}', actual: "
                    + $"'{text.Length}'.");
        }

        var reader = new ExpressionReader(text[1..^1]);
        var expression = reader.ReadExpression();
        reader.Expect(TokenKind.EndOfData);
        return expression;
    }

    private Expression ReadExpression()
    {
        if (++_depth > TemplateLimits.ExpressionDepthMax)
        {
            throw new TemplateException(
                $"Unable to parse language expression '{_text}': it nests deeper than {TemplateLimits.ExpressionDepthMax} levels.");
        }

        var expression = _token.Kind switch
        {
            TokenKind.StringLiteral => new Literal(TemplateValue.Of(Expect(TokenKind.StringLiteral).Text)),
            TokenKind.Integer => new Literal(
                TemplateValue.Of(long.Parse(Expect(TokenKind.Integer).Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))),
            _ => ReadAccesses(ReadCall()),
        };
        _depth--;
        return expression;
    }

    private Call ReadCall()
    {
        var name = Expect(TokenKind.Identifier).Text;
        if (_token.Kind == TokenKind.Dot)
        {
            Expect(TokenKind.Dot);
            name += "." + Expect(TokenKind.Identifier).Text;
        }

        Expect(TokenKind.LeftParenthesis);
        var arguments = new List<Expression>();
        if (_token.Kind != TokenKind.RightParenthesis)
        {
            arguments.Add(ReadExpression());
            while (_token.Kind == TokenKind.Comma)
            {
                Expect(TokenKind.Comma);
                arguments.Add(ReadExpression());
            }
        }

        Expect(TokenKind.RightParenthesis);
        return new(name, arguments);
    }

    private Expression ReadAccesses(Expression of)
    {
        while (_token.Kind is TokenKind.Dot or TokenKind.LeftSquareBracket)
        {
            if (Expect(_token.Kind).Kind == TokenKind.Dot)
            {
                of = new Access(of, new Literal(TemplateValue.Of(Expect(TokenKind.Identifier).Text)), IsDotted: true);
            }
            else
            {
                of = new Access(of, ReadExpression(), IsDotted: false);
                Expect(TokenKind.RightSquareBracket);
            }
        }

        return of;
    }

    private Token Expect(TokenKind kind)
    {
        var token = _token;
        if (token.Kind != kind)
        {
            throw new TemplateException(
                $"Unable to parse language expression '{_text}': expected token '{kind}' and actual '{token.Kind}'.");
        }

        _token = kind == TokenKind.EndOfData ? token : _lexer.Next();
        return token;
    }
}
