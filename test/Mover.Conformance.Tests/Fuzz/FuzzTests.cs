using Mover.Conformance.Contract;
using Mover.Conformance.Suite;
using Xunit.Abstractions;

namespace Mover.Conformance.Tests.Fuzz;

/// <summary>Random requests to the real server. They run alone, because the memory of the process is weighed.</summary>
[Collection(nameof(Alone))]
public sealed class FuzzTests(ITestOutputHelper output)
{
    [Fact]
    public async Task No_request_breaks_the_server_or_gets_an_answer_that_is_not_arms()
    {
        await using var server = await ServerUnderTest.StartAsync(pageSize: 20, isWatched: false);
        var fuzzer = new RequestFuzzer(await BenchAsync(server), new(FuzzRun.Seed));

        var report = await FuzzRun.SliceAsync(
            server, 4000, TimeSpan.FromSeconds(20), () => fuzzer.Next(server.Http.BaseAddress!, server.Token));

        Check(report);
    }

    [Fact]
    public async Task No_request_to_what_stands_around_breaks_the_server()
    {
        await using var server = await ServerUnderTest.StartAsync(pageSize: 20, isWatched: false);
        var fuzzer = new SurroundingsFuzzer(await BenchAsync(server), await TenantAsync(server), new(FuzzRun.Seed));

        var report = await FuzzRun.SliceAsync(
            server, 2000, TimeSpan.FromSeconds(8), () => fuzzer.Next(server.Http.BaseAddress!, server.Token));

        Check(report);
    }

    private void Check(FuzzReport report)
    {
        output.WriteLine(
            $"{report.Sent} requests of seed {FuzzRun.Seed}; managed memory grew by {report.GrownBytes / 1024} KiB, "
            + $"and the working set is {Environment.WorkingSet / 1024 / 1024} MiB.");
        Assert.True(report.Problems.Count == 0, string.Join(Environment.NewLine + Environment.NewLine, report.Problems));
        Assert.True(report.Sent > FuzzRun.WarmUp, $"Only {report.Sent} requests were sent.");
        Assert.True(report.GrownBytes < FuzzRun.GrowthBytesMax, $"Seed {FuzzRun.Seed}: memory grew by {report.GrownBytes} bytes.");
    }

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

    private static async Task<string> TenantAsync(ServerUnderTest server)
    {
        var wire = new Wire(server.Http, server.Token, TimeProvider.System);
        var listed = await wire.SendAsync(new("GET", "/tenants?api-version=2021-04-01"), default);
        return (string)listed.Json!["value"]![0]!["tenantId"]!;
    }
}

/// <summary>Tests that run with no other beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
