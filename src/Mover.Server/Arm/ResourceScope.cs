using Microsoft.AspNetCore.Routing.Patterns;
using Mover.Core;
using Mover.Core.Arm;

namespace Mover.Server.Arm;

/// <summary>
/// What a route needs to know of its request. <see cref="Id"/> is the resource of the path with the types in their canonical casing and the
/// names in the caller's; for a list or an action it is the resource below which it is.
/// </summary>
internal sealed record ResourceScope
{
    public required HttpContext Http { get; init; }

    public required ResourceId Id { get; init; }

    public required string ApiVersion { get; init; }

    public required Caller Caller { get; init; }

    public required string RequestId { get; init; }

    public required string CorrelationId { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Seals and opens the places of this list's pages.</summary>
    public required PageTokens Pages { get; init; }

    public string? IfMatch { get; init; }

    public string? IfNoneMatch { get; init; }

    public string Subscription => Id.Subscription;

    public string Group => Id.ResourceGroup;

    /// <summary>The path as the caller wrote it: async operations answer it as their resource id.</summary>
    public string CallerPath => Path.TrimEnd('/');

    /// <summary>The decoded path: a page's place is good on it only.</summary>
    public string Path => Http.Request.Path.Value ?? string.Empty;

    /// <summary>Scheme, host and port that the caller used, for absolute links.</summary>
    public string BaseUrl => $"{Http.Request.Scheme}://{Http.Request.Host}";

    public static ValueTask<ResourceScope?> BindAsync(HttpContext http)
    {
        var ids = RequestIds.Of(http);
        var headers = http.Request.Headers;
        return ValueTask.FromResult<ResourceScope?>(new()
        {
            Http = http,
            Id = IdOf(http),
            ApiVersion = http.Request.Query["api-version"].ToString(),
            Caller = Caller.Of(http.User),
            RequestId = ids.RequestId,
            CorrelationId = ids.CorrelationId,
            Pages = http.RequestServices.GetRequiredService<PageTokens>(),
            Now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
            IfMatch = headers.IfMatch.Count == 0 ? null : headers.IfMatch.ToString(),
            IfNoneMatch = headers.IfNoneMatch.Count == 0 ? null : headers.IfNoneMatch.ToString(),
        });
    }

    private static ResourceId IdOf(HttpContext http)
    {
        var pattern = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern;
        if (pattern is null)
        {
            return default;
        }

        var segments = pattern.PathSegments.Select(segment => Value(segment, http.Request.RouteValues)).ToList();

        // A path that ends in a literal is a list or an action: what counts is the resource before it.
        if (pattern.PathSegments[^1].Parts[0] is RoutePatternLiteralPart)
        {
            segments.RemoveAt(segments.Count - 1);
            if (segments.Count >= 2 && segments[^2].Equals("providers", StringComparison.Ordinal))
            {
                segments.RemoveRange(segments.Count - 2, 2);
            }
        }

        return ResourceId.TryParse("/" + string.Join('/', segments), out var id) ? id : default;
    }

    private static string Value(RoutePatternPathSegment segment, RouteValueDictionary values) => segment.Parts[0] switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternParameterPart parameter => values[parameter.Name] as string ?? string.Empty,
        _ => string.Empty,
    };
}
