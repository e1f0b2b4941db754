using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite;

/// <summary>Plain HTTP to an ARM endpoint. Waits out throttling, and nothing else: checks see what came. Safe for concurrent use.</summary>
/// <param name="client">Sends; its base address is the endpoint.</param>
/// <param name="token">The bearer token.</param>
/// <param name="clock">Clock for waits.</param>
internal sealed class Wire(HttpClient client, string token, TimeProvider clock)
{
    private const int AttemptsMax = 6;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(2);

    public TimeProvider Clock => clock;

    /// <summary>Sends a request with a token, and answers what came.</summary>
    public async Task<Exchange> SendAsync(Call call, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = Request(call);
            using var response = await client.SendAsync(request, cancel);
            if (response.StatusCode != HttpStatusCode.TooManyRequests || attempt == AttemptsMax)
            {
                return await Exchange.ReadAsync(request, response, cancel);
            }

            await Task.Delay(WaitOf(response.Headers.RetryAfter), clock, cancel);
        }
    }

    private static TimeSpan WaitOf(RetryConditionHeaderValue? retry) =>
        retry?.Delta is { } wait ? (wait < WaitMax ? wait : WaitMax) : TimeSpan.FromSeconds(5);

    private HttpRequestMessage Request(Call call)
    {
        var request = new HttpRequestMessage(new(call.Method), new Uri(call.Url, UriKind.RelativeOrAbsolute))
        {
            Version = client.DefaultRequestVersion,
        };
        if (call.Body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(call.Body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", call.ContentType);
        }

        if (call.Token is null || call.Token.Length > 0)
        {
            request.Headers.Authorization = new("Bearer", call.Token ?? token);
        }

        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>Waits before the next look at an operation: shortly at first, and at most as long as the answer asks.</summary>
    /// <param name="answer">The answer that says how long.</param>
    /// <param name="looks">How often it was looked at before.</param>
    /// <param name="cancel">Stops the wait.</param>
    public Task WaitAsync(Exchange answer, int looks, CancellationToken cancel)
    {
        var asked = int.TryParse(
            answer.Headers.GetValueOrDefault("Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture,
                out var seconds) ? seconds : 1;
        var most = TimeSpan.FromSeconds(Math.Clamp(asked, 0, 30));
        var wait = FirstWait * Math.Pow(2, Math.Min(looks, 16));
        return Task.Delay(wait < most ? wait : most, clock, cancel);
    }
}

/// <summary>A request.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Url">The address, relative to the endpoint or absolute.</param>
/// <param name="Body">The body as text; null for none.</param>
internal sealed record Call(string Method, string Url, string? Body = null)
{
    public string ContentType { get; init; } = "application/json; charset=utf-8";

    /// <summary>The bearer token; null for the suite's own, empty for none.</summary>
    public string? Token { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>True when the request bends the contract on purpose and may yet be accepted.</summary>
    public bool BendsContract { get; init; }
}
