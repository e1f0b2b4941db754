using Mover.Conformance.Contract;
using Mover.Conformance.Tests.Coverage;

namespace Mover.Conformance.Tests.Suite;

/// <summary>The whole suite against the real server, in every version.</summary>
public sealed class SuiteTests(SuiteRun run) : IClassFixture<SuiteRun>
{
    [Fact]
    public void Every_rule_holds_in_every_version()
    {
        var report = run.Report;

        var failed = report.Results.Where(r => r.Outcome == CheckOutcome.Failed)
            .Select(r => $"{r.Id}: {r.Reason}{Environment.NewLine}{r.Excerpt}").ToList();
        Assert.True(failed.Count == 0, $"{failed.Count} of {report.Results.Count} checks failed in {report.Elapsed}.{Environment.NewLine}"
            + string.Join(Environment.NewLine + Environment.NewLine, failed.Take(400)));
    }

    [Fact]
    public void What_the_suite_made_is_gone() => Assert.Empty(run.Report.Leftovers);

    [Fact]
    public void Every_operation_of_every_version_is_asked_for_by_a_check_that_holds()
    {
        var asked = run.Report.Results.Where(r => r.Outcome == CheckOutcome.Passed)
            .SelectMany(r => r.Operations.Select(o => (r.Version, o))).ToHashSet();

        var never = run.Report.Versions.SelectMany(v => ApiDefinitions.Of(v)!.Operations.Select(o => (v, o.Id))).Where(o => !asked.Contains(o));

        Assert.Empty(never);
    }

    [Fact]
    public void The_page_about_coverage_is_what_this_run_covered() => ApiCoverage.WriteOrCompare(run.Report);

    [Fact]
    public void Check_ids_are_unique_and_more_than_three_hundred_in_each_version()
    {
        var names = ConformanceSuite.Names([], []);

        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ApiDefinitions.Versions, version => Assert.True(ConformanceSuite.Names([version], []).Count >= 300, version));
    }

    [Fact]
    public void More_than_three_hundred_rules_each_say_one_sentence_and_where_it_comes_from()
    {
        var rules = ConformanceSuite.Rules;

        Assert.True(rules.Count > 300, $"There are {rules.Count} rules.");
        Assert.Equal(rules.Count, rules.Select(rule => rule.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(rules.Count, rules.Select(rule => rule.Title).Distinct(StringComparer.Ordinal).Count());
        Assert.All(rules, rule => Assert.True(rule.Title.EndsWith('.') && rule.Source.Length > 0, rule.Id));
    }

    [Fact]
    public void No_rule_is_without_a_check_that_holds()
    {
        var held = run.Report.Results.Where(r => r.Outcome == CheckOutcome.Passed).Select(r => r.Rule).ToHashSet(StringComparer.Ordinal);

        Assert.All(run.Report.Rules, rule => Assert.Contains(rule.Id, held));
    }
}
