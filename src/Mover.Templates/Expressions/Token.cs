namespace Mover.Templates.Expressions;

/// <summary>The kinds of tokens, named as ARM's messages name them.</summary>
internal enum TokenKind
{
    Identifier,
    StringLiteral,
    Integer,
    LeftParenthesis,
    RightParenthesis,
    LeftSquareBracket,
    RightSquareBracket,
    Comma,
    Dot,
    EndOfData,
}

/// <summary>One token: its kind, its text without quotes.</summary>
internal readonly record struct Token(TokenKind Kind, string Text);
