using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mover.Server.Arm;

namespace Mover.Server.Access;

/// <summary>
/// A refusal of the token endpoint. Source: RFC 6749 section 5.2; the numbers in front of descriptions are Entra ID's, which its clients
/// look for.
/// </summary>
/// <param name="Status">400; 401 when the client did not prove who it is; 429 when it must wait; 503 when the issuer cannot decide.</param>
/// <param name="Error">The RFC's code.</param>
/// <param name="Number">Entra ID's number.</param>
/// <param name="Description">What is wrong, for a person.</param>
/// <param name="RetryAfter">How long to wait; null when waiting does not help.</param>
internal sealed record OAuthError(int Status, string Error, int Number, string Description, TimeSpan? RetryAfter = null)
{
    public static OAuthError NotAForm() =>
        new(400, "invalid_request", 900144, "The body is not a form (application/x-www-form-urlencoded) within the size limits.");

    public static OAuthError Missing(string parameter) =>
        new(400, "invalid_request", 900144, $"The request body must contain the parameter '{parameter}', once.");

    public static OAuthError TooLong(string parameter) =>
        new(400, "invalid_request", 90100, $"The parameter '{parameter}' is too long.");

    public static OAuthError UnknownTenant() =>
        new(400, "invalid_request", 90002, "The tenant in the URL is not this control plane's.");

    public static OAuthError UnsupportedGrant() =>
        new(400, "unsupported_grant_type", 70003, "The only supported grant type is 'client_credentials'.");

    public static OAuthError InvalidScope() =>
        new(400, "invalid_scope", 70011, "This issuer does not issue tokens for the scope or resource; "
            + "use the control plane's own address followed by '/.default'.");

    public static OAuthError InvalidClient() =>
        new(401, "invalid_client", 7000215, "The client is unknown, or its secret or assertion is wrong.");

    public static OAuthError InvalidAssertion(string why) =>
        new(401, "invalid_client", 700027, $"The client assertion was rejected: {why}");

    public static OAuthError SlowDown(TimeSpan wait) =>
        new(429, "temporarily_unavailable", 50196, "Too many failed attempts by this client; wait before you retry.", wait);

    public static OAuthError TooManyTokens(int tokensMax, TimeSpan wait) =>
        new(429, "temporarily_unavailable", 50196, $"The client has used {tokensMax} assertions that have not expired; reuse its tokens, "
            + "which are valid for an hour.", wait);

    public static OAuthError Busy(TimeSpan wait) =>
        new(503, "temporarily_unavailable", 90033, "The issuer is temporarily unavailable.", wait);

    /// <summary>Writes the answer.</summary>
    public async Task WriteAsync(HttpContext context, DateTimeOffset now)
    {
        var trace = Guid.NewGuid().ToString();
        var answer = context.Response;
        answer.StatusCode = Status;
        TokenAnswer.SetHeaders(answer);
        if (RetryAfter is { } wait)
        {
            answer.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (Status == StatusCodes.Status401Unauthorized)
        {
            answer.Headers.WWWAuthenticate = "Basic realm=\"token\"";
        }

        var body = new JsonObject
        {
            ["error"] = Error,
            ["error_description"] = $"AADSTS{Number}: {Description} Trace ID: {trace} Timestamp: {now.UtcDateTime:u}",
            ["error_codes"] = new JsonArray(Number),
            ["timestamp"] = $"{now.UtcDateTime:u}",
            ["trace_id"] = trace,
            ["correlation_id"] = trace,
        };
        await answer.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}

/// <summary>A token as the endpoint answers it. Source: RFC 6749 section 5.1 (v2), and Entra ID's v1 form with numbers as text.</summary>
internal static class TokenAnswer
{
    public static async Task WriteAsync(HttpContext context, IssuedToken issued, string audience, bool isV1)
    {
        SetHeaders(context.Response);
        var seconds = (long)(issued.End - issued.Start).TotalSeconds;
        var body = new JsonObject { ["token_type"] = "Bearer" };
        if (isV1)
        {
            body["expires_in"] = seconds.ToString(CultureInfo.InvariantCulture);
            body["ext_expires_in"] = seconds.ToString(CultureInfo.InvariantCulture);
            body["expires_on"] = issued.End.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            body["not_before"] = issued.Start.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            body["resource"] = audience;
        }
        else
        {
            body["expires_in"] = seconds;
            body["ext_expires_in"] = seconds;
        }

        body["access_token"] = issued.Token.Reveal();
        await context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    /// <summary>Tokens and refusals are kept by nobody in between.</summary>
    public static void SetHeaders(HttpResponse answer)
    {
        answer.ContentType = "application/json; charset=utf-8";
        answer.Headers.CacheControl = "no-store, no-cache";
        answer.Headers.Pragma = "no-cache";
    }
}
