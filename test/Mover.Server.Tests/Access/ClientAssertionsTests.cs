using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Mover.Server.Access;

namespace Mover.Server.Tests.Access;

public sealed class ClientAssertionsTests : IDisposable
{
    private const string Url = "https://127.0.0.1:7443/t/oauth2/v2.0/token";
    private readonly string _client = Guid.NewGuid().ToString();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    private readonly ClientAssertions _assertions;

    public ClientAssertionsTests() => _assertions = new(new ReplayCache(), _clock);

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task An_assertion_signed_just_now_is_accepted_once()
    {
        var assertion = Make();

        Assert.Null(await CheckAsync(assertion));
        Assert.Contains("already used", (await CheckAsync(assertion))!.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_within_the_clocks_tolerance_are_accepted()
    {
        Assert.Null(await CheckAsync(Make(start: TimeSpan.FromMinutes(1), end: TimeSpan.FromMinutes(10))));
        Assert.Null(await CheckAsync(Make(end: TimeSpan.FromMinutes(-1))));
    }

    [Theory]
    [InlineData(-180, null, "expired")]
    [InlineData(3600, null, "more than 10 minutes ahead")]
    [InlineData(300, 200, "'nbf' is in the future")]
    public async Task Wrong_times_are_refused(int endSeconds, int? startSeconds, string why)
    {
        var start = startSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;

        var refusal = await CheckAsync(Make(start: start, end: TimeSpan.FromSeconds(endSeconds)));

        Assert.Equal("invalid_client", refusal!.Error);
        Assert.Contains(why, refusal.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_issuer_subject_or_audience_is_refused()
    {
        Assert.Contains("'iss'", (await CheckAsync(Make(issuer: "other")))!.Description, StringComparison.Ordinal);
        Assert.Contains("'sub'", (await CheckAsync(Make(subject: "other")))!.Description, StringComparison.Ordinal);
        Assert.Contains("'aud'", (await CheckAsync(Make(audience: "https://other/t/oauth2/v2.0/token")))!.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("long")]
    public async Task A_missing_or_absurd_id_is_refused(string? id) =>
        Assert.Contains("'jti'", (await CheckAsync(Make(id: id == "long" ? new('x', 129) : id, hasId: id is not null)))!.Description, StringComparison.Ordinal);

    [Fact]
    public async Task Another_key_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Contains("signature", (await CheckAsync(Make(key: other)))!.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_signature_is_refused()
    {
        var parts = Make().Split('.');
        var none = Base64UrlEncoder.Encode("""{"alg":"none"}""");

        Assert.NotNull(await CheckAsync($"{none}.{parts[1]}."));
        Assert.NotNull(await CheckAsync($"{parts[0]}.{parts[1]}."));
        Assert.NotNull(await CheckAsync("not a token"));
        Assert.NotNull(await CheckAsync(new string('a', ClientAssertions.LengthMax + 1)));
    }

    [Fact]
    public async Task The_public_key_as_a_shared_secret_is_refused()
    {
        var secret = new SymmetricSecurityKey(_key.ExportSubjectPublicKeyInfo());

        Assert.NotNull(await CheckAsync(Make(credentials: new(secret, SecurityAlgorithms.HmacSha256))));
    }

    [Fact]
    public void A_full_memory_refuses_until_ids_expire()
    {
        var cache = new ReplayCache(idsMax: 2);
        var until = _clock.Now.AddMinutes(1);

        Assert.Equal(ReplayVerdict.First, cache.TryUse("c", "a", until, _clock.Now));
        Assert.Equal(ReplayVerdict.First, cache.TryUse("d", "a", until, _clock.Now));
        Assert.Equal(ReplayVerdict.Replayed, cache.TryUse("c", "a", until, _clock.Now));
        Assert.Equal(ReplayVerdict.Full, cache.TryUse("e", "c", until, _clock.Now));
        Assert.Equal(ReplayVerdict.First, cache.TryUse("e", "c", until.AddMinutes(1), until));
    }

    [Fact]
    public void The_assertion_that_expires_first_is_forgotten_first()
    {
        var cache = new ReplayCache(idsMax: 2);

        Assert.Equal(ReplayVerdict.First, cache.TryUse("c", "late", _clock.Now.AddMinutes(10), _clock.Now));
        Assert.Equal(ReplayVerdict.First, cache.TryUse("c", "soon", _clock.Now.AddMinutes(1), _clock.Now));
        Assert.Equal(ReplayVerdict.First, cache.TryUse("c", "next", _clock.Now.AddMinutes(9), _clock.Now.AddMinutes(1)));
        Assert.Equal(ReplayVerdict.Replayed, cache.TryUse("c", "late", _clock.Now.AddMinutes(10), _clock.Now.AddMinutes(9)));
    }

    [Fact]
    public async Task A_client_that_uses_up_its_own_room_waits_until_its_assertions_end_and_nobody_else_does()
    {
        for (var used = 0; used < 100; used++)
        {
            Assert.Null(await CheckAsync(Make(end: TimeSpan.FromMinutes(2))));
        }

        var tooMany = await CheckAsync(Make());
        var other = Guid.NewGuid().ToString();
        var others = await _assertions.CheckAsync(Make(issuer: other, subject: other), other, _key, Url);
        _clock.Now += TimeSpan.FromMinutes(2) + TokenValidator.ClockSkew;
        var later = await CheckAsync(Make());

        Assert.Equal(429, tooMany?.Status);
        Assert.NotNull(tooMany?.RetryAfter);
        Assert.Null(others);
        Assert.Null(later);
    }

    private Task<OAuthError?> CheckAsync(string assertion) => _assertions.CheckAsync(assertion, _client, _key, Url);

    private string Make(
        string? issuer = null, string? subject = null, string audience = Url, string? id = "", bool hasId = true, TimeSpan? start = null,
        TimeSpan? end = null, ECDsa? key = null, SigningCredentials? credentials = null)
    {
        var claims = new Dictionary<string, object> { ["sub"] = subject ?? _client };
        if (hasId)
        {
            claims["jti"] = id is { Length: > 0 } ? id : Guid.NewGuid().ToString();
        }

        var handler = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false };
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? _client,
            Audience = audience,
            NotBefore = start is { } from ? (_clock.Now + from).UtcDateTime : null,
            Expires = (_clock.Now + (end ?? TimeSpan.FromMinutes(2))).UtcDateTime,
            Claims = claims,
            SigningCredentials = credentials ?? new(new ECDsaSecurityKey(key ?? _key), SecurityAlgorithms.EcdsaSha256),
        });
    }
}
