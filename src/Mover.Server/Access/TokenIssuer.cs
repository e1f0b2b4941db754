using System.Globalization;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Mover.Core.Access;
using Mover.Server.Arm;

namespace Mover.Server.Access;

/// <summary>A token and when it ends.</summary>
/// <param name="Token">The signed token.</param>
/// <param name="Start">From when it is valid.</param>
/// <param name="End">Until when it is valid.</param>
internal sealed record IssuedToken(Secret Token, DateTimeOffset Start, DateTimeOffset End);

/// <summary>Signs access tokens (RS256) whose claims are those of Entra ID's that clients and Azure Resource Manager look at.</summary>
internal sealed class TokenIssuer(string tenantId, Func<RsaSecurityKey> key, TimeProvider clock)
{
    /// <summary>How long a token is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>The claim with the fingerprint of the secret that the token was given for.</summary>
    public const string ProofClaim = "mover_proof";

    private const int TokenIdBytes = 16;

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>
    /// Issues a token for the principal and the audience, from the issuer at <paramref name="authority"/> (<c>https://host:port</c>).
    /// </summary>
    public IssuedToken Issue(Principal principal, string audience, string authority, TimeSpan? lifetime = null)
    {
        var now = clock.GetUtcNow();
        var end = now + (lifetime ?? Lifetime);
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["oid"] = principal.ObjectId,
            ["sub"] = principal.ObjectId,
            ["appid"] = principal.ApplicationId,
            ["tid"] = tenantId,
            ["idtyp"] = principal.Kind is PrincipalKind.User ? "user" : "app",
            ["uti"] = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(TokenIdBytes)),
        };
        if (principal.Kind is PrincipalKind.User)
        {
            claims["upn"] = principal.Name;
        }
        else if (principal.Kind is PrincipalKind.Agent)
        {
            claims[Caller.MachineClaim] = principal.Machine.Text;
        }
        else if (principal.Proof is { } proof)
        {
            claims[ProofClaim] = proof;
        }

        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = IssuerAt(authority, tenantId),
            Audience = audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = end.UtcDateTime,
            Claims = claims,
            SigningCredentials = new(key(), SecurityAlgorithms.RsaSha256),
        });
        return new(new Secret(token), now, end);
    }

    /// <summary>
    /// The issuer's name as reached at an authority. A control plane has several addresses, so the part that identifies it is the tenant:
    /// a token from one address is good at every other.
    /// </summary>
    public static string IssuerAt(string authority, string tenantId) =>
        string.Create(CultureInfo.InvariantCulture, $"{authority.TrimEnd('/')}/{tenantId}/v2.0");
}
