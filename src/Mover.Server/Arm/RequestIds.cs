using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Mover.Server.Arm;

/// <summary>
/// The ids of one request, and ARM's common headers. Source: ARM RPC, "common API response details".
/// </summary>
internal sealed record RequestIds(string RequestId, string CorrelationId)
{
    // Longer ids are somebody's mistake or attack; they go into logs and headers.
    private const int IdCharsMax = 128;

    /// <summary>The ids of a request in the pipeline.</summary>
    public static RequestIds Of(HttpContext http) =>
        http.Features.Get<RequestIds>() ?? new(http.TraceIdentifier, http.TraceIdentifier);

    /// <summary>Makes the ids and sets the headers; first in the pipeline.</summary>
    /// <param name="http">The request.</param>
    /// <param name="next">The rest of the pipeline.</param>
    /// <param name="clock">The server's clock, which agents compare theirs with.</param>
    public static Task AttachAsync(HttpContext http, RequestDelegate next, TimeProvider clock)
    {
        var request = http.Request.Headers;
        var id = Guid.NewGuid().ToString();
        var ids = new RequestIds(id, Given(request["x-ms-correlation-request-id"]) ?? id);
        http.Features.Set(ids);
        http.TraceIdentifier = id;

        var response = http.Response.Headers;
        response.Date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        response["x-ms-request-id"] = ids.RequestId;
        response["x-ms-correlation-request-id"] = ids.CorrelationId;
        response.CacheControl = "no-cache";
        response.Pragma = "no-cache";
        response.Expires = "-1";
        response.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        response.XContentTypeOptions = "nosniff";
        if (bool.TryParse(request["x-ms-return-client-request-id"], out var echo) && echo
            && Given(request["x-ms-client-request-id"]) is { } client)
        {
            response["x-ms-client-request-id"] = client;
        }

        return next(http);
    }

    private static string? Given(StringValues header)
    {
        var text = header.ToString();
        return text.Length is > 0 and <= IdCharsMax && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '{' or '}')
            ? text
            : null;
    }
}
