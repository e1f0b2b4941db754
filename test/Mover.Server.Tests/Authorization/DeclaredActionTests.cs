using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Mover.Server.Arm;

namespace Mover.Server.Tests.Authorization;

public sealed class DeclaredActionTests
{
    // What has to be there before anybody has a token.
    private static readonly string[] Open =
    [
        "/{tenant:tenant}/oauth2/v2.0/token", "/{tenant:tenant}/oauth2/token", "/{tenant:tenant}/v2.0/.well-known/openid-configuration",
        "/{tenant:tenant}/.well-known/openid-configuration", "/{tenant:tenant}/discovery/v2.0/keys", "/{tenant:tenant}/discovery/keys",
        "/adfs/{name}/.well-known/openid-configuration", "/metadata/endpoints", "/healthz", "/readyz",
    ];

    [Fact]
    public async Task Every_route_declares_the_action_it_needs_or_is_one_that_tokens_come_from()
    {
        await using var server = await TestServer.StartAsync();

        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var undeclared = routes
            .Where(route => route.Metadata.GetMetadata<RequiredAction>() is null && !Open.Contains(route.RoutePattern.RawText, StringComparer.Ordinal))
            .Select(route => route.DisplayName);
        var opened = routes
            .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(route => route.RoutePattern.RawText);

        Assert.NotEmpty(routes);
        Assert.Empty(undeclared);
        Assert.Equal(Open.Order(StringComparer.Ordinal), opened.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Declared_actions_are_written_as_role_definitions_write_them()
    {
        await using var server = await TestServer.StartAsync();

        var actions = server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(route => route.Metadata.GetMetadata<RequiredAction>()?.Action).OfType<string>().Distinct(StringComparer.Ordinal);

        Assert.All(actions, action => Assert.Matches(@"^(Microsoft\.[A-Za-z]+|Mover)(/[A-Za-z]+)*/(read|write|delete|action)$", action));
    }
}
