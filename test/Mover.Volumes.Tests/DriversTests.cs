using Mover.Core.AgentProtocol;
using Mover.Core.Resources;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Tests;

public sealed class DriversTests
{
    private static readonly OrderEndpoint Filer = new()
    {
        ResourceId = "id", EndpointType = StorageEndpointTypes.NfsMount, Host = "filer", Export = "data",
    };

    [Fact]
    public void Every_driver_opens_a_kind_of_endpoint_that_has_a_row() =>
        Assert.All(Drivers.All, driver => Assert.NotNull(EndpointKinds.Known.Find(driver.EndpointType)));

    [Fact]
    public void An_export_is_named_by_its_host_and_path()
    {
        Assert.Equal("nfs://filer/data", $"{Drivers.Find(Filer.EndpointType)?.PlaceOf(Filer, null)}");
        Assert.Equal("filer", Drivers.Find(Filer.EndpointType)?.PlaceOf(Filer, null)?.Host);
    }

    [Fact]
    public async Task A_version_that_is_not_spoken_is_refused_with_the_way_round_it()
    {
        var place = Drivers.Find(Filer.EndpointType)?.PlaceOf(Filer with { NfsVersion = NfsVersions.V41 }, null);
        Assert.NotNull(place);

        var refused = await Assert.ThrowsAsync<VolumeException>(async () => await place.OpenAsync(new(false, TimeProvider.System), default));

        Assert.Equal(1001, refused.Fault.Code?.Number);
        Assert.Equal(
            "This agent supports NFS 3 and 4.0, but not 4.1. Mount filer:/data on the host and start the agent with --mount filer:/data=/local/path.",
            $"{refused.Fault.Message} {refused.Fault.Advice}");
    }

    [Theory]
    [InlineData("https://contoso.blob.core.windows.net/", "https://contoso.blob.core.windows.net/projects/a/b")]
    [InlineData("ftp://contoso", null)]
    public void A_container_is_where_the_control_plane_says_that_its_account_is(string endpoint, string? place)
    {
        var order = new OrderEndpoint { ResourceId = "id", EndpointType = StorageEndpointTypes.AzureStorageBlobContainer, Subpath = "/a/b/" };

        Assert.Equal(place, Drivers.Find(order.EndpointType)?.PlaceOf(order, new(endpoint, "contoso", "projects"))?.ToString());
        Assert.Null(Drivers.Find(order.EndpointType)?.PlaceOf(order, null));
    }
}
