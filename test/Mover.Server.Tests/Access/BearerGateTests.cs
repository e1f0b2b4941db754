using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Access;
using Mover.Server.Identity;
using Mover.Server.Tests.Tls;
using Mover.Testing;

namespace Mover.Server.Tests.Access;

public sealed class BearerGateTests : IAsyncLifetime
{
    private const string Path = "/servicePrincipals";
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    private TestServer _server = null!;
    private Administrator _administrator = null!;
    private RsaSecurityKey _key = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(clock: _clock);
        var files = new IdentityFiles(_server.Folder);
        _administrator = files.ReadAdministrator()!;
        _key = files.ReadSigningKey()!;
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task An_administrators_token_made_offline_is_accepted()
    {
        var answer = await AskAsync(AdministratorToken.Create(_server.Folder, _clock).Reveal());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task No_token_is_refused_and_the_answer_says_where_tokens_are()
    {
        var answer = await AskAsync(null);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("AuthenticationFailed", await answer.ErrorCodeAsync());
        Assert.Equal($"Bearer authorization_uri=\"{_server.Url}/{_administrator.TenantId}\"", answer.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task An_unknown_path_is_refused_before_it_is_found_missing()
    {
        var answer = await AskAsync(null, "/nowhere");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task An_expired_token_is_refused_and_named_so()
    {
        var token = AdministratorToken.Create(_server.Folder, _clock).Reveal();

        _clock.Now += TokenIssuer.Lifetime + TokenValidator.ClockSkew + TimeSpan.FromSeconds(1);

        await IsRefusedAsync(token, "ExpiredAuthenticationToken");
    }

    [Fact]
    public async Task A_token_from_the_future_is_refused()
    {
        _clock.Now += TimeSpan.FromHours(1);
        var token = AdministratorToken.Create(_server.Folder, _clock).Reveal();
        _clock.Now -= TimeSpan.FromHours(1);

        await IsRefusedAsync(token, "InvalidAuthenticationToken");
    }

    [Fact]
    public async Task A_token_without_a_signature_is_refused()
    {
        var signed = AdministratorToken.Create(_server.Folder, _clock).Reveal().Split('.');
        var none = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""");

        await IsRefusedAsync($"{none}.{signed[1]}.", "InvalidAuthenticationToken");
        await IsRefusedAsync($"{signed[0]}.{signed[1]}.", "InvalidAuthenticationToken");
    }

    [Fact]
    public async Task A_token_signed_with_the_public_key_as_a_shared_secret_is_refused()
    {
        var secret = new SymmetricSecurityKey(_key.Rsa.ExportSubjectPublicKeyInfo()) { KeyId = _key.KeyId };

        await IsRefusedAsync(Sign(new(secret, SecurityAlgorithms.HmacSha256)), "InvalidAuthenticationToken");
    }

    [Fact]
    public async Task A_token_of_another_key_is_refused_whatever_its_key_id_says()
    {
        using var rsa = RSA.Create(2048);

        await IsRefusedAsync(Sign(new(new RsaSecurityKey(rsa) { KeyId = _key.KeyId }, SecurityAlgorithms.RsaSha256)), "InvalidAuthenticationToken");
        await IsRefusedAsync(Sign(new(new RsaSecurityKey(rsa) { KeyId = "other" }, SecurityAlgorithms.RsaSha256)), "InvalidAuthenticationToken");
    }

    [Fact]
    public async Task A_token_of_our_key_under_another_key_id_is_refused() =>
        await IsRefusedAsync(Sign(new(new RsaSecurityKey(_key.Rsa) { KeyId = "other" }, SecurityAlgorithms.RsaSha256)), "InvalidAuthenticationToken");

    [Fact]
    public async Task A_changed_payload_is_refused()
    {
        var parts = AdministratorToken.Create(_server.Folder, _clock).Reveal().Split('.');
        var payload = JsonNode.Parse(Base64UrlEncoder.Decode(parts[1]))!;
        payload["oid"] = Guid.NewGuid().ToString();

        await IsRefusedAsync($"{parts[0]}.{Base64UrlEncoder.Encode(payload.ToJsonString())}.{parts[2]}", "InvalidAuthenticationToken");
    }

    [Fact]
    public async Task A_token_for_another_audience_is_refused()
    {
        var issuer = new TokenIssuer(_administrator.TenantId, () => _key, _clock);

        var token = issuer.Issue(_administrator.AsUser(), Audiences.Vault, _server.Url).Token.Reveal();

        await IsRefusedAsync(token, "InvalidAuthenticationTokenAudience");
    }

    [Fact]
    public async Task A_token_of_another_tenant_is_refused()
    {
        var issuer = new TokenIssuer(Guid.NewGuid().ToString(), () => _key, _clock);

        var token = issuer.Issue(_administrator.AsUser(), Audiences.Management, _server.Url).Token.Reveal();

        await IsRefusedAsync(token, "InvalidAuthenticationTokenTenant");
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic YTpi")]
    [InlineData("token")]
    public async Task A_header_without_a_bearer_token_is_refused(string header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.TryAddWithoutValidation("Authorization", header);

        var answer = await Anonymous().SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("AuthenticationFailedInvalidHeader", await answer.ErrorCodeAsync());
    }

    [Fact]
    public async Task Garbage_tokens_are_refused_and_break_nothing()
    {
        var seed = Setting.Seed(159);
        var random = new Random(seed);
        var good = AdministratorToken.Create(_server.Folder, _clock).Reveal();

        for (var round = 0; round < 200; round++)
        {
            var text = new StringBuilder(good);
            text[random.Next(text.Length)] = (char)random.Next(33, 127);
            text.Length = random.Next(1, text.Length);
            var answer = await AskAsync(text.ToString());
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"seed {seed}, round {round}: {text} was answered {answer.StatusCode}");
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(new string('a', 20_000))).StatusCode);
    }

    [Fact]
    public async Task An_agents_token_opens_nothing_but_the_agents_own()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var machine = ResourceId.OfGroup(_server.Subscription, "g").Provider("Microsoft.HybridCompute/machines", "m");
        var issuer = new TokenIssuer(_administrator.TenantId, () => _key, _clock);
        await _server.CreateGroupAsync("g");
        var body = """{"location":"eastus","identity":{"type":"SystemAssigned"},"properties":{"clientPublicKey":"KEY"}}""".Replace(
            "KEY", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), StringComparison.Ordinal);
        var made = await (await _server.PutAsync(machine.Text, body)).JsonAsync();
        var principalId = made["identity"]!["principalId"]!.GetValue<string>();
        var agent = new Principal(principalId, principalId, principalId, PrincipalKind.Agent, machine);

        var answer = await AskAsync(issuer.Issue(agent, Audiences.Management, _server.Url).Token.Reveal());

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var error = (await answer.JsonAsync())["error"]!;
        Assert.Equal("AuthorizationFailed", error["code"]!.GetValue<string>());
        Assert.Contains("'Microsoft.Authorization/servicePrincipals/read'", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_keeps_tokens_and_the_authority_valid()
    {
        var token = AdministratorToken.Create(_server.Folder, _clock).Reveal();
        var authority = await File.ReadAllTextAsync(System.IO.Path.Combine(_server.Folder, "tls", "ca.pem"));

        await _server.RestartAsync();

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(token)).StatusCode);
        Assert.Equal(authority, await File.ReadAllTextAsync(System.IO.Path.Combine(_server.Folder, "tls", "ca.pem")));
    }

    [Fact]
    public async Task A_client_that_pins_the_authority_is_served_and_one_that_does_not_refuses()
    {
        using var pinned = new HttpClient(Pinning(X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(System.IO.Path.Combine(_server.Folder, "tls", "ca.pem")))));
        using var another = Mover.Server.Tls.CertificateAuthority.Create(DateTimeOffset.UtcNow);
        using var wrong = new HttpClient(Pinning(another.Certificate));
        var url = new Uri($"{_server.Url}/{_administrator.TenantId}/discovery/v2.0/keys");

        var keys = JsonNode.Parse(await pinned.GetStringAsync(url))!["keys"]![0]!;

        Assert.Equal(_key.KeyId, keys["kid"]!.GetValue<string>());
        Assert.Null(keys["d"]);
        await Assert.ThrowsAsync<HttpRequestException>(() => wrong.GetStringAsync(url));
    }

    private static SocketsHttpHandler Pinning(X509Certificate2 authority)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = authority.Alone();
        return handler;
    }

    private string Sign(SigningCredentials credentials) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = TokenIssuer.IssuerAt(_server.Url, _administrator.TenantId),
        Audience = Audiences.Management,
        Expires = _clock.Now.UtcDateTime.AddHours(1),
        Claims = new Dictionary<string, object> { ["oid"] = _administrator.ObjectId, ["tid"] = _administrator.TenantId },
        SigningCredentials = credentials,
    });

    private async Task IsRefusedAsync(string token, string code)
    {
        var answer = await AskAsync(token);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(code, await answer.ErrorCodeAsync());
        Assert.Contains("error=\"invalid_token\"", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> AskAsync(string? token, string path = Path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await Anonymous().SendAsync(request);
    }

    private HttpClient Anonymous()
    {
        _server.Http.DefaultRequestHeaders.Authorization = null;
        return _server.Http;
    }
}
