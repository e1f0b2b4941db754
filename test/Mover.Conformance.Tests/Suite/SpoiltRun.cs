
namespace Mover.Conformance.Tests.Suite;

/// <summary>One run of the suite in which the answers to each rule's checks are spoilt in that rule's way.</summary>
public sealed class SpoiltRun : IAsyncLifetime
{
    private const string Version = "2026-05-01";

    // Nothing spoils this one: while it runs, what the checks work on is made.
    private const string First = "ARM-HEAD-006";

    public SuiteReport Report { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var rules = SpoiltRulesTests.Table.Select(spoil => spoil.Rule).Append(First).ToList();
        using var spoiler = new Spoiler(ConformanceSuite.Names([Version], rules), ServerUnderTest.NewHandler());
        using var client = new HttpClient(spoiler) { BaseAddress = server.Http.BaseAddress };
        var suite = new ConformanceSuite(client, server.Token, TimeProvider.System);
        Report = await suite.RunAsync(new() { Versions = [Version], Rules = rules, Progress = _ => spoiler.Next() }, CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private sealed class Spoiler(IReadOnlyList<string> checks, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private volatile Spoil? _spoil;
        private int _ended;

        public void Next()
        {
            _ended++;
            var rule = _ended < checks.Count ? checks[_ended].Split('/')[0] : null;
            _spoil = SpoiltRulesTests.Table.FirstOrDefault(spoil => spoil.Rule == rule);
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (_spoil is { } spoil)
            {
                await spoil.ApplyAsync(request, response, cancellationToken);
            }

            return response;
        }
    }
}
