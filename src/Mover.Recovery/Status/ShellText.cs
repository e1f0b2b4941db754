namespace Mover.Recovery.Status;

/// <summary>Text as one word of a command that is pasted into a shell.</summary>
public static class ShellText
{
    /// <summary>The word itself, or in single quotes where a shell would read it otherwise.</summary>
    public static string Of(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c)
        || "-_./:@%+=".Contains(c, StringComparison.Ordinal))
        ? text
        : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
