namespace Mover.Server.Instances;

/// <summary>The name of a zone: <c>1</c>, <c>2</c>, <c>3</c> as Azure counts them, or an operator's own such as <c>rack-b</c>.</summary>
public static class ZoneName
{
    /// <summary>Characters of a name.</summary>
    public const int CharsMax = 24;

    /// <summary>Whether a text can name a zone: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, the first a letter or a digit.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= CharsMax && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
