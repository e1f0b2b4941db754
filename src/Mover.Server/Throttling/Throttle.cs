using System.Globalization;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Settings;

namespace Mover.Server.Throttling;

/// <summary>
/// Answers 429 with <c>Retry-After</c> to callers that ask too often, each by its own, whatever they ask and whether they may, and tells
/// everybody what remains. The agent channel has a limit of its own.
/// </summary>
internal sealed class Throttle(RequestDelegate next, ServerOptions options, TimeProvider clock)
{
    private readonly Kind _reads = new("reads", new(options.Throttling.Reads, clock));
    private readonly Kind _writes = new("writes", new(options.Throttling.Writes, clock));
    private readonly Kind _channel = new("messages", new(options.Throttling.Channel, clock));
    private readonly Kind _deletes = new("deletes", new(options.Throttling.Deletes, clock));

    public Task InvokeAsync(HttpContext http)
    {
        // What a deployment does counts as the one request that began it.
        if (http.Features.Get<Principal>() is not { } principal || http.Features.Get<InnerCaller>() is not null)
        {
            return next(http);
        }

        var endpoint = http.GetEndpoint()?.Metadata;
        var kind = endpoint?.GetMetadata<RequiredAction>()?.Action == ArmAction.AgentChannel ? _channel : KindOf(http.Request.Method);
        var admission = kind.Buckets.Take(principal.Identity);
        if (endpoint?.GetMetadata<WithoutApiVersion>() is null)
        {
            var header = http.Request.RouteValues.ContainsKey("subscription") ? kind.SubscriptionHeader : kind.TenantHeader;
            http.Response.Headers[header] = admission.Remaining.ToString(CultureInfo.InvariantCulture);
        }

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
