using System.Globalization;

namespace Mover.Core.Arm;

/// <summary>Text that a caller chose, as it may stand in a log, a name or a message: short, and nothing that a terminal obeys.</summary>
public static class PrintedText
{
    /// <summary>
    /// The first <paramref name="charsMax"/> characters, with <c>…</c> behind them when there are more. What is not printed, such as ESC,
    /// line ends and marks that turn the direction of writing, is <c>?</c>.
    /// </summary>
    public static string Of(string text, int charsMax)
    {
        var line = text.Length > charsMax ? text[..charsMax] + "…" : text;
        return line.Any(IsHidden) ? new([.. line.Select(c => IsHidden(c) ? '?' : c)]) : line;
    }

    private static bool IsHidden(char c) => char.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
