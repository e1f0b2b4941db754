using Mover.Conformance.Contract;

namespace Mover.Conformance.Tests.Suite;

/// <summary>The whole suite against the real server, in every version that the server has.</summary>
public sealed class SuiteTests
{
    [Fact]
    public async Task Every_rule_holds_in_every_version()
    {
        // Pages of five, so that lists really page.
        await using var server = await ServerUnderTest.StartAsync(pageSize: 5);
        var suite = new ConformanceSuite(server.Http, server.Token, TimeProvider.System);
        var versions = Environment.GetEnvironmentVariable("MOVER_API_VERSION") is { Length: > 0 } one ? one.Split(',') : [];
        var rules = Environment.GetEnvironmentVariable("MOVER_RULES") is { Length: > 0 } some ? some.Split(',') : [];

        var report = await suite.RunAsync(new() { Versions = versions, Rules = rules }, CancellationToken.None);

        var failed = report.Results.Where(r => r.Outcome == CheckOutcome.Failed)
            .Select(r => $"{r.Id}: {r.Reason}{Environment.NewLine}{r.Excerpt}").ToList();
        Assert.True(failed.Count == 0, $"{failed.Count} of {report.Results.Count} checks failed in {report.Elapsed}.{Environment.NewLine}"
            + string.Join(Environment.NewLine + Environment.NewLine, failed.Take(400)));
        Assert.Empty(report.Leftovers);
    }

    [Fact]
    public void Check_ids_are_unique_and_more_than_three_hundred_in_each_version()
    {
        var names = ConformanceSuite.Names([], []);

        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ApiDefinitions.Versions, version => Assert.True(ConformanceSuite.Names([version], []).Count >= 300, version));
    }
}
