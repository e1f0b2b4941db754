using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Internal;
using Microsoft.Extensions.DependencyInjection;

namespace Mover.Server.Tests;

/// <summary>The table of routes is built at the first request; parameters that overlap with fixed words multiply it.</summary>
public sealed class RoutingTableTests
{
    // 7,531 with 174 routes; one pair of overlapping parameters made it 98,000, and the first request cost 2 s of CPU.
    private const int NodesMax = 15_000;

    [Fact]
    public async Task The_table_of_routes_stays_small()
    {
        await using var server = await TestServer.StartAsync();
        await using var graph = new StringWriter();

        server.Services.GetRequiredService<DfaGraphWriter>().Write(server.Services.GetRequiredService<EndpointDataSource>(), graph);

        var nodes = graph.ToString().Split('\n').Count(line => line.Contains("[label=", StringComparison.Ordinal) && !line.Contains("->", StringComparison.Ordinal));
        Assert.InRange(nodes, 1_000, NodesMax);
    }
}
