using Mover.Core.Arm;
using Mover.Core.Resources.Versions;

namespace Mover.Server.Arm;

/// <summary>Marks a route that takes no api-version: token issue, the agent channel, health.</summary>
internal sealed class WithoutApiVersion;

/// <summary>The RBAC action that a caller of the route needs.</summary>
internal sealed record RequiredAction(string Action);

/// <summary>What is checked of every request that has found a route.</summary>
internal static class ArmChecks
{
    /// <summary>Declares the RBAC action of a route.</summary>
    public static TBuilder RequiresAction<TBuilder>(this TBuilder route, string action)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiredAction(action));

    /// <summary>Declares that a route takes no api-version.</summary>
    public static TBuilder TakesNoApiVersion<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new WithoutApiVersion());

    public static Task CheckAsync(HttpContext http, RequestDelegate next)
    {
        var route = http.GetEndpoint() as RouteEndpoint;
        if (route is null || route.Metadata.GetMetadata<WithoutApiVersion>() is not null)
        {
            return next(http);
        }

        var refusal = ApiVersions.Check(ApiVersions.ProviderOf(http.Request.Path), http.Request.Query["api-version"])
            ?? CheckOperation(http, route)
            ?? CheckSubscription(http.Request.RouteValues);
        return refusal is null ? next(http) : refusal.WriteAsync(http);
    }

    // A type or action may be newer than the version that is asked for.
    private static ArmError? CheckOperation(HttpContext http, RouteEndpoint route) =>
        route.Metadata.GetMetadata<RequiredAction>() is { } required
            ? ApiCatalogue.CheckOperation(http.Request.Query["api-version"].ToString(), required.Action)
            : null;

    private static ArmError? CheckSubscription(RouteValueDictionary values) =>
        values.TryGetValue("subscription", out var given) && !Guid.TryParseExact(given as string, "D", out _)
            ? ArmErrors.InvalidSubscription(given as string ?? string.Empty)
            : null;
}
