using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Authorization;
using Mover.Server.Settings;

namespace Mover.Server.Access;

/// <summary>
/// Checks tokens of the configured OpenID Connect issuers and says who their bearers are. A bearer is known by issuer and <c>oid</c>; one
/// without is known by issuer and an id made from <c>sub</c>, which refusals show. What is no GUID in <c>oid</c> is made one, and never the
/// same as that of a <c>sub</c>. Whatever ids a token claims, they are its issuer's: they match no assignment to an identity of this
/// control plane or of another issuer, and names of its bearers are shown with the issuer.
/// </summary>
internal sealed class ExternalIssuers : IDisposable
{
    private const int TokenLengthMax = 16 * 1024;
    private const int AnswerBytesMax = 1024 * 1024;
    private const int GroupsMax = 200;
    private const int NameCharsMax = 256;
    private static readonly TimeSpan AnswerWaitMax = TimeSpan.FromSeconds(10);
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384,
    ];

    private readonly Principals _principals;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly Dictionary<string, (ExternalIssuer Issuer, IssuerKeys Keys)> _issuers;
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = TokenLengthMax };

    public ExternalIssuers(ServerOptions options, Principals principals, TimeProvider clock)
    {
        (_principals, _clock) = (principals, clock);
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            Timeout = AnswerWaitMax,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
        _issuers = options.Issuers.ToDictionary(i => i.Issuer, i => (i, new IssuerKeys(i.Issuer, _http, clock)), StringComparer.Ordinal);
    }

    /// <summary>The bearer or the refusal; null when the token is of none of these issuers.</summary>
    public async Task<Result<Principal>?> CheckAsync(string token, CancellationToken cancel)
    {
        if (_issuers.Count == 0 || token.Length > TokenLengthMax || !_handler.CanReadToken(token)
            || IssuerOf(token) is not { } unread || !_issuers.TryGetValue(unread.Issuer, out var known))
        {
            return null;
        }

        var keys = await known.Keys.FindAsync(unread.Kid, cancel);
        if (keys.Count == 0)
        {
            return ArmErrors.IssuerUnreachable(known.Issuer.Issuer);
        }

        var now = _clock.GetUtcNow();
        var outcome = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = keys,
            ValidAlgorithms = Algorithms,
            ValidIssuer = known.Issuer.Issuer,
            ValidAudience = known.Issuer.Audience,
            LifetimeValidator = (start, end, _, _) => TokenValidator.InTime(start, end, now),
            IncludeTokenOnFailedValidation = false,
            LogValidationExceptions = false,
        });
        return outcome is { IsValid: true, SecurityToken: JsonWebToken valid }
            ? await ReadAsync(valid, cancel)
            : TokenValidator.Refuse(outcome.Exception, [known.Issuer.Audience], now, known.Issuer.Issuer);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, keys) in _issuers.Values)
        {
            keys.Dispose();
        }

        _http.Dispose();
    }

    private JsonWebToken? IssuerOf(string token)
    {
        try
        {
            return _handler.ReadJsonWebToken(token);
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    private async Task<Result<Principal>> ReadAsync(JsonWebToken token, CancellationToken cancel)
    {
        string? Claim(params string[] names) => names
            .Select(name => token.TryGetPayloadValue<string>(name, out var value) ? value : null)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));

        var (oid, subject) = (Claim("oid"), Claim("sub"));
        var objectId = Guid.TryParse(oid, out var id) ? id.ToString()
            : oid is not null ? Derived($"{token.Issuer}\0oid\0{oid}")
            : subject is not null ? Derived($"{token.Issuer}\n{subject}")
            : null;
        if (objectId is null)
        {
            return ArmErrors.TokenInvalid();
        }

        if (await _principals.IsOwnAsync(objectId, cancel))
        {
            return ArmErrors.TokenPosesAsOwn();
        }

        // An issuer's users choose their names: without the issuer one could be the administrator's, or another program's id.
        string Named(string claimed) => $"{PrintedText.Of(claimed, NameCharsMax)} ({token.Issuer})";

        var application = Named(Claim("appid", "azp", "client_id") ?? objectId);
        var name = Claim("upn", "preferred_username", "unique_name", "email", "name") is { } claimed ? Named(claimed) : null;
        var isApplication = Claim("idtyp") == "app" || name is null;
        _ = token.TryGetPayloadValue<List<string>>("groups", out var groups);
        return new Principal(objectId, application, isApplication ? application : name ?? objectId,
            isApplication ? PrincipalKind.Application : PrincipalKind.User)
        {
            Issuer = token.Issuer,
            Groups = [.. (groups ?? []).Take(GroupsMax).Select(GroupId).OfType<string>()],
        };
    }

    // What is no GUID cannot be assigned to.
    private static string? GroupId(string claimed) => Guid.TryParse(claimed, out var id) ? id.ToString() : null;

    // Texts of a sub and of an oid differ behind the issuer, whatever they claim.
    private static string Derived(string text) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)).ToString();
}
