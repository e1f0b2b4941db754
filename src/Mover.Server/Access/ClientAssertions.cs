using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mover.Server.Access;

/// <summary>
/// Checks the assertions that agents sign for themselves: ES256 with the key of their hybrid machine, short-lived, for this token URL, used
/// once. Source: RFC 7523 section 3.
/// </summary>
internal sealed class ClientAssertions(ReplayCache used, TimeProvider clock)
{
    /// <summary>How far ahead an assertion may end.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromMinutes(10);

    /// <summary>Characters of a <c>jti</c>.</summary>
    public const int IdLengthMax = 128;

    /// <summary>Characters of an assertion.</summary>
    public const int LengthMax = 8 * 1024;

    private static readonly TimeSpan BusyWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TooManyWait = TimeSpan.FromSeconds(30);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = LengthMax };

    /// <summary>
    /// Null when the assertion proves that <paramref name="clientId"/> signed it just now for <paramref name="tokenUrl"/>.
    /// </summary>
    /// <param name="assertion">The compact JWT.</param>
    /// <param name="clientId">Who must have issued it and be its subject.</param>
    /// <param name="publicKey">The client's P-256 key.</param>
    /// <param name="tokenUrl">The audience it must name; null when it was sent to a host that is not one of ours.</param>
    public async Task<OAuthError?> CheckAsync(string assertion, string clientId, ECDsa publicKey, string? tokenUrl)
    {
        var now = clock.GetUtcNow();
        var checks = new TokenValidationParameters
        {
            // A cached provider would outlive its key.
            IssuerSigningKey = new ECDsaSecurityKey(publicKey)
            {
                CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
            },
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidIssuer = clientId,
            AudienceValidator = (audiences, _, _) =>
                tokenUrl is not null && audiences.Contains(tokenUrl, StringComparer.OrdinalIgnoreCase),
            LifetimeValidator = (start, end, _, _) => InTime(start, end, now.UtcDateTime),
            IncludeTokenOnFailedValidation = false,
            LogValidationExceptions = false,
        };
        var outcome = await _handler.ValidateTokenAsync(assertion, checks);
        if (outcome is not { IsValid: true, SecurityToken: JsonWebToken token })
        {
            return Describe(outcome.Exception);
        }

        return CheckClaims(token, clientId) is { } problem ? OAuthError.InvalidAssertion(problem) : CheckUse(token, clientId, now);
    }

    private static OAuthError Describe(Exception? fault) => OAuthError.InvalidAssertion(fault switch
    {
        SecurityTokenInvalidAudienceException =>
            "'aud' is not the URL it was sent to, or that URL's host is not in this control plane's certificate.",
        SecurityTokenInvalidIssuerException => "'iss' is not the client id.",
        SecurityTokenInvalidLifetimeException =>
            $"it has expired, its 'nbf' is in the future, or its 'exp' is missing or more "
            + $"than {LifetimeMax.TotalMinutes:F0} minutes ahead.",
        SecurityTokenInvalidAlgorithmException => "the algorithm is not ES256.",
        SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException =>
            "the signature does not match the key of the client's machine.",
        _ => "it is not a signed JWT.",
    });

    private static bool InTime(DateTime? start, DateTime? end, DateTime now)
    {
        var skew = TokenValidator.ClockSkew;
        return end is { } ends
            && ends + skew > now
            && ends <= now + LifetimeMax + skew
            && (start is not { } starts || starts <= now + skew);
    }

    private static string? CheckClaims(JsonWebToken token, string clientId)
    {
        if (!string.Equals(token.Subject, clientId, StringComparison.OrdinalIgnoreCase))
        {
            return "'sub' is not the client id.";
        }

        return token.Id is { Length: > 0 and <= IdLengthMax } ? null : $"'jti' must have 1 to {IdLengthMax} characters.";
    }

    private OAuthError? CheckUse(JsonWebToken token, string clientId, DateTimeOffset now)
    {
        // From then on it is refused for its time.
        var forgetAt = new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + TokenValidator.ClockSkew;
        return used.TryUse(clientId.ToLowerInvariant(), token.Id, forgetAt, now) switch
        {
            ReplayVerdict.First => null,
            ReplayVerdict.Replayed => OAuthError.InvalidAssertion("it was already used ('jti')."),
            ReplayVerdict.ClientFull => OAuthError.TooManyTokens(ReplayCache.ClientIdsMaxDefault, TooManyWait),
            _ => OAuthError.Busy(BusyWait),
        };
    }
}
