using Mover.Core.Arm;
using Mover.Core.Resources.Versions;
using Mover.Server.Access;
using Mover.Server.Documents;

namespace Mover.Server.Arm;

/// <summary>Marks a route that takes no api-version: token issue, the agent channel, health.</summary>
internal sealed class WithoutApiVersion;

/// <summary>Says whose api-versions a route takes when that is not the last provider of its path.</summary>
internal sealed record AnsweringProvider(string Namespace);

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

    /// <summary>Declares that a route takes the api-versions of ARM itself, whatever provider its path names.</summary>
    public static TBuilder AnsweredByArm<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new AnsweringProvider(ApiVersions.Resources));

    public static Task CheckAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint() is not RouteEndpoint route)
        {
            return next(http);
        }

        // Nothing is ever written by a preview.
        if (WriteTerms.PreviewOf(http) is not null && !HttpMethods.IsGet(http.Request.Method)
            && route.Metadata.GetMetadata<Previewable>() is null)
        {
            return ArmErrors.PreviewNotSupported(route.Metadata.GetMetadata<RequiredAction>()?.Action ?? string.Empty).WriteAsync(http);
        }

        var refusal = route.Metadata.GetMetadata<WithoutApiVersion>() is null
            ? CheckApiVersion(http.Request, route) ?? CheckOperation(http, route)
            : null;
        return refusal is null ? next(http) : refusal.WriteAsync(http);
    }

    private static ArmError? CheckApiVersion(HttpRequest request, RouteEndpoint route)
    {
        var provider = route.Metadata.GetMetadata<AnsweringProvider>()?.Namespace
            ?? ApiVersions.ProviderOf(request.Path.Value ?? string.Empty);
        return ApiVersions.Of(provider).Count == 0
            ? ArmErrors.InvalidResourceNamespace(provider)
            : ApiVersions.Check(provider, request.Query["api-version"]);
    }

    // A type or action may be newer than the version that is asked for.
    private static ArmError? CheckOperation(HttpContext http, RouteEndpoint route) =>
        route.Metadata.GetMetadata<RequiredAction>() is { } required
            ? ApiCatalogue.CheckOperation(http.Request.Query["api-version"].ToString(), required.Action)
            : null;

    /// <summary>Null when the path names no subscription, or the one of this control plane.</summary>
    public static ArmError? CheckSubscription(HttpContext http)
    {
        if (!http.Request.RouteValues.TryGetValue("subscription", out var value))
        {
            return null;
        }

        var given = value as string ?? string.Empty;
        return !Guid.TryParseExact(given, "D", out _) ? ArmErrors.InvalidSubscription(given)
            : !IsKnown(http, given) ? ArmErrors.SubscriptionNotFound(given)
            : null;
    }

    private static bool IsKnown(HttpContext http, string subscription) =>
        subscription.Equals(http.RequestServices.GetRequiredService<Administrator>().SubscriptionId, StringComparison.OrdinalIgnoreCase);
}
