namespace Mover.Core.Arm;

/// <summary>
/// The one way in which ids, names and keys compare without case: <c>A</c> to <c>Z</c> are <c>a</c> to <c>z</c>, every other character is
/// itself. Rules for other letters differ between languages, libraries and versions, and two that differ make one id two.
/// </summary>
public static class ArmCase
{
    /// <summary>The text with <c>A</c> to <c>Z</c> in lower case.</summary>
    public static string Lower(string text) =>
        text.AsSpan().ContainsAnyInRange('A', 'Z')
            ? string.Create(text.Length, text, static (lower, from) =>
            {
                for (var at = 0; at < lower.Length; at++)
                {
                    lower[at] = Lower(from[at]);
                }
            })
            : text;

    /// <summary>Same text, casing aside.</summary>
    public static bool Same(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        if (one.Length != other.Length)
        {
            return false;
        }

        for (var at = 0; at < one.Length; at++)
        {
            if (one[at] != other[at] && Lower(one[at]) != Lower(other[at]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when the text starts so, casing aside.</summary>
    public static bool StartsWith(ReadOnlySpan<char> text, ReadOnlySpan<char> start) =>
        text.Length >= start.Length && Same(text[..start.Length], start);

    private static char Lower(char c) => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
