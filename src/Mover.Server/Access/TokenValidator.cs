using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;

namespace Mover.Server.Access;

/// <summary>
/// Checks bearer tokens: algorithm, key, signature, issuer, audience and time; then says who the caller is. Safe for concurrent use.
/// </summary>
internal sealed class TokenValidator(string tenantId, RsaSecurityKey key, TimeProvider clock)
{
    /// <summary>Clocks of clients and servers may differ by this much.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    /// <summary>Characters of a token; ours have about 900.</summary>
    private const int TokenLengthMax = 16 * 1024;

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = TokenLengthMax };
    private readonly string _issuerEnd = $"/{tenantId}/v2.0";
    private readonly TokenCache _cache = new();

    /// <summary>The caller of a token that was checked before and has not ended; null when it has to be checked.</summary>
    public Principal? FindKnown(string token, IReadOnlyCollection<string> audiences) =>
        _cache.Find(token, string.Join(' ', audiences), clock.GetUtcNow());

    /// <summary>The caller that the token stands for, or the refusal that says what is wrong with it.</summary>
    public async Task<Result<Principal>> CheckAsync(string token, IReadOnlyCollection<string> audiences)
    {
        var now = clock.GetUtcNow();
        var audience = string.Join(' ', audiences);
        var checks = new TokenValidationParameters
        {
            IssuerSigningKey = key,
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            ValidAudiences = audiences,
            IssuerValidator = (issuer, _, _) => issuer.EndsWith(_issuerEnd, StringComparison.OrdinalIgnoreCase)
                ? issuer
                : throw new SecurityTokenInvalidIssuerException("The issuer is another tenant's."),
            LifetimeValidator = (start, end, _, _) => InTime(start, end, now),
            IncludeTokenOnFailedValidation = false,
            LogValidationExceptions = false,
        };
        var outcome = await _handler.ValidateTokenAsync(token, checks);
        if (outcome is not { IsValid: true, SecurityToken: JsonWebToken valid })
        {
            return Refuse(outcome.Exception, audiences, now, tenantId);
        }

        var read = ReadPrincipal(valid);
        if (read.Try(out var principal, out _))
        {
            _cache.Add(token, audience, principal, new DateTimeOffset(valid.ValidTo, TimeSpan.Zero) + ClockSkew, now);
        }

        return read;
    }

    /// <summary>The refusal that tells what a failed validation found.</summary>
    public static ArmError Refuse(
        Exception? fault, IReadOnlyCollection<string> audiences, DateTimeOffset now, string tenant) => fault switch
    {
        SecurityTokenExpiredException expired => ArmErrors.TokenExpired(expired.Expires, now),
        SecurityTokenNotYetValidException early => ArmErrors.TokenNotYetValid(early.NotBefore, now),
        SecurityTokenInvalidAudienceException => ArmErrors.TokenAudience(audiences),
        SecurityTokenInvalidIssuerException => ArmErrors.TokenTenant(tenant),
        _ => ArmErrors.TokenInvalid(),
    };

    /// <summary>True within a token's time, with the clocks' difference; throws what says which side it is on.</summary>
    public static bool InTime(DateTime? start, DateTime? end, DateTimeOffset now)
    {
        if (end is not { } ends)
        {
            return false;
        }

        if (ends + ClockSkew <= now.UtcDateTime)
        {
            throw new SecurityTokenExpiredException("The token's time is over.") { Expires = ends };
        }

        return start is not { } starts || starts - ClockSkew <= now.UtcDateTime
            ? true
            : throw new SecurityTokenNotYetValidException("The token's time has not come.") { NotBefore = starts };
    }

    private Result<Principal> ReadPrincipal(JsonWebToken token)
    {
        string Claim(string name) => token.TryGetPayloadValue<string>(name, out var value) ? value ?? string.Empty : string.Empty;

        var (objectId, application, machine) = (Claim("oid"), Claim("appid"), Claim(TokenIssuer.MachineClaim));
        if (objectId.Length == 0 || !Claim("tid").Equals(tenantId, StringComparison.OrdinalIgnoreCase))
        {
            return ArmErrors.TokenTenant(tenantId);
        }

        if (machine.Length > 0)
        {
            return ResourceId.TryParse(machine, out var id)
                ? new Principal(objectId, application, application, PrincipalKind.Agent, id)
                : ArmErrors.TokenInvalid();
        }

        return Claim("idtyp") == "user"
            ? new Principal(objectId, application, Claim("upn"), PrincipalKind.User)
            : new Principal(objectId, application, application, PrincipalKind.Application) { Proof = Claim(TokenIssuer.ProofClaim) };
    }
}
