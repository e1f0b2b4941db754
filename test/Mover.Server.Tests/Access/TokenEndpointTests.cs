using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Mover.Server.Access;
using Mover.Server.Identity;
using Mover.Testing;

namespace Mover.Server.Tests.Access;

public sealed class TokenEndpointTests : IAsyncLifetime
{
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    private TestServer _server = null!;
    private Administrator _administrator = null!;

    private string V2 => $"/{_administrator.TenantId}/oauth2/v2.0/token";

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(clock: _clock);
        _administrator = new IdentityFiles(_server.Folder).ReadAdministrator()!;
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_administrators_secret_buys_a_token_that_opens_the_api()
    {
        var answer = await PostAsync(V2, Good());

        var token = (await answer.JsonAsync())["access_token"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal(3600, (await answer.JsonAsync())["expires_in"]!.GetValue<int>());
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(token)).StatusCode);
        Assert.Equal(_administrator.ObjectId, new JsonWebToken(token).GetPayloadValue<string>("oid"));
    }

    [Fact]
    public async Task The_older_endpoint_takes_a_resource_and_answers_numbers_as_text()
    {
        var answer = await PostAsync($"/{_administrator.TenantId}/oauth2/token", [
            new("grant_type", "client_credentials"), new("client_id", _administrator.ClientId),
            new("client_secret", _administrator.ClientSecret.Reveal()), new("resource", "https://management.core.windows.net/"),
        ]);

        var body = await answer.JsonAsync();
        Assert.Equal("3600", body["expires_in"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(body["access_token"]!.GetValue<string>())).StatusCode);
    }

    [Fact]
    public async Task Basic_authentication_of_the_client_is_accepted()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, V2);
        request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("scope", $"{_server.Url}/.default")]);
        var pair = $"{_administrator.ClientId}:{Uri.EscapeDataString(_administrator.ClientSecret.Reveal())}";
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));

        Assert.Equal(HttpStatusCode.OK, (await _server.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_token_for_the_vault_opens_the_vault_and_not_the_api()
    {
        var answer = await PostAsync(V2, Good("https://vault.azure.net/.default"));
        var token = (await answer.JsonAsync())["access_token"]!.GetValue<string>();

        Assert.Equal(HttpStatusCode.OK, (await CallAsync(token, "/vaults/vault1/secrets")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(token)).StatusCode);
    }

    [Fact]
    public async Task A_service_principal_has_its_own_secret_until_it_is_deleted()
    {
        var made = await (await _server.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"ci"}""")).JsonAsync();
        var (id, secret) = (made["appId"]!.GetValue<string>(), made["password"]!.GetValue<string>());

        var first = await PostAsync(V2, Good(clientId: id, secret: secret));
        await _server.SendAsync(HttpMethod.Delete, $"/servicePrincipals/{id}");
        var second = await PostAsync(V2, Good(clientId: id, secret: secret));

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(id, new JsonWebToken((await first.JsonAsync())["access_token"]!.GetValue<string>()).GetPayloadValue<string>("appid"));
        await IsRefusedAsync(second, HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Fact]
    public async Task A_token_ends_with_the_service_principal_that_it_was_given_to()
    {
        var made = await (await _server.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"ci"}""")).JsonAsync();
        var (id, secret) = (made["appId"]!.GetValue<string>(), made["password"]!.GetValue<string>());
        var token = (await (await PostAsync(V2, Good(clientId: id, secret: secret))).JsonAsync())["access_token"]!.GetValue<string>();
        var path = $"/subscriptions/{_server.Subscription}/resourceGroups?api-version=2021-04-01";

        var before = await CallAsync(token, path);
        await _server.SendAsync(HttpMethod.Delete, $"/servicePrincipals/{id}");
        var after = await CallAsync(token, path);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized), (before.StatusCode, after.StatusCode));
        Assert.Equal("InvalidAuthenticationToken", await after.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_token_ends_with_the_administrators_secret_that_it_was_given_for()
    {
        var token = (await (await PostAsync(V2, Good())).JsonAsync())["access_token"]!.GetValue<string>();
        await _server.StopAsync();
        var replaced = AdministratorAccount.ReplaceSecret(_server.Folder);

        await _server.StartAgainAsync();
        var withNew = await PostAsync(V2, Good(secret: replaced.ClientSecret.Reveal()));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), ((await CallAsync(token)).StatusCode, withNew.StatusCode));
    }

    [Fact]
    public async Task A_running_server_hears_of_a_secret_that_was_replaced_on_its_host()
    {
        var token = (await (await PostAsync(V2, Good())).JsonAsync())["access_token"]!.GetValue<string>();
        var before = await CallAsync(token);

        var replaced = AdministratorAccount.ReplaceSecret(_server.Folder);
        var oldToken = await CallAsync(token);
        var oldSecret = await PostAsync(V2, Good());
        var newSecret = await PostAsync(V2, Good(secret: replaced.ClientSecret.Reveal()));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (before.StatusCode, oldToken.StatusCode));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (oldSecret.StatusCode, newSecret.StatusCode));
    }

    [Fact]
    public async Task A_valid_sign_in_is_not_delayed_by_failed_attempts_of_others()
    {
        for (var attempt = 0; attempt <= FailureLimit.FailuresMax; attempt++)
        {
            await PostAsync(V2, Good(secret: "wrong"));
        }

        var wrong = await PostAsync(V2, Good(secret: "wrong"));
        var right = await PostAsync(V2, Good());

        Assert.Equal((HttpStatusCode.TooManyRequests, HttpStatusCode.OK), (wrong.StatusCode, right.StatusCode));
    }

    [Fact]
    public async Task A_listing_of_service_principals_shows_no_secret()
    {
        var made = await (await _server.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"ci"}""")).JsonAsync();

        var listed = await (await _server.SendAsync(HttpMethod.Get, "/servicePrincipals")).Content.ReadAsStringAsync();

        Assert.Contains(made["appId"]!.GetValue<string>(), listed, StringComparison.Ordinal);
        Assert.DoesNotContain("password", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("hash", listed, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_as_the_rfc_says()
    {
        var answer = await PostAsync(V2, Good(secret: "wrong"));

        await IsRefusedAsync(answer, HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal("Basic realm=\"token\"", answer.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task Failures_make_that_client_wait_and_no_other()
    {
        for (var attempt = 0; attempt < FailureLimit.FailuresMax; attempt++)
        {
            await IsRefusedAsync(await PostAsync(V2, Good(clientId: Guid.Empty.ToString())), HttpStatusCode.Unauthorized, "invalid_client");
        }

        var limited = await PostAsync(V2, Good(clientId: Guid.Empty.ToString()));
        var other = await PostAsync(V2, Good());
        _clock.Now += FailureLimit.Window;
        var later = await PostAsync(V2, Good(clientId: Guid.Empty.ToString()));

        await IsRefusedAsync(limited, HttpStatusCode.TooManyRequests, "temporarily_unavailable");
        Assert.Equal(FailureLimit.Window, limited.Headers.RetryAfter!.Delta);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        await IsRefusedAsync(later, HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Theory]
    [InlineData("grant_type", "password", "unsupported_grant_type")]
    [InlineData("grant_type", "", "invalid_request")]
    [InlineData("scope", "https://storage.azure.com/.default", "invalid_scope")]
    [InlineData("scope", "openid", "invalid_scope")]
    [InlineData("scope", "", "invalid_request")]
    [InlineData("client_id", "", "invalid_request")]
    [InlineData("client_secret", "", "invalid_request")]
    public async Task A_wrong_parameter_is_refused_as_the_rfc_says(string name, string value, string error)
    {
        var form = Good().Where(pair => pair.Key != name).Append(new(name, value));

        await IsRefusedAsync(await PostAsync(V2, form), HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task A_parameter_given_twice_is_refused() =>
        await IsRefusedAsync(await PostAsync(V2, Good().Append(new("client_id", "x"))), HttpStatusCode.BadRequest, "invalid_request");

    [Fact]
    public async Task Another_tenant_is_refused() =>
        await IsRefusedAsync(await PostAsync($"/{Guid.NewGuid()}/oauth2/v2.0/token", Good()), HttpStatusCode.BadRequest, "invalid_request");

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("multipart/form-data; boundary=x", "--x--")]
    [InlineData("application/x-www-form-urlencoded; charset=nonsense", "%%%&&&===%")]
    [InlineData("application/x-www-form-urlencoded", "")]
    public async Task A_body_that_is_not_a_form_is_refused(string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        await IsRefusedAsync(await _server.Http.PostAsync(V2, content), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Theory]
    [InlineData("xn--")]
    [InlineData("a.xn--.b")]
    [InlineData("xn---:7443")]
    [InlineData("xn--0")]
    public async Task A_host_that_is_not_a_name_is_refused(string host)
    {
        using var content = new FormUrlEncodedContent(Good());
        using var request = new HttpRequestMessage(HttpMethod.Post, V2) { Content = content };
        request.Headers.Host = host;

        var answer = await _server.Http.SendAsync(request);
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidHostHeader"), (answer.StatusCode, await answer.ErrorCodeAsync()));
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused()
    {
        using var content = new FormUrlEncodedContent([new("grant_type", new string('x', 60_000)), new("scope", new string('x', 60_000))]);

        await IsRefusedAsync(await _server.Http.PostAsync(V2, content), HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task Random_forms_are_refused_and_break_nothing()
    {
        var seed = Setting.Seed(175);
        var random = new Random(seed);
        string[] names = ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "scope", "resource", "", "\0", "é"];
        string[] values =
        [
            "client_credentials", _administrator.ClientId, Guid.NewGuid().ToString(), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            $"{_server.Url}/.default", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "", "\0", "../../x", "%00%ff%ed%a0%80", new string('é', 5000), "'\"\r\n",
        ];

        for (var round = 0; round < 300; round++)
        {
            var pairs = Enumerable.Range(0, random.Next(8)).Select(_ => $"{Raw(names)}={Raw(values)}");
            using var content = new StringContent(string.Join('&', pairs), Encoding.UTF8, "application/x-www-form-urlencoded");
            var answer = await _server.Http.PostAsync(random.Next(2) == 0 ? V2 : $"/{_administrator.TenantId}/oauth2/token", content);
            Assert.True((int)answer.StatusCode is 400 or 401 or 429, $"seed {seed}, round {round}: {answer.StatusCode}");
            Assert.NotNull((await answer.JsonAsync())["error"]);
        }

        string Raw(string[] from) => from[random.Next(from.Length)] is var text && random.Next(3) == 0 ? text : Uri.EscapeDataString(text);
    }

    [Fact]
    public async Task Discovery_names_the_endpoint_the_keys_and_the_issuer_of_tokens()
    {
        var found = await (await _server.Http.GetAsync($"/{_administrator.TenantId}/v2.0/.well-known/openid-configuration")).JsonAsync();
        var token = (await (await PostAsync(V2, Good())).JsonAsync())["access_token"]!.GetValue<string>();

        Assert.Equal(_server.Url + V2, found["token_endpoint"]!.GetValue<string>());
        Assert.Equal(new JsonWebToken(token).Issuer, found["issuer"]!.GetValue<string>());
        Assert.Equal(new JsonWebToken(token).Kid, (await (await _server.Http.GetAsync(found["jwks_uri"]!.GetValue<string>())).JsonAsync())["keys"]![0]!["kid"]!.GetValue<string>());
    }

    private KeyValuePair<string, string>[] Good(string? scope = null, string? clientId = null, string? secret = null) =>
    [
        new("grant_type", "client_credentials"), new("client_id", clientId ?? _administrator.ClientId),
        new("client_secret", secret ?? _administrator.ClientSecret.Reveal()), new("scope", scope ?? $"{_server.Url}/.default"),
    ];

    private async Task<HttpResponseMessage> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        return await _server.Http.SendAsync(request);
    }

    private async Task<HttpResponseMessage> CallAsync(string token, string path = "/servicePrincipals")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _server.Http.SendAsync(request);
    }

    private static async Task IsRefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string error)
    {
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((status, error), (answer.StatusCode, body["error"]!.GetValue<string>()));
        Assert.NotNull(body["error_description"]);
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }
}
