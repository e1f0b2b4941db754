using System.Globalization;
using System.Text.RegularExpressions;
using Mover.Testing;

namespace Mover.Architecture.Tests;

/// <summary>Freezes the texts of errors and logs in <c>Texts/</c>; the help of commands is frozen with the tests of the command line.</summary>
public sealed partial class TextBaselineTests
{
    [Fact]
    public void The_errors_of_the_API_are_the_accepted_ones() =>
        TextBaseline.Check("errors.txt", Sources().Where(IsCatalogue).SelectMany(source => Errors(source.Text))
            .OrderBy(error => error[0], StringComparer.Ordinal).SelectMany(error => error));

    [Fact]
    public void The_log_messages_are_the_accepted_ones() =>
        TextBaseline.Check("logs.txt", Sources().SelectMany(source => Logs(source.Text)).OrderBy(log => log.Id)
            .Select(log => $"{log.Id} {log.Level}: {log.Text.Value}"));

    [Fact]
    public void The_other_messages_are_the_accepted_ones() =>
        TextBaseline.Check("messages.txt", Sources().Where(source => !IsCatalogue(source) && !IsOfTests(source.File))
            .Select(source => (source.File, Messages: Messages(source.Text).ToList()))
            .Where(source => source.Messages.Count > 0)
            .OrderBy(source => source.File, StringComparer.Ordinal)
            .SelectMany(source => source.Messages.Prepend("## " + source.File)));

    private static IEnumerable<(string File, string Text)> Sources() =>
        Repository.ProductFiles().Select(file => (Repository.Relative(file), File.ReadAllText(file)));

    private static bool IsCatalogue((string File, string Text) source) =>
        Path.GetFileName(source.File).StartsWith("ArmErrors", StringComparison.Ordinal);

    // The rules of the conformance suite are in docs/api-coverage.md, and the demo tells a story of its own.
    private static bool IsOfTests(string file) =>
        file.StartsWith("src/Mover.Conformance/", StringComparison.Ordinal) || file.StartsWith("src/Mover.Cli/Demo/", StringComparison.Ordinal);

    private static IEnumerable<string[]> Errors(string source)
    {
        var texts = SourceTexts.Of(source);
        var methods = Method().Matches(source);
        for (var i = 0; i < methods.Count; i++)
        {
            var (start, end) = (methods[i].Index, i + 1 < methods.Count ? methods[i + 1].Index : source.Length);
            var made = Made().Match(source[start..end]);
            yield return
            [
                $"{methods[i].Groups[1].Value}: {made.Groups[1].Value} {made.Groups[2].Value.Trim('"')}",
                .. texts.Where(text => text.At > start && text.At < end && text.Value.Contains(' ')).Select(text => "  " + text.Value),
            ];
        }
    }

    private static IEnumerable<(int Id, string Level, SourceText Text)> Logs(string source)
    {
        var texts = SourceTexts.Of(source);
        return Log().Matches(source).Select(log => (
            int.Parse(log.Groups[1].Value, CultureInfo.InvariantCulture), log.Groups[2].Value, texts.First(text => text.At > log.Index)));
    }

    private static IEnumerable<string> Messages(string source)
    {
        var logs = Logs(source).Select(log => log.Text.At).ToHashSet();
        return SourceTexts.Of(source)
            .Where(text => ThreeWords().IsMatch(text.Value) && !text.Value.Contains('\n') && !logs.Contains(text.At)
                && !source[..text.At].EndsWith("Description = ", StringComparison.Ordinal))
            .Select(text => text.Value.Trim());
    }

    [GeneratedRegex(@"public static ArmError\?? (\w+)\(", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Method();

    [GeneratedRegex(@"\bnew\((\w+),\s*([\w.""]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Made();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(\d+),\s*LogLevel\.(\w+),", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Log();

    [GeneratedRegex("[a-z]+,? [a-z]+,? [a-z]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ThreeWords();
}
