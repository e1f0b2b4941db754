using System.Globalization;
using System.Text;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Tests.Coverage;

/// <summary>Makes docs/api-coverage.md out of a run of the suite.</summary>
internal static class ApiCoverage
{
    private const string Page = "docs/api-coverage.md";

    private const string OwnRoutes =
        """
        ## Mover's own routes

        Where Azure has nothing of the kind. They take no api-version, and no rule of the suite asks for them.

        | route | for whom | tells |
        |---|---|---|
        | `GET /addresses` | every caller with a token | the https addresses of the control plane, the one that was asked first |
        | `GET /subscriptions/{id}/zones` | `Mover/zones/read` at the subscription; Reader has it | instances, members of the store, who does which work, what a further loss would mean: [zones.md](zones.md) |


        """;

    /// <summary>Compares the page with the run; MOVER_WRITE_COVERAGE=1 writes it instead.</summary>
    public static void WriteOrCompare(SuiteReport report)
    {
        var file = Path.Combine(Root(), Page);
        var page = File.Exists(file) ? File.ReadAllText(file) : string.Empty;
        var classes = TestClasses.Of(report, page);
        var text = Text(report, classes);
        if (Environment.GetEnvironmentVariable("MOVER_WRITE_COVERAGE") == "1")
        {
            File.WriteAllText(file, text);
        }

        Assert.True(File.Exists(file) && File.ReadAllText(file) == text, $"{Page} is stale; scripts/api-coverage.sh rewrites it.");
        Assert.Empty(TestClasses.Problems(classes, Root()));
    }

    public static string Text(SuiteReport report, string classes)
    {
        var passed = report.Results.Where(r => r.Outcome == CheckOutcome.Passed).ToList();
        var page = new StringBuilder();
        page.Append(
            """
            # API coverage

            Which operations of which api-version are tried, by which rules and by which test classes. Made by `scripts/api-coverage.sh`, which runs
            the server's tests and the conformance suite; a test fails when this page is stale. A number is how many checks of `mover conformance`
            ask for the operation in that version and hold; a dash means that the version does not have it. Every exchange, of these and of all
            other tests of the server, is held to the definition of its version.


            """);
        var none = report.Count(CheckOutcome.NotApplicable);
        page.AppendLine(CultureInfo.InvariantCulture, $"{report.Results.Count} checks of {report.Rules.Count} rules; {none} do not apply here.");
        page.AppendLine().AppendLine("## Operations and versions").AppendLine();
        Operations(page, report, passed);
        page.AppendLine().Append(OwnRoutes).Append(classes).AppendLine("## Operations and rules").AppendLine();
        RulesOf(page, passed);
        page.AppendLine().AppendLine("## Rules").AppendLine();
        Rules(page, report);
        return page.ToString().ReplaceLineEndings("\n");
    }

    private static void Operations(StringBuilder page, SuiteReport report, List<CheckResult> passed)
    {
        var counts = passed.SelectMany(r => r.Operations.Select(o => (o, r.Version))).GroupBy(p => p).ToDictionary(g => g.Key, g => g.Count());
        page.AppendLine(CultureInfo.InvariantCulture, $"| operation | {string.Join(" | ", report.Versions)} |");
        page.AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(Enumerable.Repeat("---:|", report.Versions.Count))}");
        foreach (var operation in AllOperations(report))
        {
            var cells = report.Versions.Select(v => ApiDefinitions.Of(v)!.Operations.Any(o => o.Id == operation)
                ? counts.GetValueOrDefault((operation, v)).ToString(CultureInfo.InvariantCulture)
                : "–");
            page.AppendLine(CultureInfo.InvariantCulture, $"| {operation} | {string.Join(" | ", cells)} |");
        }
    }

    private static void RulesOf(StringBuilder page, List<CheckResult> passed)
    {
        page.AppendLine("| operation | rules |").AppendLine("|---|---|");
        foreach (var group in passed.SelectMany(r => r.Operations.Select(o => (Operation: o, r.Rule))).Distinct()
            .GroupBy(p => p.Operation, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var families = group.GroupBy(p => p.Rule[..^4], StringComparer.Ordinal).OrderBy(f => f.Key, StringComparer.Ordinal)
                .Select(f => $"{f.Key} {string.Join(' ', f.Select(p => p.Rule[^3..]).Order(StringComparer.Ordinal))}");
            page.AppendLine(CultureInfo.InvariantCulture, $"| {group.Key} | {string.Join("; ", families)} |");
        }
    }

    private static void Rules(StringBuilder page, SuiteReport report)
    {
        page.AppendLine("| rule | says | source | checks |").AppendLine("|---|---|---|---:|");
        foreach (var rule in report.Rules)
        {
            var checks = report.Results.Count(r => r.Rule == rule.Id);
            page.AppendLine(CultureInfo.InvariantCulture, $"| {rule.Id} | {rule.Title} | {rule.Source} | {checks} |");
        }
    }

    private static IEnumerable<string> AllOperations(SuiteReport report) => report.Versions
        .SelectMany(v => ApiDefinitions.Of(v)!.Operations).Select(o => o.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Mover.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
        }

        return folder.FullName;
    }
}
