using System.Globalization;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;

namespace Mover.Server.Throttling;

/// <summary>
/// Answers 429 with <c>Retry-After</c> to callers that ask too often, each by its own, and tells everybody what remains. Routes outside
/// ARM (tokens, the agent channel) are not counted.
/// </summary>
internal sealed class Throttle(RequestDelegate next, ServerOptions options, TimeProvider clock)
{
    private readonly Kind _reads = new("reads", new(options.Throttling.Reads, clock));
    private readonly Kind _writes = new("writes", new(options.Throttling.Writes, clock));
    private readonly Kind _deletes = new("deletes", new(options.Throttling.Deletes, clock));

    public Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<Principal>() is not { } principal
            || http.GetEndpoint()?.Metadata.GetMetadata<WithoutApiVersion>() is not null)
        {
            return next(http);
        }

        var kind = KindOf(http.Request.Method);
        var admission = kind.Buckets.Take(principal.ObjectId);
        var header = http.Request.RouteValues.ContainsKey("subscription") ? kind.SubscriptionHeader : kind.TenantHeader;
        http.Response.Headers[header] = admission.Remaining.ToString(CultureInfo.InvariantCulture);
        return admission.Wait is { } wait ? ArmErrors.TooManyRequests(kind.Name, wait).WriteAsync(http) : next(http);
    }

    private Kind KindOf(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? _reads : HttpMethods.IsDelete(method) ? _deletes : _writes;

    private sealed record Kind(string Name, TokenBuckets Buckets)
    {
        public string SubscriptionHeader { get; } = "x-ms-ratelimit-remaining-subscription-" + Name;

        public string TenantHeader { get; } = "x-ms-ratelimit-remaining-tenant-" + Name;
    }
}
