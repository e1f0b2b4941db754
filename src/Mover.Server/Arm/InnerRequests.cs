using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Mover.Core.Access;
using Mover.Core.Arm;

namespace Mover.Server.Arm;

/// <summary>Who makes a request that comes from within; only this process can set it.</summary>
/// <param name="Principal">Whose rights the request is judged by, now.</param>
internal sealed record InnerCaller(Principal Principal);

/// <summary>A request that the control plane makes of itself on behalf of somebody.</summary>
internal sealed record InnerRequest
{
    public required string Method { get; init; }

    /// <summary>The decoded path.</summary>
    public required string Path { get; init; }

    public required string ApiVersion { get; init; }

    public required Principal Caller { get; init; }

    public required string CorrelationId { get; init; }

    /// <summary>The body as JSON; null for none.</summary>
    public string? Body { get; init; }

    /// <summary>What the route finds among the request's features.</summary>
    public Action<IFeatureCollection>? Features { get; init; }
}

/// <summary>The answer to it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body; null for none.</param>
/// <param name="RetryAfter">When to ask again, if the answer says so.</param>
internal sealed record InnerAnswer(int Status, JsonObject? Body, TimeSpan? RetryAfter)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The refusal that the answer is; null for a success.</summary>
    public ArmError? Refusal => IsSuccess ? null
        : ErrorJson.Read(Body?["error"] as JsonObject, Status) is { } error ? error with { RetryAfter = RetryAfter }
        : ArmErrors.UnexpectedAnswer(Status);
}

/// <summary>
/// Sends requests through the pipeline that clients' requests take, past sign-in and throttling alone: routes, rights, rules, versions and
/// the audit log are the same.
/// </summary>
internal sealed class InnerRequests(IServiceScopeFactory scopes)
{
    private readonly TaskCompletionSource<RequestDelegate> _pipeline = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the pipeline; the first thing in it.</summary>
    public RequestDelegate Take(RequestDelegate next)
    {
        _pipeline.TrySetResult(next);
        return next;
    }

    /// <summary>Sends a request; waits until the server has its pipeline.</summary>
    public async Task<InnerAnswer> SendAsync(InnerRequest request, CancellationToken cancel)
    {
        var pipeline = await _pipeline.Task.WaitAsync(cancel);
        await using var scope = scopes.CreateAsyncScope();
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(request.Body ?? string.Empty));
        using var answer = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider, RequestAborted = cancel };
        http.Request.Method = request.Method;
        http.Request.Scheme = Uri.UriSchemeHttps;
        http.Request.Host = new("localhost");
        http.Request.Path = new(request.Path);
        http.Request.QueryString = QueryString.Create("api-version", request.ApiVersion);
        http.Request.Headers["x-ms-correlation-request-id"] = request.CorrelationId;
        http.Request.Body = body;
        if (request.Body is not null)
        {
            http.Request.ContentType = "application/json";
            http.Request.ContentLength = body.Length;
        }

        http.Response.Body = answer;
        http.Features.Set(new InnerCaller(request.Caller));
        request.Features?.Invoke(http.Features);
        await pipeline(http);
        cancel.ThrowIfCancellationRequested();
        return Read(http.Response, answer);
    }

    private static InnerAnswer Read(HttpResponse response, MemoryStream answer)
    {
        var body = answer.Length == 0 ? null
            : JsonNode.Parse(answer.GetBuffer().AsSpan(0, (int)answer.Length), null, new() { MaxDepth = 256 }) as JsonObject;
        var wait = RetryConditionHeaderValue.TryParse(response.Headers.RetryAfter.ToString(), out var said) ? said.Delta : null;
        return new(response.StatusCode, body, wait);
    }
}

/// <summary>Errors as JSON objects and back.</summary>
internal static class ErrorJson
{
    /// <summary>The JSON of an error.</summary>
    public static string Of(ArmError error) => Encoding.UTF8.GetString(ArmResults.Bytes(writer => ArmResults.Write(writer, error)).Span);

    /// <summary>Reads an error back; null when it is none.</summary>
    public static ArmError? Read(JsonObject? error, int status) =>
        error is not null && Text(error, "code") is { } code
            ? ArmErrors.Answered(status, code, Text(error, "message") ?? string.Empty, Text(error, "target"),
                error["details"] is JsonArray details
                    ? [.. details.OfType<JsonObject>().Select(detail => Read(detail, status)).OfType<ArmError>()]
                    : null)
            : null;

    private static string? Text(JsonObject error, string name) =>
        error[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
