namespace Mover.Conformance.Tests.Suite;

/// <summary>
/// One run of the whole suite against the real server, for the tests that look at it. MOVER_API_VERSION and MOVER_RULES make it smaller while
/// a rule is being written.
/// </summary>
public sealed class SuiteRun : IAsyncLifetime
{
    public SuiteReport Report { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // Pages of five, so that lists really page.
        await using var server = await ServerUnderTest.StartAsync(pageSize: 5);
        var suite = new ConformanceSuite(server.Http, server.Token, TimeProvider.System);
        Report = await suite.RunAsync(
            new() { Versions = Listed("MOVER_API_VERSION"), Rules = Listed("MOVER_RULES") }, CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static string[] Listed(string variable) =>
        Environment.GetEnvironmentVariable(variable)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
