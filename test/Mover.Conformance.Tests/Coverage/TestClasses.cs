using System.Text;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Tests.Coverage;

/// <summary>The part of the page that names the test classes of each operation. Only a run of the server's tests can write it.</summary>
internal static class TestClasses
{
    /// <summary>The heading of the part.</summary>
    public const string Heading = "## Operations and test classes";

    private const string Every = "all";

    /// <summary>
    /// The part, from what the server's tests have written into the folder that MOVER_EXCHANGES names; without it, as it stands in the page.
    /// </summary>
    public static string Of(SuiteReport report, string page) => Environment.GetEnvironmentVariable("MOVER_EXCHANGES") is { } folder
        ? Made(Directory.GetFiles(folder).SelectMany(File.ReadAllLines).Concat(Asked(report)))
        : Standing(page);

    /// <summary>What is wrong with the part: an operation without a class, or a class that is not in the tree.</summary>
    public static IEnumerable<string> Problems(string part, string root)
    {
        var files = Directory.EnumerateFiles(Path.Combine(root, "test"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).ToHashSet(StringComparer.Ordinal);
        var rows = part.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Split(" | "))
            .ToDictionary(cells => cells[0][2..], cells => cells[1].TrimEnd(' ', '|').Split("; "), StringComparer.Ordinal);
        foreach (var operation in Operations().Where(operation => !rows.ContainsKey(operation)))
        {
            yield return $"{operation} has no test class.";
        }

        foreach (var name in rows.Where(row => row.Key != "operation").SelectMany(row => row.Value).Select(entry => entry.Split(' ')[0])
            .Where(name => !files.Contains(name)).Distinct(StringComparer.Ordinal))
        {
            yield return $"Test class '{name}' does not exist.";
        }
    }

    private static IEnumerable<string> Operations() =>
        ApiDefinitions.Versions.SelectMany(v => ApiDefinitions.Of(v)!.Operations).Select(o => o.Id).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Asked(SuiteReport report) =>
        from result in report.Results
        where result.Outcome == CheckOutcome.Passed
        from operation in result.Operations
        select $"{operation} {result.Version} {nameof(Suite.SuiteTests)}";

    private static string Standing(string page)
    {
        var start = page.IndexOf(Heading, StringComparison.Ordinal);
        var end = start < 0 ? -1 : page.IndexOf("\n## ", start, StringComparison.Ordinal);
        return end < 0 ? string.Empty : page[start..(end + 1)];
    }

    private static string Made(IEnumerable<string> lines)
    {
        var part = new StringBuilder();
        part.Append(Heading).Append(
            """


            In which versions a test class has had the operation answered, over the server's tests and the suite's; "all" is every version that has
            it. Of this part the test checks that no operation is without a class and that each class is there.

            | operation | test classes |
            |---|---|

            """);
        foreach (var operation in lines.Select(line => line.Split(' ')).GroupBy(l => l[0], StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var classes = operation.GroupBy(line => line[2], StringComparer.Ordinal).OrderBy(c => c.Key, StringComparer.Ordinal)
                .Select(c => $"{c.Key} {Versions(operation.Key, [.. c.Select(line => line[1]).Distinct(StringComparer.Ordinal)])}");
            part.Append("| ").Append(operation.Key).Append(" | ").Append(string.Join("; ", classes)).Append(" |\n");
        }

        return part.Append('\n').ToString().ReplaceLineEndings("\n");
    }

    private static string Versions(string operation, IReadOnlyCollection<string> versions) =>
        versions.Count == ApiDefinitions.Versions.Count(v => ApiDefinitions.Of(v)!.Find(operation) is not null)
            ? Every
            : string.Join(' ', versions.Order(StringComparer.Ordinal));
}
