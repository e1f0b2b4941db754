namespace Mover.Cli.Output;

/// <summary>Columns padded with spaces, a line of dashes under the titles; nothing that a pipe would choke on.</summary>
internal static class TextTable
{
    public static void Write(TextWriter writer, IReadOnlyList<string> titles, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var widths = titles.Select((title, at) => rows.Max(row => Math.Max(row[at].Length, title.Length))).ToArray();
        WriteLine(writer, [.. titles], widths);
        WriteLine(writer, [.. widths.Select(width => new string('-', width))], widths);
        foreach (var row in rows)
        {
            WriteLine(writer, row, widths);
        }
    }

    private static void WriteLine(TextWriter writer, string[] cells, int[] widths) =>
        writer.WriteLine(string.Join("  ", cells.Select((cell, at) => cell.PadRight(widths[at]))).TrimEnd());
}
