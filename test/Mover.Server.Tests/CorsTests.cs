using System.Net;

namespace Mover.Server.Tests;

public sealed class CorsTests
{
    private const string Portal = "https://portal.example";

    [Fact]
    public async Task A_page_of_a_configured_origin_may_ask_and_read()
    {
        await using var server = await TestServer.StartAsync(options => options with { CorsOrigins = [Portal] });

        using var preflight = await PreflightAsync(server, Portal);
        using var answer = await server.SendAsync(HttpMethod.Get, "/subscriptions?api-version=2022-12-01", null, ("Origin", Portal));

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal(Portal, preflight.Header("Access-Control-Allow-Origin"));
        Assert.Contains("PUT", preflight.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("authorization", preflight.Header("Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Portal, answer.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Azure-AsyncOperation", answer.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://elsewhere.example")]
    [InlineData("https://portal.example.evil.example")]
    [InlineData("null")]
    public async Task A_page_of_another_origin_may_not(string origin)
    {
        await using var server = await TestServer.StartAsync(options => options with { CorsOrigins = [Portal] });

        using var preflight = await PreflightAsync(server, origin);

        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static Task<HttpResponseMessage> PreflightAsync(TestServer server, string origin)
    {
        server.Http.DefaultRequestHeaders.Authorization = null;
        return server.SendAsync(HttpMethod.Options, "/subscriptions?api-version=2022-12-01", null,
            ("Origin", origin), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "authorization"));
    }
}
