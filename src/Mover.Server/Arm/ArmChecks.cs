using Mover.Core.Arm;
using Mover.Core.Resources.Versions;

namespace Mover.Server.Arm;

/// <summary>Marks a route that takes no api-version: token issue, the agent channel, health.</summary>
internal sealed class WithoutApiVersion;

/// <summary>Where a caller of a route needs the action.</summary>
internal enum ActionReach
{
    /// <summary>At the request's scope or above it.</summary>
    Scope,

    /// <summary>There, or anywhere below: the route shows only what the caller may see (<c>CallerRights.Shows</c>).</summary>
    Visible,

    /// <summary>There, or the caller has any role at, above or below it: what everybody in a subscription may know of it.</summary>
    AnyRole,

    /// <summary>Nowhere: whoever is authenticated may call.</summary>
    AnyCaller,
}

/// <summary>The RBAC action that a caller of the route needs. What is declared here is what is enforced.</summary>
/// <param name="Action">The action.</param>
/// <param name="Reach">Where it is needed.</param>
/// <param name="IsData">Whether it is one on data.</param>
internal sealed record RequiredAction(string Action, ActionReach Reach = ActionReach.Scope, bool IsData = false)
{
    /// <summary>True when the scope is the path's subscription, whatever follows it; without one it is everything.</summary>
    public bool IsAtSubscription { get; init; }
}

/// <summary>What is checked of every request that has found a route.</summary>
internal static class ArmChecks
{
    /// <summary>Declares the RBAC action of a route.</summary>
    public static TBuilder RequiresAction<TBuilder>(this TBuilder route, string action, ActionReach reach = ActionReach.Scope)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiredAction(action, reach));

    /// <summary>Declares the RBAC action on data of a route.</summary>
    public static TBuilder RequiresDataAction<TBuilder>(this TBuilder route, string action)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RequiredAction(action, IsData: true));

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
