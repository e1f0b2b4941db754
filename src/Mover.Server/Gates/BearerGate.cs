using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.Server.Identity;
using Mover.Server.Throttling;

namespace Mover.Server.Gates;

/// <summary>
/// Says who calls: lets a request through when its bearer token is good now. Routes marked as anonymous are let through as they are. What
/// costs work before it is known who asks, is limited by the address that asks.
/// </summary>
internal sealed partial class BearerGate(
    RequestDelegate next, TokenValidator validator, ExternalIssuers externals, CurrentCaller callers, AddressLimit addresses,
    Administrator administrator, ILogger<BearerGate> logger)
{
    private const string Scheme = "Bearer ";

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<InnerCaller>() is { } inner)
        {
            await AdmitInnerAsync(http, inner.Principal);
            return;
        }

        var isVault = IsVault(http);
        var audiences = isVault ? Audiences.OfVault : Audiences.OfManagement;
        var isAnonymous = http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        var token = isAnonymous ? null : TokenOf(http);
        var known = token is null ? null : validator.FindKnown(token, audiences);
        if (known is null && addresses.WaitOf(http) is { } wait)
        {
            await ArmErrors.TooManyFromAddress(wait).WriteAsync(http);
            return;
        }

        if (isAnonymous)
        {
            await next(http);
            return;
        }

        var checkedNow = known ?? await AuthenticateAsync(http, token, audiences);
        if (!checkedNow.Try(out var principal, out var refusal)
            || (refusal = await callers.CheckAsync(principal, http.RequestAborted)) is not null)
        {
            Log.Refused(logger, refusal.Code, http.Request.Method, RequestIds.Of(http).CorrelationId);
            Challenge(http, refusal, isVault);
            await refusal.WriteAsync(http);
            return;
        }

        http.Features.Set(principal);
        http.User = AsClaims(principal);
        await next(http);
    }

    // It was admitted when it asked; it must still be there.
    private async Task AdmitInnerAsync(HttpContext http, Principal principal)
    {
        if (await callers.CheckAsync(principal, http.RequestAborted) is { } refusal)
        {
            await refusal.WriteAsync(http);
            return;
        }

        http.Features.Set(principal);
        http.User = AsClaims(principal);
        await next(http);
    }

    /// <summary>True for a path of the built-in vault.</summary>
    public static bool IsVault(HttpContext http) => http.Request.Path.StartsWithSegments("/vaults", StringComparison.OrdinalIgnoreCase);

    private static string? TokenOf(HttpContext http)
    {
        var header = http.Request.Headers.Authorization;
        var text = header.ToString();
        return header.Count == 1 && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && text.Length > Scheme.Length
            ? text[Scheme.Length..].Trim()
            : null;
    }

    private async Task<Result<Principal>> AuthenticateAsync(HttpContext http, string? token, IReadOnlyCollection<string> audiences) =>
        token is not null ? await externals.CheckAsync(token, http.RequestAborted)
                ?? await validator.CheckAsync(token, audiences, http.RequestAborted)
        : string.IsNullOrWhiteSpace(http.Request.Headers.Authorization.ToString()) ? ArmErrors.AuthorizationMissing()
        : ArmErrors.AuthorizationMalformed();

    /// <summary>Says where tokens come from, as ARM and Key Vault do. Source: RFC 6750 section 3.</summary>
    private void Challenge(HttpContext http, ArmError refusal, bool isVault)
    {
        var issuer = $"https://{http.Request.Host}/{administrator.TenantId}";
        var error = refusal.Code is "AuthenticationFailed" ? "" : $", error=\"invalid_token\", error_description=\"{refusal.Code}\"";
        http.Response.Headers.WWWAuthenticate = isVault
            ? $"Bearer authorization=\"{issuer}\", resource=\"{Audiences.Vault}\"{error}"
            : $"Bearer authorization_uri=\"{issuer}\"{error}";
    }

    private static ClaimsPrincipal AsClaims(Principal principal)
    {
        var identity = new ClaimsIdentity("Bearer");
        identity.AddClaim(new("oid", principal.ObjectId));
        identity.AddClaim(new("appid", principal.ApplicationId));
        identity.AddClaim(new("idtyp", principal.Kind is PrincipalKind.User ? "user" : "app"));
        identity.AddClaim(new("name", principal.Name));
        if (principal.Kind is PrincipalKind.Agent)
        {
            identity.AddClaim(new(Caller.MachineClaim, principal.Machine.Text));
        }

        return new(identity);
    }

    private static partial class Log
    {
        [LoggerMessage(3020, LogLevel.Information, "Rejected a {Method} request with {Code} ({CorrelationId}).")]
        public static partial void Refused(ILogger logger, string code, string method, string correlationId);
    }
}
