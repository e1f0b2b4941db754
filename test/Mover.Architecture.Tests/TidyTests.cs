using System.Text.RegularExpressions;

namespace Mover.Architecture.Tests;

/// <summary>Holds the words, sizes and links of the house. When one fails, fix the code and not the list.</summary>
public sealed partial class TidyTests
{
    private const int LineCharactersMax = 140;
    private const int FileLinesMax = 400;

    [Fact]
    public void Product_files_read_in_one_sitting()
    {
        var long_ = Repository.ProductFiles()
            .Select(file => (File: Repository.Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(f => f.Lines > FileLinesMax)
            .Select(f => $"{f.File}: {f.Lines} lines, {FileLinesMax} at most");

        Assert.Empty(long_);
    }

    [Fact]
    public void Lines_fit_the_screen()
    {
        var wide = Repository.ProductFiles()
            .SelectMany(file => File.ReadLines(file).Select((line, at) => (File: Repository.Relative(file), At: at + 1, line.Length)))
            .Where(l => l.Length > LineCharactersMax)
            .Select(l => $"{l.File}:{l.At}: {l.Length} characters, {LineCharactersMax} at most");

        Assert.Empty(wide);
    }

    [Fact]
    public void Types_are_named_with_the_words_of_the_house()
    {
        var misnamed = Matches(TypeWithVagueName()).Select(m => $"{m.File}: {m.Text}");

        Assert.Empty(misnamed);
    }

    [Fact]
    public void Patterns_end_where_the_text_ends_and_not_before_a_line_feed()
    {
        var loose = Matches(PatternThatEndsInADollar()).Select(m => $"{m.File}: {m.Text}");

        Assert.Empty(loose);
    }

    [Fact]
    public void Ids_are_compared_as_ArmCase_does_and_in_no_other_way()
    {
        var other = Matches(IdComparedByAnotherCasing())
            .Where(m => m.File.StartsWith("src/Mover.Core/", StringComparison.Ordinal) || m.File.StartsWith("src/Mover.Server/", StringComparison.Ordinal))
            .Select(m => $"{m.File}: {m.Text}");

        Assert.Empty(other);
    }

    [Fact]
    public void Sources_carry_no_regions_and_no_leftover_marks()
    {
        var marks = Matches(LeftoverMark()).Select(m => $"{m.File}: {m.Text}");

        Assert.Empty(marks);
    }

    [Fact]
    public void Event_ids_are_unique()
    {
        var twice = Repository.ProductFiles()
            .SelectMany(file => EventId().Matches(File.ReadAllText(file)).Select(m => (Id: m.Groups[1].Value, File: Repository.Relative(file))))
            .GroupBy(e => e.Id, StringComparer.Ordinal)
            .Where(g => g.Count() > 1)
            .Select(g => $"{g.Key}: {string.Join(", ", g.Select(e => e.File))}");

        Assert.Empty(twice);
    }

    [Fact]
    public void Links_in_documents_lead_somewhere()
    {
        var broken = Repository.Files(".", "*.md")
            .SelectMany(file => Link().Matches(File.ReadAllText(file))
                .Select(m => m.Groups[1].Value.Split('#')[0])
                .Where(to => to.Length > 0 && !to.Contains("://", StringComparison.Ordinal) && !to.StartsWith("mailto:", StringComparison.Ordinal))
                .Where(to => !Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, to)))
                .Select(to => $"{Repository.Relative(file)} -> {to}"));

        Assert.Empty(broken);
    }

    [Fact]
    public void Tests_that_documents_name_as_proof_exist()
    {
        var classes = Repository.Files("test", "*.cs").Select(File.ReadAllText)
            .SelectMany(source => TestClass().Matches(source).Select(m => (Name: m.Groups[1].Value, Source: source)))
            .ToLookup(one => one.Name, one => one.Source, StringComparer.Ordinal);
        var missing = Repository.Files("docs", "*.md").Concat(Repository.Files("deploy", "*.md"))
            .SelectMany(file => NamedTest().Matches(File.ReadAllText(file)).Select(m => (File: file, Name: m.Groups[1].Value, Method: m.Groups[2].Value)))
            .Where(named => named.Name != "XTests" && !classes[named.Name].Any(source => source.Contains($" {named.Method}", StringComparison.Ordinal)))
            .Select(named => $"{Repository.Relative(named.File)}: {named.Name} {named.Method}");

        Assert.Empty(missing);
    }

    [Fact]
    public void Test_classes_are_disposed_of_by_what_xunit_calls()
    {
        var leaking = Repository.Files("test", "*.cs").Select(file => (File: file, Source: File.ReadAllText(file)))
            .SelectMany(file => TestClassThatIsAsyncDisposable().Matches(file.Source)
                .Select(m => $"{Repository.Relative(file.File)}: {m.Groups[1].Value}; xunit 2 calls IAsyncLifetime and IDisposable"));

        Assert.Empty(leaking);
    }

    [Fact]
    public void Scripts_read_what_they_search_to_its_end()
    {
        var hasty = Repository.Files(".", "*.sh")
            .SelectMany(file => File.ReadLines(file).Where(line => SearchThatLeavesEarly().IsMatch(line))
                .Select(line => $"{Repository.Relative(file)}: {line.Trim()}; grep -q leaves early, and pipefail takes the writer's SIGPIPE for a failure"));

        Assert.Empty(hasty);
    }

    [Fact]
    public void Refusals_are_made_in_the_catalogue()
    {
        var elsewhere = Repository.ProductFiles()
            .Where(file => !Path.GetFileName(file).StartsWith("ArmErrors", StringComparison.Ordinal))
            .SelectMany(file => NewArmError().Matches(File.ReadAllText(file)).Select(m => $"{Repository.Relative(file)}: {m.Value}"));

        Assert.Empty(elsewhere);
    }

    [Fact]
    public void Texts_that_users_see_read_like_plain_English()
    {
        var stilted = new[] { "test/Mover.Architecture.Tests/Texts", "test/Mover.Cli.Tests/Texts" }
            .SelectMany(folder => Repository.Files(folder, "*.txt"))
            .SelectMany(file => File.ReadLines(file).Select(line => (File: file, Line: line.Trim(), Found: StiltedWords().Match(line))))
            .Where(text => text.Found.Success)
            .Select(text => $"{Repository.Relative(text.File)}: '{text.Found.Value}' in: {text.Line}")
            .ToList();

        Assert.True(stilted.Count == 0, string.Join('\n', stilted));
    }

    private static IEnumerable<(string File, string Text)> Matches(Regex pattern) =>
        Repository.ProductFiles().SelectMany(file => pattern.Matches(File.ReadAllText(file)).Select(m => (Repository.Relative(file), m.Value)));

    // The name of a test class, and what it is, without IAsyncLifetime.
    [GeneratedRegex(@"^public (?:\w+ )*class (\w+Tests)\b(?![^{]*\bIAsyncLifetime\b)[^{]*\bIAsyncDisposable\b", RegexOptions.Multiline, 2000)]
    private static partial Regex TestClassThatIsAsyncDisposable();

    [GeneratedRegex(@"\|\s*grep\s+(-\w*q|--quiet|-m)", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex SearchThatLeavesEarly();

    [GeneratedRegex(@"\b(class|record|struct|interface) \w+(Manager|Helper|Helpers|Util|Utils|Processor|Service|Base|Impl)\b(?!\w)", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex TypeWithVagueName();

    // A pattern in a constant cannot be seen here, so it has to stand in the attribute.
    [GeneratedRegex("""GeneratedRegex\(\s*(@?"[^"]*\$"|[A-Z])""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PatternThatEndsInADollar();

    [GeneratedRegex(@"^.*(\.\w*ResourceId|\.RunId|\.AgentId|[iI]d\.(Text|Key)|(run|agent|mover|target|account)\.(Text|Key))\b.*OrdinalIgnoreCase.*$", RegexOptions.CultureInvariant | RegexOptions.Multiline, 2000)]
    private static partial Regex IdComparedByAnotherCasing();

    [GeneratedRegex(@"#region|\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex LeftoverMark();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(\d+)", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex EventId();

    [GeneratedRegex(@"\]\(([^)\s]+)\)", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Link();

    [GeneratedRegex(@"\bclass (\w+Tests)\b", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex TestClass();

    [GeneratedRegex(@"`(\w+Tests)(?:\.(\w+))?", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex NamedTest();

    // "Is no longer" is fine.
    [GeneratedRegex(
        @"\b(is no (?!longer\b)[a-z]|there (is|was) no\b|anew\b|whoever\b|nobody\b|somebody\b|goe?s? on\b|beside\b|meanwhile\b|any more\b"
            + @"|all the same\b|is not there\b|(when|if) left out\b|was not said\b|say --|word of\b)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex StiltedWords();

    [GeneratedRegex(@"new ArmError\(", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex NewArmError();
}
