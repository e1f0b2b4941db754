using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Providers;

namespace Mover.Server.Tests.Resources;

public sealed class DescribedTypeTests
{
    [Fact]
    public async Task Every_type_of_Storage_Mover_has_its_routes_and_its_place_in_the_provider()
    {
        await using var server = await TestServer.StartAsync();

        var read = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(route => (route.RoutePattern.RawText, route.Metadata.GetMetadata<RequiredAction>()?.Action)).ToHashSet();
        var listed = server.Services.GetRequiredService<ProviderCatalogue>().Find(ApiVersions.StorageMover)?.Types.Select(type => type.Name) ?? [];

        Assert.All(DescribedTypes.All, type => Assert.Contains((Routes.All(type), type.Name + "/read"), read));
        Assert.All(DescribedTypes.All, type => Assert.Contains((Routes.One(type), type.Name + "/read"), read));
        Assert.All(DescribedTypes.All, type => Assert.Contains($"{type.Name[(ApiVersions.StorageMover.Length + 1)..]}", listed));
    }

    [Fact]
    public void Paths_name_their_parameters_for_what_they_are() =>
        Assert.Equal(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.StorageMover/storageMovers/{mover}/projects/{project}"
                + "/jobDefinitions/{definition}/jobRuns/{run}",
            Routes.One(JobRun.Described));
}
