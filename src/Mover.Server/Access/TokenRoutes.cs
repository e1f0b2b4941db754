using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Mover.Core.Access;
using Mover.Server.Arm;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>
/// The token endpoint: <c>POST /{tenant}/oauth2/v2.0/token</c> and Entra ID's older <c>/{tenant}/oauth2/token</c>. Client credentials only.
/// Source: RFC 6749 section 4.4, RFC 7523 section 2.2.
/// </summary>
internal sealed partial class TokenRoutes(
    Clients clients, TokenIssuer issuer, FailureLimit failures, ServerCertificate certificate, Administrator administrator,
    TimeProvider clock, ILogger<TokenRoutes> logger)
{
    private const string FormType = "application/x-www-form-urlencoded";
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    public const int BodyBytesMax = 64 * 1024;
    private const int ParametersMax = 32;
    private const int ParameterLengthMax = 1024;
    private const string DefaultScope = "/.default";

    private static readonly FormOptions Limits = new()
    {
        BufferBody = false,
        ValueCountLimit = ParametersMax,
        KeyLengthLimit = ParameterLengthMax,
        ValueLengthLimit = BodyBytesMax,
    };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{tenant:tenant}/oauth2/v2.0/token", http => AnswerAsync(http, isV1: false)).AllowAnonymous().TakesNoApiVersion();
        routes.MapPost("/{tenant:tenant}/oauth2/token", http => AnswerAsync(http, isV1: true)).AllowAnonymous().TakesNoApiVersion();
    }

    private async Task AnswerAsync(HttpContext http, bool isV1)
    {
        var authority = $"https://{http.Request.Host}";
        var tenant = http.Request.RouteValues["tenant"] as string;
        var isAdfs = AdfsAuthority.Is(tenant);
        var (form, refusal) = isAdfs || string.Equals(tenant, administrator.TenantId, StringComparison.OrdinalIgnoreCase)
            ? await ReadFormAsync(http)
            : (null, OAuthError.UnknownTenant());
        if (form is null || refusal is not null)
        {
            await (refusal ?? OAuthError.NotAForm()).WriteAsync(http, clock.GetUtcNow());
            return;
        }

        // An ADFS has one token URL for both of Entra ID's dialects.
        isV1 = isV1 && !(isAdfs && form.ContainsKey("scope"));
        var (claim, audience, wrong) = ReadRequest(http, form, authority, isV1);
        if (wrong is not null)
        {
            await wrong.WriteAsync(http, clock.GetUtcNow());
            return;
        }

        var verdict = await clients.CheckAsync(claim, TokenUrlOf(http), http.RequestAborted);
        if (verdict.Principal is not { } principal)
        {
            await RefuseAsync(http, claim.ClientId, verdict.Refusal ?? OAuthError.InvalidClient());
            return;
        }

        var issued = issuer.Issue(principal, audience, authority);
        Log.Issued(logger, principal.ObjectId, audience, issued.End);
        await TokenAnswer.WriteAsync(http, issued, audience, isV1);
    }

    // The URL that an assertion must name. The caller says what it is, so the host counts only when our certificate has it: at another
    // host an assertion for this one cannot have been asked for.
    private string? TokenUrlOf(HttpContext http)
    {
        var host = http.Request.Host.Host.Trim('[', ']');
        return Uri.CheckHostName(host) != UriHostNameType.Unknown
            && certificate.Current.MatchesHostname(host, allowWildcards: false, allowCommonName: false)
                ? $"https://{http.Request.Host}{http.Request.Path}"
                : null;
    }

    // Whoever fails too often waits; who proves who they are never does, whatever others try in their name.
    private async Task RefuseAsync(HttpContext http, string clientId, OAuthError refusal)
    {
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            var failing = $"{http.Connection.RemoteIpAddress} {clientId}";
            var wait = failures.WaitOf(failing);
            failures.Failed(failing);
            refusal = wait is null ? refusal : OAuthError.SlowDown(wait.Value);
        }

        // What is no GUID is shown to nobody: it may be a secret in the wrong field.
        var shown = Guid.TryParse(clientId, out var id) ? id.ToString() : "unknown";
        Log.Refused(logger, shown, refusal.Description, RequestIds.Of(http).CorrelationId);
        await refusal.WriteAsync(http, clock.GetUtcNow());
    }

    private static async Task<(IFormCollection? Form, OAuthError? Refusal)> ReadFormAsync(HttpContext http)
    {
        // A form is UTF-8, whatever else a charset parameter claims.
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)
            || !type.MediaType.Equals(FormType, StringComparison.OrdinalIgnoreCase)
            || (type.Charset.Length > 0 && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return (null, OAuthError.NotAForm());
        }

        if (BoundedBody.IsAnnounced(http, BodyBytesMax))
        {
            return (null, OAuthError.NotAForm());
        }

        http.Request.Body = new BoundedBody(http.Request.Body, BodyBytesMax);
        try
        {
            return (await http.Request.ReadFormAsync(Limits, http.RequestAborted), null);
        }
        catch (Exception malformed) when (malformed is InvalidDataException or BodyTooLargeException or BadHttpRequestException)
        {
            return (null, OAuthError.NotAForm());
        }
    }

    private static TokenRequest ReadRequest(HttpContext http, IFormCollection form, string authority, bool isV1)
    {
        OAuthError? refusal = null;
        string Required(string name, int lengthMax = ParameterLengthMax)
        {
            var value = form[name];
            refusal ??= value.Count != 1 || string.IsNullOrEmpty(value[0]) ? OAuthError.Missing(name)
                : value[0]?.Length > lengthMax ? OAuthError.TooLong(name)
                : null;
            return value.ToString();
        }

        var grant = Required("grant_type");
        refusal ??= grant == "client_credentials" ? null : OAuthError.UnsupportedGrant();
        var claim = ReadBasic(http) ?? (form.ContainsKey("client_assertion")
            ? new(Required("client_id"), null, new(Required("client_assertion", ClientAssertions.LengthMax)))
            : new ClientClaim(Required("client_id"), new(Required("client_secret")), null));
        if (claim.Assertion is not null && Required("client_assertion_type") != AssertionType)
        {
            refusal ??= OAuthError.Missing("client_assertion_type");
        }

        var resource = Required(isV1 ? "resource" : "scope");
        if (!isV1)
        {
            resource = resource.EndsWith(DefaultScope, StringComparison.Ordinal) ? resource[..^DefaultScope.Length] : string.Empty;
        }

        var audience = Audiences.Named(resource, authority);
        refusal ??= audience is null ? OAuthError.InvalidScope() : null;
        return new(claim, audience ?? string.Empty, refusal);
    }

    /// <summary>Client id and secret from HTTP Basic (RFC 6749 section 2.3.1); null when the header is absent or not that.</summary>
    private static ClientClaim? ReadBasic(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) || header.Length > ParameterLengthMax)
        {
            return null;
        }

        var buffer = new byte[header.Length];
        if (!Convert.TryFromBase64String(header["Basic ".Length..].Trim(), buffer, out var length))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2);
        return pair.Length == 2 ? new(Uri.UnescapeDataString(pair[0]), new(Uri.UnescapeDataString(pair[1])), null) : null;
    }

    private readonly record struct TokenRequest(ClientClaim Claim, string Audience, OAuthError? Refusal);

    private static partial class Log
    {
        [LoggerMessage(3010, LogLevel.Debug, "Issued a token for {Audience} to {ObjectId}, valid until {Until}.")]
        public static partial void Issued(ILogger logger, string objectId, string audience, DateTimeOffset until);

        [LoggerMessage(3011, LogLevel.Warning, "Refused client {ClientId} a token ({CorrelationId}): {Reason}")]
        public static partial void Refused(ILogger logger, string clientId, string reason, string correlationId);
    }
}
