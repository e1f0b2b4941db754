using Mover.Core.Arm;
using Mover.Core.Resources.Versions;
using Mover.Server.Arm;
using Mover.Server.Identity;

namespace Mover.Server.Gates;

/// <summary>What is checked of every request that has found a route.</summary>
internal static class ArmChecks
{
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
