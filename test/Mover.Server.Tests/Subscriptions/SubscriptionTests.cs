using System.Net;
using System.Text.Json.Nodes;

namespace Mover.Server.Tests.Subscriptions;

public sealed class SubscriptionTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(
        options => options with { Regions = options.Regions.With([new("Home", "Ours", Zones: 2)]), Region = "home" });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_first_start_makes_one_subscription_that_a_restart_keeps()
    {
        var first = await ListAsync();
        await _server.RestartAsync();

        var second = await ListAsync();

        Assert.True(Guid.TryParse(first, out _));
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task The_subscription_and_its_tenant_are_shown()
    {
        var one = await (await _server.ArmAsync("GET", $"/subscriptions/{_server.Subscription}")).JsonAsync();
        var tenants = await (await _server.ArmAsync("GET", "/tenants")).JsonAsync();

        Assert.Equal("Enabled", (string?)one["state"]);
        Assert.Equal((string?)one["tenantId"], (string?)tenants["value"]![0]!["tenantId"]);
    }

    [Fact]
    public async Task Locations_are_those_of_the_catalogue_with_the_servers_own_first()
    {
        var locations = (await (await _server.ArmAsync("GET", $"/subscriptions/{_server.Subscription}/locations")).JsonAsync())["value"]!.AsArray();

        Assert.Equal("home", (string?)locations[0]!["name"]);
        Assert.Equal(["1", "2"], locations[0]!["availabilityZoneMappings"]!.AsArray().Select(zone => (string?)zone!["logicalZone"]));
        var east = locations.Single(location => (string?)location!["name"] == "eastus")!;
        Assert.Equal("(US) East US", (string?)east["regionalDisplayName"]);
        Assert.Equal("United States", (string?)east["metadata"]!["geography"]);
        Assert.Equal("westus", (string?)east["metadata"]!["pairedRegion"]![0]!["name"]);
        Assert.Equal($"/subscriptions/{_server.Subscription}/locations/westus", (string?)east["metadata"]!["pairedRegion"]![0]!["id"]);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/locations")]
    [InlineData("GET", "/resourceGroups")]
    [InlineData("PUT", "/resourceGroups/g")]
    [InlineData("HEAD", "/resourceGroups/g")]
    [InlineData("GET", "/resources")]
    [InlineData("GET", "/providers")]
    [InlineData("GET", "/providers/Microsoft.Storage/storageAccounts")]
    [InlineData("DELETE", "/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a")]
    [InlineData("GET", "/providers/Microsoft.Resources/tags/default")]
    public async Task A_missing_subscription_is_not_found_on_any_route(string method, string path)
    {
        var answer = await _server.ArmAsync(method, $"/subscriptions/{Guid.NewGuid()}{path}", method == "PUT" ? """{"location":"eastus"}""" : null);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("SubscriptionNotFound", answer.Header("x-ms-error-code"));
    }

    [Fact]
    public async Task A_server_does_not_start_in_a_region_that_is_not_known() =>
        Assert.Contains(
            "'mars' does not exist",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => TestServer.StartAsync(options => options with { Region = "mars" }))).Message,
            StringComparison.Ordinal);

    private async Task<string> ListAsync()
    {
        var listed = await (await _server.ArmAsync("GET", "/subscriptions")).JsonAsync();
        return (string)((JsonArray)listed["value"]!)[0]!["subscriptionId"]!;
    }
}
