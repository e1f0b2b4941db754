using System.CommandLine;

namespace Mover.Cli.Frame;

/// <summary>The word that was probably meant where an unknown one stands.</summary>
internal static class Suggestions
{
    /// <summary>A word with more slips than this is another word.</summary>
    private const int SlipsMax = 2;

    /// <summary>The closest verb or flag of a command; null when none is close.</summary>
    public static string? Find(string word, Command command)
    {
        var words = word.StartsWith('-')
            ? Flags(command)
            : command.Subcommands.Where(c => !c.Hidden).SelectMany(c => c.Aliases.Prepend(c.Name));
        return words.Select(known => (known, slips: Slips(word, known)))
            .Where(candidate => candidate.slips <= Math.Min(SlipsMax, (word.Length + 1) / 3))
            .OrderBy(candidate => candidate.slips).ThenBy(candidate => candidate.known, StringComparer.Ordinal)
            .Select(candidate => candidate.known).FirstOrDefault();
    }

    private static IEnumerable<string> Flags(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(c => c.Options.Where(o => o.Recursive)))
            .Where(option => !option.Hidden).SelectMany(option => option.Aliases.Prepend(option.Name));

    /// <summary>Insertions, deletions, replacements and swaps of neighbours from one word to the other.</summary>
    private static int Slips(string from, string to)
    {
        var rows = new int[from.Length + 1][];
        for (var i = 0; i <= from.Length; i++)
        {
            rows[i] = new int[to.Length + 1];
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i][j] = i + j;
                    continue;
                }

                var replaced = rows[i - 1][j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                rows[i][j] = Math.Min(replaced, Math.Min(rows[i - 1][j], rows[i][j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    rows[i][j] = Math.Min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }

        return rows[from.Length][to.Length];
    }
}
