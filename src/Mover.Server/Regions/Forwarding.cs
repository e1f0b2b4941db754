using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;
using Mover.Core.Arm;
using Mover.Server.Arm;

namespace Mover.Server.Regions;

/// <summary>Passes a caller's request on to the other region, once, and its answer back.</summary>
internal static partial class Forwarding
{
    /// <summary>The header that names the region of an answer.</summary>
    public const string RegionHeader = "x-ms-mover-region";

    private const string ForwardedHeader = "x-ms-mover-forwarded-by";

    // Between two hops only (RFC 9110, 7.6.1), or set anew.
    private static readonly HashSet<string> Hop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Host",
        "Content-Length", "Expect", ForwardedHeader,
    };

    /// <summary>Whether a request changes nothing, so that a copy can answer it.</summary>
    public static bool IsRead(HttpContext http) => HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);

    /// <summary>Whether a request comes from the other region: it is answered here, whatever that means.</summary>
    public static bool IsForwarded(HttpContext http) => http.Request.Headers.ContainsKey(ForwardedHeader);

    /// <summary>
    /// True when it was answered, be it with a fault; false when no server of the other region could be reached, and nothing was sent.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="peer">The other region.</param>
    /// <param name="region">This region.</param>
    /// <param name="body">The body, when it has been read; null passes on what the caller sends.</param>
    /// <param name="logger">The log.</param>
    public static async Task<bool> TryAsync(
        HttpContext http, PeerClient peer, RegionMembership region, ReadOnlyMemory<byte>? body, ILogger logger)
    {
        // A server that stands still answers nothing: what waits for it ends when that is noticed.
        var ending = EndingOf(http);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, region.Silence, ending);
        HttpResponseMessage? answer;
        try
        {
            answer = await peer.TryForwardAsync(to => Copy(http, to, region.Options.Region, body), stop.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            await ArmErrors.RegionMoving().WriteAsync(http);
            return true;
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested && IsRead(http))
        {
            return false;
        }
        catch (Exception fault) when (fault is HttpRequestException
            || (fault is OperationCanceledException && !http.RequestAborted.IsCancellationRequested))
        {
            Log.Broke(logger, peer.Region, fault);
            await ArmErrors.ForwardingFailed(peer.Region).WriteAsync(http);
            return true;
        }

        if (answer is null)
        {
            return false;
        }

        using (answer)
        {
            http.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
            {
                if (!Hop.Contains(name))
                {
                    http.Response.Headers[name] = new StringValues([.. values]);
                }
            }

            http.Response.Headers[RegionHeader] = peer.Region;
            http.Response.ContentLength = answer.Content.Headers.ContentLength;
            await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
        }

        return true;
    }

    private static CancellationToken EndingOf(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<WaitsForWork>() is null
        ? CancellationToken.None
        : http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    private static HttpRequestMessage Copy(HttpContext http, Uri to, string own, ReadOnlyMemory<byte>? body)
    {
        var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri(to, http.Request.GetEncodedPathAndQuery()));
        if (body is { } read)
        {
            request.Content = new ReadOnlyMemoryContent(read);
        }
        else if (http.Request.ContentLength is > 0 || http.Request.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(http.Request.Body);
            request.Content.Headers.ContentLength = http.Request.ContentLength;
        }

        foreach (var (name, values) in http.Request.Headers)
        {
            if (!Hop.Contains(name) && !name.StartsWith(':') && !request.Headers.TryAddWithoutValidation(name,
                (IEnumerable<string?>)values))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        request.Headers.TryAddWithoutValidation(ForwardedHeader, own);
        return request;
    }

    private static partial class Log
    {
        [LoggerMessage(3463, LogLevel.Warning, "The region {Region} cut off a response.")]
        public static partial void Broke(ILogger logger, string region, Exception fault);
    }
}
