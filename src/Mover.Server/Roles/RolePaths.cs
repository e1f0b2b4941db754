namespace Mover.Server.Roles;

/// <summary>
/// Roles and assignments are below every scope, whatever its depth. Routing sees only what follows the scope: one route for each verb,
/// where a route for each depth would make the router's tables very large. Afterwards the path is the caller's again.
/// </summary>
internal static class RolePaths
{
    /// <summary>Before routing: takes the scope off.</summary>
    public static Task ShortenAsync(HttpContext http, RequestDelegate next)
    {
        var path = http.Request.Path.Value ?? string.Empty;
        var cut = path.LastIndexOf(RoleScopes.Below, StringComparison.OrdinalIgnoreCase);
        if (cut > 0 && IsScope(path.AsSpan(1, cut - 1)))
        {
            http.Features.Set(new Whole(http.Request.Path));
            http.Request.Path = new PathString(path[cut..]);
        }

        return next(http);
    }

    /// <summary>After routing: puts it back.</summary>
    public static Task RestoreAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<Whole>() is { } whole)
        {
            http.Request.Path = whole.Path;
            http.Request.RouteValues["subscription"] = whole.Path.Value?.Split('/')[2];
        }

        return next(http);
    }

    // The parts of a scope are never empty, and it begins with a subscription.
    private static bool IsScope(ReadOnlySpan<char> scope) =>
        scope.StartsWith("subscriptions/", StringComparison.OrdinalIgnoreCase)
        && scope.IndexOf("//", StringComparison.Ordinal) < 0
        && scope[^1] != '/';

    private sealed record Whole(PathString Path);
}
