using System.Runtime.CompilerServices;

namespace Mover.Testing;

/// <summary>
/// Texts that users see, frozen in files beside the tests, so that a review shows each change. <c>MOVER_ACCEPT_TEXTS=1</c> rewrites them.
/// </summary>
internal static class TextBaseline
{
    private const string Accept = "MOVER_ACCEPT_TEXTS";
    private const int ChangesShown = 20;

    /// <summary>Fails when the lines differ from <c>Texts/NAME</c> beside the calling test.</summary>
    public static void Check(string name, IEnumerable<string> lines, [CallerFilePath] string test = "")
    {
        var folder = Path.GetDirectoryName(test) ?? string.Empty;
        var file = Path.Combine(folder, "Texts", name);
        var found = string.Join('\n', lines) + "\n";
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            Directory.CreateDirectory(Path.Combine(folder, "Texts"));
            File.WriteAllText(file, found);
            return;
        }

        var kept = File.Exists(file) ? File.ReadAllText(file) : string.Empty;
        if (kept != found)
        {
            Assert.Fail(
                $"Texts that users see differ from {file}:\n{Changes(kept.Split('\n'), found.Split('\n'))}\n"
                    + $"To accept them, run {Accept}=1 dotnet test test/{Path.GetFileName(folder)} and review the file's diff.");
        }
    }

    private static string Changes(string[] kept, string[] found)
    {
        var changes = Without(kept, found).Select(line => "- " + line).Concat(Without(found, kept).Select(line => "+ " + line)).ToList();
        var more = changes.Count > ChangesShown ? $"\n… and {changes.Count - ChangesShown} more lines" : string.Empty;
        return changes.Count == 0 ? "only the order changed" : string.Join('\n', changes.Take(ChangesShown)) + more;
    }

    private static IEnumerable<string> Without(string[] lines, string[] others)
    {
        var left = others.CountBy(line => line, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return lines.Where(line => left.TryGetValue(line, out var count) && count > 0 ? (left[line] = count - 1) < 0 : true);
    }
}
