using Mover.Core.Arm;
using Mover.Server.Background;

namespace Mover.Server.Arm;

/// <summary>Marks a route that takes no api-version: token issue, the agent channel, health.</summary>
internal sealed class WithoutApiVersion;

/// <summary>On a route that answers when there is something to do: a server that ends does not wait for it.</summary>
internal sealed class WaitsForWork
{
    public static readonly WaitsForWork Instance = new();
}

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

/// <summary>How a route declares what its callers need.</summary>
internal static class RouteActions
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
}
