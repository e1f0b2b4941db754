using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Conformance.Contract;
using Mover.Conformance.Suite;

namespace Mover.Conformance.Tests.Fuzz;

/// <summary>
/// Random requests to the real server: MOVER_FUZZ=n sends n of them, MOVER_SEED=s the ones of another seed. It runs alone, because it weighs
/// the memory of the process.
/// </summary>
[Collection(nameof(Alone))]
public sealed class FuzzTests
{
    private const int Seed = 20260501;
    private const int Slice = 4000;
    private const int WarmUp = 300;
    private const long GrowthBytesMax = 64L * 1024 * 1024;

    // Beyond this a slow machine stops the slice early; a run that was asked for by number goes to its end.
    private static readonly TimeSpan SliceMax = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task No_request_breaks_the_server_or_gets_an_answer_that_is_not_arms()
    {
        var seed = Number("MOVER_SEED") ?? Seed;
        var count = Number("MOVER_FUZZ");
        await using var server = await ServerUnderTest.StartAsync(pageSize: 20);
        var bench = await BenchAsync(server);
        var fuzzer = new RequestFuzzer(bench, new(seed));
        var watch = Stopwatch.StartNew();

        var problems = new List<string>();
        var before = 0L;
        var sent = 0;
        for (; sent < (count ?? Slice) && (count is not null || watch.Elapsed < SliceMax) && problems.Count < 20; sent++)
        {
            if (sent == WarmUp)
            {
                before = GC.GetTotalMemory(forceFullCollection: true);
            }

            if (await SendAsync(server, fuzzer) is { } problem)
            {
                problems.Add($"seed {seed}, request {sent}: {problem}");
            }
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(problems.Count == 0, string.Join(Environment.NewLine + Environment.NewLine, problems));
        Assert.True(sent > WarmUp, $"Only {sent} requests were sent.");
        Assert.True(grown < GrowthBytesMax, $"seed {seed}: memory grew by {grown} bytes over {sent - WarmUp} requests.");
    }

    private static async Task<string?> SendAsync(ServerUnderTest server, RequestFuzzer fuzzer)
    {
        using var request = fuzzer.Next(server.Http.BaseAddress!, server.Token, out var body);
        try
        {
            using var response = await server.Http.SendAsync(request);
            var exchange = await Exchange.ReadAsync(request, response, default);
            return Problem(exchange) is { } problem ? $"{problem}{Environment.NewLine}{exchange.Excerpt()}" : null;
        }
        catch (HttpRequestException fault)
        {
            return $"{fault.Message}{Environment.NewLine}{request.Method} {request.RequestUri}{Environment.NewLine}{body}";
        }
    }

    private static string? Problem(Exchange exchange)
    {
        if (exchange.Status >= 500)
        {
            return $"the server answered {exchange.Status}";
        }

        if (exchange.IsRefusedUnread)
        {
            return null;
        }

        var missing = new[] { "x-ms-request-id", "x-ms-correlation-request-id" }.FirstOrDefault(id => !exchange.Headers.ContainsKey(id));
        var violations = HasDots(exchange.Path) && exchange.Status < 400 ? [] : ContractCheck.Run(exchange, isRequestChecked: false);
        return missing is not null ? $"there is no {missing}"
            : violations.Count > 0 ? string.Join(' ', violations)
            : null;
    }

    // The web server takes dots out of a path before anybody sees it (RFC 3986, 5.2.4): what is answered is another path.
    private static bool HasDots(string path) => path.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase).Contains("..", StringComparison.Ordinal);

    private static async Task<Bench> BenchAsync(ServerUnderTest server)
    {
        var wire = new Wire(server.Http, server.Token, TimeProvider.System);
        var listed = await wire.SendAsync(new("GET", "/subscriptions?api-version=2021-04-01"), default);
        var subscription = (string)listed.Json!["value"]![0]!["subscriptionId"]!;
        var group = $"/subscriptions/{subscription}/resourceGroups/fuzz?api-version=2021-04-01";
        Assert.InRange((await wire.SendAsync(new("PUT", group, """{"location":"eastus"}"""), default)).Status, 200, 201);
        var target = new SuiteTarget(subscription, "fuzz", "eastus", ApiDefinitions.Newest, IsMover: true);
        var bench = new Bench(wire, target, ApiDefinitions.Of(ApiDefinitions.Newest)!, ApiDefinitions.Newest, default);
        await bench.PrepareAsync();
        return bench;
    }

    private static int? Number(string variable) => int.TryParse(
        Environment.GetEnvironmentVariable(variable), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>Tests that run with no other beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
