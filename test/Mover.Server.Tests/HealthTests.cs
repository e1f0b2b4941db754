using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Server.Authorization;

namespace Mover.Server.Tests;

public sealed class HealthTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.Services.GetRequiredService<AccessState>().CurrentAsync(CancellationToken.None);
        _server.Http.DefaultRequestHeaders.Authorization = null;
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_server_that_serves_is_healthy_and_ready_without_a_token()
    {
        using var health = await _server.Http.GetAsync("/healthz");
        using var ready = await _server.Http.GetAsync("/readyz");

        Assert.Equal((HttpStatusCode.OK, "ok\n"), (health.StatusCode, await health.Content.ReadAsStringAsync()));
        Assert.Equal((HttpStatusCode.OK, "ready\n"), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task While_the_rights_are_not_followed_it_is_healthy_and_not_ready()
    {
        _server.Services.GetRequiredService<AccessState>().Lose();

        using var health = await _server.Http.GetAsync("/healthz");
        using var ready = await _server.Http.GetAsync("/readyz");

        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("rights", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
