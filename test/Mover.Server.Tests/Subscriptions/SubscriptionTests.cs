using System.Net;

namespace Mover.Server.Tests.Subscriptions;

public sealed class SubscriptionTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

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
    public async Task The_subscription_its_tenant_and_its_location_are_shown()
    {
        var id = await ListAsync();

        var one = await GetAsync($"/subscriptions/{id}");
        var locations = await (await GetAsync($"/subscriptions/{id}/locations")).JsonAsync();
        var tenants = await (await GetAsync("/tenants")).JsonAsync();

        Assert.Equal("Enabled", (await one.JsonAsync())["state"]!.GetValue<string>());
        Assert.Equal("eastus", locations["value"]![0]!["name"]!.GetValue<string>());
        Assert.Equal((await one.JsonAsync())["tenantId"]!.GetValue<string>(), tenants["value"]![0]!["tenantId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Another_subscription_is_not_found()
    {
        var answer = await GetAsync($"/subscriptions/{Guid.NewGuid()}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("SubscriptionNotFound", await answer.ErrorCodeAsync());
    }

    private async Task<string> ListAsync() =>
        (await (await GetAsync("/subscriptions")).JsonAsync())["value"]![0]!["subscriptionId"]!.GetValue<string>();

    private Task<HttpResponseMessage> GetAsync(string path) => _server.SendAsync(HttpMethod.Get, TestServer.Versioned(path, "2019-11-01"));
}
