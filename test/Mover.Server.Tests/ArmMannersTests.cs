using System.Net;

namespace Mover.Server.Tests;

public sealed class ArmMannersTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task An_unknown_route_is_answered_in_the_shape_of_an_arm_error_with_common_headers()
    {
        var response = await _server.SendAsync(HttpMethod.Get, "/nowhere?api-version=2025-12-01");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("NotFound", await response.ErrorCodeAsync());
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-cache", response.Header("Cache-Control"));
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.StartsWith("max-age=31536000", response.Header("Strict-Transport-Security"), StringComparison.Ordinal);
        Assert.True(Guid.TryParse(response.Header("x-ms-request-id"), out _));
    }

    [Fact]
    public async Task A_given_correlation_id_is_kept_and_a_client_request_id_is_echoed_on_demand()
    {
        var response = await _server.SendAsync(
            HttpMethod.Get,
            "/nowhere",
            null,
            ("x-ms-correlation-request-id", "corr-1"),
            ("x-ms-client-request-id", "client-1"),
            ("x-ms-return-client-request-id", "true"));

        Assert.Equal("corr-1", response.Header("x-ms-correlation-request-id"));
        Assert.Equal("client-1", response.Header("x-ms-client-request-id"));
    }

    [Fact]
    public async Task A_client_request_id_is_not_echoed_unasked()
    {
        var response = await _server.SendAsync(HttpMethod.Get, "/nowhere", null, ("x-ms-client-request-id", "client-1"));

        Assert.False(response.Headers.Contains("x-ms-client-request-id"));
    }
}
