using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.AgentProtocol;

namespace Mover.Client.Arm;

/// <summary>One request to the control plane.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="PathAndQuery">Path with a leading slash, escaped, with its query.</param>
/// <param name="Body">JSON to send; null for none.</param>
/// <param name="IfMatch">ETag that must still hold; null for any.</param>
/// <param name="IfNoneMatch"><c>*</c> when the resource must not exist yet; null for any.</param>
public sealed record ArmRequest(
    HttpMethod Method, string PathAndQuery, JsonNode? Body = null, string? IfMatch = null, string? IfNoneMatch = null);

/// <summary>A successful answer of the control plane.</summary>
/// <param name="Status">200 to 299.</param>
/// <param name="Body">The JSON body; null when there is none or it is the literal <c>null</c>.</param>
/// <param name="ETag">The resource's version tag, quoted; null when not sent.</param>
/// <param name="AsyncOperation">Where an asynchronous operation's status is read; null when not sent.</param>
/// <param name="Location">Where an asynchronous operation's result is read; null when not sent.</param>
/// <param name="RetryAfter">How long to wait before asking again; null when not said.</param>
/// <param name="CorrelationId">The server's correlation id; null when not sent.</param>
/// <param name="Date">The server's clock; null when not sent.</param>
public sealed record ArmAnswer(
    int Status, JsonNode? Body, string? ETag, string? AsyncOperation, string? Location, TimeSpan? RetryAfter,
    string? CorrelationId, DateTimeOffset? Date);

/// <summary>
/// Sends requests to the control plane: token, correlation id, waits and repeats, several addresses, error bodies. Safe for concurrent use.
/// A request whose repetition could do a thing twice (POST) is repeated only when it surely was not carried out. An address that does not
/// answer, answers that it cannot at the moment, or says that it leaves, is left for the next: at once while there is one that was not
/// asked yet, and after that with waits in between.
/// </summary>
public sealed class ArmPipeline(HttpClient http, MoverClientOptions options, TimeProvider clock)
{
    private int _address;

    /// <summary>The address in use, without a trailing slash.</summary>
    public string Address => AddressAt(Volatile.Read(ref _address));

    // Every address is asked once, however few attempts are made of one.
    private int AttemptsMax => Math.Max(options.Retry.AttemptsMax, options.Addresses.Count);

    /// <summary>Sends until it succeeds, is refused, or waiting does not help any more.</summary>
    /// <exception cref="ArmException">The server refused it, or kept failing.</exception>
    /// <exception cref="UnreachableServerException">No address answers, or the connection broke during a POST.</exception>
    public async Task<ArmAnswer> SendAsync(ArmRequest request, CancellationToken cancel)
    {
        var correlationId = Guid.NewGuid().ToString();
        var renew = false;
        for (var (attempt, left) = (1, 0); ; attempt++)
        {
            TimeSpan? asked = null;
            var at = Volatile.Read(ref _address);
            try
            {
                using var answer = await SendOnceAsync(at, request, correlationId, renew, cancel).ConfigureAwait(false);
                var body = await ReadBodyAsync(answer, cancel).ConfigureAwait(false);
                if (IsAway(answer))
                {
                    Leave(at);
                }

                if (answer.IsSuccessStatusCode)
                {
                    return ToAnswer(answer, body);
                }

                left += IsAway(answer) ? 1 : 0;
                asked = ArmRetry.Read(answer.Headers.RetryAfter, clock.GetUtcNow());
                var isElsewhere = IsAway(answer) && left < options.Addresses.Count;
                var isUnauthorized = answer.StatusCode == HttpStatusCode.Unauthorized;
                var again = isUnauthorized ? !renew : MayRepeat(request, (int)answer.StatusCode, isElsewhere ? null : asked);
                renew |= isUnauthorized;
                if (!again || attempt >= AttemptsMax)
                {
                    throw new ArmException(
                        ArmException.Read((int)answer.StatusCode, body, asked),
                        Header(answer, "x-ms-correlation-request-id") ?? correlationId);
                }

                if (isUnauthorized || isElsewhere)
                {
                    continue;
                }
            }
            catch (Exception fault) when (IsTransport(fault, cancel))
            {
                Leave(at);
                left++;
                if (attempt >= AttemptsMax || IsHopeless(request, fault, left))
                {
                    throw new UnreachableServerException(AddressAt(at), NeverSent(fault), fault);
                }

                if (left < options.Addresses.Count)
                {
                    continue;
                }
            }

            await Task.Delay(options.Retry.Delay(attempt, asked, Jitter()), clock, cancel).ConfigureAwait(false);
        }
    }

    // Once, however many requests find it out.
    private void Leave(int at) => Interlocked.CompareExchange(ref _address, at + 1, at);

    private string AddressAt(int at) =>
        options.Addresses[(int)((uint)at % options.Addresses.Count)].GetLeftPart(UriPartial.Path).TrimEnd('/');

    // This address cannot, and another may: a gateway without a server, an instance without its store, or one that leaves.
    private static bool IsAway(HttpResponseMessage answer) =>
        (int)answer.StatusCode is 502 or 503 or 504 || answer.Headers.Contains(AgentChannelLimits.LeavingHeader);

    private bool IsHopeless(ArmRequest request, Exception fault, int left) =>
        (fault.GetBaseException() is AuthenticationException && left >= options.Addresses.Count)
        || (request.Method == HttpMethod.Post && !NeverSent(fault));

    private async Task<HttpResponseMessage> SendOnceAsync(
        int at, ArmRequest request, string correlationId, bool renew, CancellationToken cancel)
    {
        using var message = new HttpRequestMessage(request.Method, AddressAt(at) + request.PathAndQuery);
        message.Headers.Accept.Add(new("application/json"));
        message.Headers.Add("x-ms-correlation-request-id", correlationId);
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue(options.Product));
        if (options.Token is { } token)
        {
            message.Headers.Authorization = new("Bearer", await token(renew, cancel).ConfigureAwait(false));
        }

        if (request.IfMatch is not null)
        {
            message.Headers.TryAddWithoutValidation("If-Match", request.IfMatch);
        }

        if (request.IfNoneMatch is not null)
        {
            message.Headers.TryAddWithoutValidation("If-None-Match", request.IfNoneMatch);
        }

        if (request.Body is not null)
        {
            message.Content = new StringContent(request.Body.ToJsonString(), Encoding.UTF8, "application/json");
        }
        else if (request.Method == HttpMethod.Post)
        {
            // Without a body, the handler would send it again by itself when a connection ends before the answer.
            message.Content = new ByteArrayContent([]);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.AttemptTimeout);
        return await http.SendAsync(message, limit.Token).ConfigureAwait(false);
    }

    private bool MayRepeat(ArmRequest request, int status, TimeSpan? asked)
    {
        if (!ArmRetry.IsTransient(status) || asked > options.Retry.RetryAfterMax)
        {
            return false;
        }

        // 429 is said before anything is done; the other statuses leave a POST's outcome open.
        return request.Method != HttpMethod.Post || status == 429;
    }

    private static bool IsTransport(Exception fault, CancellationToken cancel) =>
        !cancel.IsCancellationRequested && fault is HttpRequestException or IOException or OperationCanceledException;

    // The runtime says by a timeout inside the cancellation that no connection came about in time.
    private static bool NeverSent(Exception fault) => fault is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError,
    }
    or OperationCanceledException { InnerException: TimeoutException };

    private static double Jitter() => RandomNumberGenerator.GetInt32(1000) / 1000.0;

    private static async Task<JsonNode?> ReadBodyAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
        try
        {
            return bytes.Length == 0 ? null : JsonNode.Parse(bytes);
        }
        catch (JsonException fault) when (answer.IsSuccessStatusCode)
        {
            throw new ArmException(
                new(
                    (int)answer.StatusCode, ArmException.NoErrorBody,
                    "The server's response is not JSON. Check that the address is a Mover control plane."),
                Header(answer, "x-ms-correlation-request-id"),
                fault);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private ArmAnswer ToAnswer(HttpResponseMessage answer, JsonNode? body) => new(
        (int)answer.StatusCode,
        body,
        answer.Headers.ETag?.ToString(),
        Header(answer, "Azure-AsyncOperation"),
        answer.Headers.Location?.OriginalString,
        ArmRetry.Read(answer.Headers.RetryAfter, clock.GetUtcNow()),
        Header(answer, "x-ms-correlation-request-id"),
        answer.Headers.Date);

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
