using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>
/// Checks bearer tokens: algorithm, key, signature, issuer, audience and time; then says who the caller is. Safe for concurrent use.
/// </summary>
internal sealed class TokenValidator(DeploymentIdentity identity, TimeProvider clock)
{
    /// <summary>Clocks of clients and servers may differ by this much.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    /// <summary>Characters of a token; ours have about 900.</summary>
    private const int TokenLengthMax = 16 * 1024;

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = TokenLengthMax };
    private readonly string _tenantId = identity.Current.Administrator.TenantId;
    private readonly string _issuerEnd = $"/{identity.Current.Administrator.TenantId}/v2.0";
    private Known _known = new(identity.Current.Info.Version, new());

    // What was checked with other keys is checked again.
    private TokenCache Cache
    {
        get
        {
            var version = identity.Current.Info.Version;
            var known = Volatile.Read(ref _known);
            if (known.Version != version)
            {
                Volatile.Write(ref _known, known = new(version, new()));
            }

            return known.Tokens;
        }
    }

    /// <summary>The caller of a token that was checked before and has not ended; null when it has to be checked.</summary>
    public Principal? FindKnown(string token, IReadOnlyCollection<string> audiences) =>
        Cache.Find(token, string.Join(' ', audiences), clock.GetUtcNow());

    /// <summary>The caller that the token stands for, or the refusal that says what is wrong with it.</summary>
    public async Task<Result<Principal>> CheckAsync(string token, IReadOnlyCollection<string> audiences, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var (cache, outcome) = (Cache, await ValidateAsync(token, audiences, now));

        // Another instance may sign with a key that this one has not heard of yet.
        if (outcome.Exception is SecurityTokenSignatureKeyNotFoundException && await identity.RefreshAsync(cancel))
        {
            (cache, outcome) = (Cache, await ValidateAsync(token, audiences, now));
        }

        if (outcome is not { IsValid: true, SecurityToken: JsonWebToken valid })
        {
            return Refuse(outcome.Exception, audiences, now, _tenantId);
        }

        var read = ReadPrincipal(valid);
        if (read.Try(out var principal, out _))
        {
            var end = new DateTimeOffset(valid.ValidTo, TimeSpan.Zero) + ClockSkew;
            cache.Add(token, string.Join(' ', audiences), principal, end, now);
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
            throw new SecurityTokenExpiredException("The token has expired.") { Expires = ends };
        }

        return start is not { } starts || starts - ClockSkew <= now.UtcDateTime
            ? true
            : throw new SecurityTokenNotYetValidException("The token is not valid yet.") { NotBefore = starts };
    }

    private Task<TokenValidationResult> ValidateAsync(string token, IReadOnlyCollection<string> audiences, DateTimeOffset now) =>
        _handler.ValidateTokenAsync(token, new()
        {
            IssuerSigningKeys = identity.Current.SigningKeys.Where(key => key.Part.IsAccepted(now)).Select(key => key.Key),
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            ValidAudiences = audiences,
            IssuerValidator = (issuer, _, _) => issuer.EndsWith(_issuerEnd, StringComparison.OrdinalIgnoreCase)
                ? issuer
                : throw new SecurityTokenInvalidIssuerException("The issuer belongs to another tenant."),
            LifetimeValidator = (start, end, _, _) => InTime(start, end, now),
            IncludeTokenOnFailedValidation = false,
            LogValidationExceptions = false,
        });

    private Result<Principal> ReadPrincipal(JsonWebToken token)
    {
        string Claim(string name) => token.TryGetPayloadValue<string>(name, out var value) ? value ?? string.Empty : string.Empty;

        var (objectId, application, machine) = (Claim("oid"), Claim("appid"), Claim(Caller.MachineClaim));
        if (objectId.Length == 0 || !Claim("tid").Equals(_tenantId, StringComparison.OrdinalIgnoreCase))
        {
            return ArmErrors.TokenTenant(_tenantId);
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

    private sealed record Known(long Version, TokenCache Tokens);
}
