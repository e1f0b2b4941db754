using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Mover.SystemTests.Faults;

/// <summary>
/// A client that records every request as an attempt of its own. It stays at one server, or knows all: then it goes on to the next
/// when one does not answer within <see cref="SilenceMax"/>, cannot be reached, or answers 5xx or 401, and repeats with another value.
/// </summary>
internal sealed class LoadClient(ILoadTarget target, ConcurrentQueue<Attempt> history, int first, int number, bool stays) : IDisposable
{
    /// <summary>How long a server may be silent before the next one is asked.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(3);

    private const string RegionHeader = "x-ms-mover-region";
    private const string StaleHeader = "x-ms-mover-stale-as-of";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = target.NewHttp();
    private int _at = first;
    private int _left;
    private int _written;

    /// <summary>How often each answer was given.</summary>
    public Dictionary<string, int> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>Writes until it is acknowledged or the condition fails; null when it is told to end before.</summary>
    public async Task<Attempt?> WriteAsync(string key, Attempt? basis, string? etag, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var value = string.Create(CultureInfo.InvariantCulture, $"client {number}, write {_written++}");
            using var request = new HttpRequestMessage(HttpMethod.Put, target.At(_at, key))
            {
                Content = JsonContent.Create(new JsonObject { ["properties"] = target.PropertiesOf(key, value) }),
            };
            if (etag is not null)
            {
                request.Headers.TryAddWithoutValidation("If-Match", etag);
            }

            var attempt = (await SendAsync(request, new()
            {
                Key = key, IsWrite = true, Value = value, Expected = basis?.Version, Basis = basis, Begin = 0, End = 0,
            })).Attempt;
            history.Enqueue(attempt);
            if (attempt.Outcome is Outcome.Done or Outcome.ConditionFailed)
            {
                return attempt;
            }

            // Whether it was carried out is not known, so the version is not.
            if (etag is not null)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>Deletes until it is acknowledged; null when it is told to end before.</summary>
    public async Task<Attempt?> DeleteAsync(string key, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, target.At(_at, key));
            var attempt = (await SendAsync(request, new() { Key = key, IsWrite = true, Begin = 0, End = 0 })).Attempt;
            history.Enqueue(attempt);
            if (attempt.Outcome == Outcome.Done)
            {
                return attempt;
            }
        }

        return null;
    }

    /// <summary>Reads once; null when that failed.</summary>
    public async Task<(Attempt Attempt, string? ETag)?> ReadAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.At(_at, key));
        var answer = await SendAsync(request, new() { Key = key, IsWrite = false, Begin = 0, End = 0 });
        if (answer.Attempt.Outcome != Outcome.Done)
        {
            return null;
        }

        history.Enqueue(answer.Attempt);
        return answer;
    }

    public void Dispose() => _http.Dispose();

    private async Task<(Attempt Attempt, string? ETag)> SendAsync(HttpRequestMessage request, Attempt attempt)
    {
        attempt = attempt with { Server = _at, Begin = TimeProvider.System.GetTimestamp() };
        using var limit = new CancellationTokenSource(SilenceMax);
        try
        {
            using var answer = await _http.SendAsync(request, limit.Token);
            var body = await answer.Content.ReadAsStringAsync(limit.Token);
            attempt = attempt with
            {
                End = TimeProvider.System.GetTimestamp(), Region = HeaderOf(answer, RegionHeader) ?? target.RegionOf(attempt.Server),
                StaleAsOf = HeaderOf(answer, StaleHeader) is { } asOf ? DateTimeOffset.Parse(asOf, CultureInfo.InvariantCulture) : null,
            };
            Count($"{request.Method} {(int)answer.StatusCode}{(attempt.StaleAsOf is null ? string.Empty : " from a copy")}");

            // A server whose clock is wrong refuses tokens that the others take.
            await LeaveIfAwayAsync((int)answer.StatusCode >= 500 || answer.StatusCode == HttpStatusCode.Unauthorized);
            return Judge(answer, body, attempt);
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or IOException)
        {
            attempt = attempt with { End = TimeProvider.System.GetTimestamp() };
            var wasSent = fault is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };
            Count($"{request.Method} {(fault is OperationCanceledException ? "no answer" : wasSent ? "broken off" : "not reached")}");
            await LeaveIfAwayAsync(isAway: true);
            return (attempt with { Outcome = wasSent ? Outcome.Unknown : Outcome.Refused }, null);
        }
    }

    private static (Attempt Attempt, string? ETag) Judge(HttpResponseMessage answer, string body, Attempt attempt)
    {
        if (answer.StatusCode == HttpStatusCode.NotFound && !attempt.IsWrite)
        {
            return (attempt with { Outcome = Outcome.Done }, null);
        }

        if (!answer.IsSuccessStatusCode)
        {
            // A store that is full says that nothing was written; any other 5xx leaves it open.
            var outcome = answer.StatusCode == HttpStatusCode.PreconditionFailed ? Outcome.ConditionFailed
                : (int)answer.StatusCode >= 500 && answer.StatusCode != HttpStatusCode.InsufficientStorage ? Outcome.Unknown : Outcome.Refused;
            return (attempt with { Outcome = outcome }, null);
        }

        if (attempt is { IsWrite: true, Value: null })
        {
            return (attempt with { Outcome = Outcome.Done }, null);
        }

        // An ETag has the version in its third part.
        var etag = answer.Headers.ETag!.Tag;
        var version = long.Parse(etag.Split('-')[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var value = attempt.IsWrite ? attempt.Value : (string?)JsonNode.Parse(body)!["properties"]?["description"];
        return (attempt with { Outcome = Outcome.Done, Version = version, Value = value }, etag);
    }

    private static string? HeaderOf(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.First() : null;

    // Every address is asked once before any wait.
    private async Task LeaveIfAwayAsync(bool isAway)
    {
        _left = isAway ? _left + 1 : 0;
        _at = isAway && !stays ? (_at + 1) % target.Servers : _at;
        if (isAway && (stays || _left % target.Servers == 0))
        {
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private void Count(string answer) => Answers[answer] = Answers.GetValueOrDefault(answer) + 1;
}
