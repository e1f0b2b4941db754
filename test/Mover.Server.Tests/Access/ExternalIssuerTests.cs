using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Mover.Core.Access;
using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Identity;
using Mover.Server.Tests.Authorization;
using Mover.State;
using Mover.State.Documents;
using Mover.Testing;

namespace Mover.Server.Tests.Access;

public sealed class ExternalIssuerTests : IAsyncLifetime
{
    private const string Audience = "api://mover-estate";
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    private readonly SmallIssuer _issuer = new();
    private readonly SmallIssuer _other = new();
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _issuer.Start();
        _other.Start();
        _server = await TestServer.StartAsync(options => options with { Issuers = [new(_issuer.Url, Audience)] }, _clock);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _issuer.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task A_token_of_a_configured_issuer_is_its_bearer_whose_rights_are_role_assignments()
    {
        var oid = Guid.NewGuid().ToString();
        var token = _issuer.Sign(new() { ["oid"] = oid, ["azp"] = "client", ["preferred_username"] = "ada@example.org" });

        var before = await AskAsync(token);
        await _server.GiveAsync(BuiltInRoles.Reader, oid, $"/subscriptions/{_server.Subscription}");
        var after = await AskAsync(token);

        Assert.Equal(HttpStatusCode.Forbidden, before.StatusCode);
        Assert.Contains(oid, await before.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task A_group_of_the_bearer_brings_its_roles()
    {
        var group = Guid.NewGuid().ToString();
        await _server.SendAsync(
            HttpMethod.Put,
            Callers.Versioned(Callers.Assignment($"/subscriptions/{_server.Subscription}")),
            Callers.AssignmentBody(BuiltInRoles.Reader.Name, group, "Group"));

        var answer = await AskAsync(_issuer.Sign(new() { ["sub"] = "someone", ["groups"] = new[] { group } }));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_group_claim_does_not_match_a_user()
    {
        var person = Guid.NewGuid().ToString();
        await _server.GiveAsync(BuiltInRoles.Reader, person, $"/subscriptions/{_server.Subscription}");
        string[] claimed = [new IdentityFiles(_server.Folder).ReadAdministrator()!.ObjectId, person, person.ToUpperInvariant()];

        var answer = await AskAsync(_issuer.Sign(new() { ["sub"] = "someone", ["groups"] = claimed }));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_group_posing_as_a_user_does_not_get_the_groups_roles()
    {
        var group = Guid.NewGuid().ToString();
        await _server.SendAsync(
            HttpMethod.Put,
            Callers.Versioned(Callers.Assignment($"/subscriptions/{_server.Subscription}")),
            Callers.AssignmentBody(BuiltInRoles.Reader.Name, group, "Group"));

        var answer = await AskAsync(_issuer.Sign(new() { ["oid"] = group }));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task The_same_id_of_two_issuers_is_two_people()
    {
        var oid = Guid.NewGuid().ToString();
        await using var server = await TestServer.StartAsync(
            options => options with { Issuers = [new(_issuer.Url, Audience), new(_other.Url, Audience)] }, _clock);
        var path = Callers.Versioned(Callers.Assignment($"/subscriptions/{server.Subscription}"));
        var body = JsonNode.Parse(Callers.AssignmentBody(BuiltInRoles.Reader.Name, oid, "User"))!;

        var unsaid = await server.SendAsync(HttpMethod.Put, path, body.ToJsonString());
        body["properties"]!["principalIssuer"] = "https://unknown.example";
        var unknown = await server.SendAsync(HttpMethod.Put, path, body.ToJsonString());
        body["properties"]!["principalIssuer"] = _issuer.Url;
        var said = await server.SendAsync(HttpMethod.Put, path, body.ToJsonString());
        var meant = await AskAsync(_issuer.Sign(new() { ["oid"] = oid }), server);
        var namesake = await AskAsync(_other.Sign(new() { ["oid"] = oid }), server);

        Assert.Equal("PrincipalIssuerRequired", await unsaid.ErrorCodeAsync());
        Assert.Equal("PrincipalIssuerNotConfigured", await unknown.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.Created, said.StatusCode);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (meant.StatusCode, namesake.StatusCode));
    }

    [Fact]
    public async Task A_subject_equal_to_another_users_oid_is_a_different_user()
    {
        var oid = Guid.NewGuid().ToString();
        await _server.GiveAsync(BuiltInRoles.Reader, oid, $"/subscriptions/{_server.Subscription}");

        var bearer = await AskAsync(_issuer.Sign(new() { ["oid"] = oid }));
        var namesake = await AskAsync(_issuer.Sign(new() { ["sub"] = oid }));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (bearer.StatusCode, namesake.StatusCode));
    }

    [Fact]
    public async Task The_same_text_as_sub_and_as_oid_is_two_people()
    {
        var subject = await AskAsync(_issuer.Sign(new() { ["sub"] = "someone" }));
        var other = await AskAsync(_issuer.Sign(new() { ["oid"] = "someone" }));

        Assert.NotEqual(ObjectIdIn(await subject.Content.ReadAsStringAsync()), ObjectIdIn(await other.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("administrator", "administrator")]
    [InlineData("a\r\n\u001b[31mb\u202ec", "a???[31mb?c")]
    public async Task A_name_that_an_issuer_gives_is_shown_clean_and_with_the_issuer(string claimed, string shown)
    {
        var oid = Guid.NewGuid().ToString();
        await _server.CreateGroupAsync();
        await _server.GiveAsync(BuiltInRoles.Contributor, oid, _server.Group());

        var made = await PutMoverAsync(_issuer.Sign(new() { ["oid"] = oid, ["preferred_username"] = claimed }));

        Assert.Equal($"{shown} ({_issuer.Url})", (string?)made["systemData"]!["createdBy"]);
    }

    [Fact]
    public async Task A_long_name_is_cut_and_a_programs_id_is_shown_with_the_issuer_too()
    {
        var oid = Guid.NewGuid().ToString();
        await _server.CreateGroupAsync();
        await _server.GiveAsync(BuiltInRoles.Contributor, oid, _server.Group());

        var person = await PutMoverAsync(_issuer.Sign(new() { ["oid"] = oid, ["upn"] = new string('x', 9000) }));
        var program = await PutMoverAsync(_issuer.Sign(new() { ["oid"] = oid, ["azp"] = "client" }));

        Assert.Equal($"{new string('x', 256)}… ({_issuer.Url})", (string?)person["systemData"]!["createdBy"]);
        Assert.Equal($"client ({_issuer.Url})", (string?)program["systemData"]!["lastModifiedBy"]);
    }

    [Theory]
    [InlineData("audience")]
    [InlineData("expired")]
    [InlineData("key")]
    [InlineData("subject")]
    [InlineData("administrator")]
    public async Task A_token_that_is_not_right_is_refused(string wrong)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["oid"] = wrong == "administrator" ? new IdentityFiles(_server.Folder).ReadAdministrator()!.ObjectId : Guid.NewGuid().ToString(),
        };
        if (wrong == "subject")
        {
            claims.Clear();
        }

        using var another = RSA.Create(2048);
        var answer = await AskAsync(_issuer.Sign(
            claims,
            wrong == "audience" ? "api://other" : Audience,
            wrong == "expired" ? TimeSpan.FromHours(-1) : TimeSpan.FromHours(1),
            wrong == "key" ? another : null));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_token_that_bears_a_service_principals_id_is_refused_as_long_as_there_is_one()
    {
        var made = await (await _server.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"own"}""")).JsonAsync();
        var posing = new Dictionary<string, object>(StringComparer.Ordinal) { ["oid"] = $"{made["id"]}".ToUpperInvariant() };

        var refused = await AskAsync(_issuer.Sign(posing));
        await _server.SendAsync(HttpMethod.Delete, $"/servicePrincipals/{made["appId"]}");
        var free = await AskAsync(_issuer.Sign(posing));

        Assert.Equal((HttpStatusCode.Unauthorized, "InvalidAuthenticationToken"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.Equal(HttpStatusCode.Forbidden, free.StatusCode);
    }

    [Fact]
    public async Task Owner_lookup_works_past_the_first_page_and_over_an_older_store()
    {
        var documents = _server.Services.GetRequiredService<DocumentStore>();
        var stamp = new WriteStamp("test", "User", _clock.Now, "c");
        var last = new ServicePrincipal("ffffffff-ffff-4fff-8fff-ffffffffffff", Guid.NewGuid().ToString(), "last", new("x"));
        foreach (var old in Enumerable.Range(0, StateLimits.PageEntriesMax)
            .Select(at => new ServicePrincipal($"00000000-0000-4000-8000-{at:D12}", Guid.NewGuid().ToString(), "old", new("x"))).Append(last).Chunk(50))
        {
            await documents.CommitAsync(
                [.. old.Select(p => DocumentWrite.Put(DocumentKey.Internal("serviceprincipals", p.ClientId), p, PrincipalsJson.Default.ServicePrincipal, DocumentCondition.Absent))],
                stamp,
                default);
        }

        await _server.RestartAsync();
        await _server.UntilReadyAsync();
        var refused = await AskAsync(_issuer.Sign(new() { ["oid"] = last.ObjectId }));

        Assert.Equal("InvalidAuthenticationToken", await refused.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_new_key_of_the_issuer_is_found_and_its_keys_are_not_read_for_every_token()
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal) { ["oid"] = Guid.NewGuid().ToString() };
        for (var round = 0; round < 5; round++)
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(_issuer.Sign(claims))).StatusCode);
        }

        var reads = _issuer.KeyReads;
        _issuer.Rotate();
        var early = await AskAsync(_issuer.Sign(claims));
        _clock.Now += IssuerKeys.RefreshMin;
        var late = await AskAsync(_issuer.Sign(claims));

        Assert.Equal((1, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden), (reads, early.StatusCode, late.StatusCode));
        Assert.Equal(2, _issuer.KeyReads);
    }

    private static string ObjectIdIn(string refusal) => refusal.Split("object id '")[1][..36];

    private async Task<JsonObject> PutMoverAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, TestServer.Versioned(_server.Mover()));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = new StringContent("""{"location":"eastus"}""", Encoding.UTF8, "application/json");
        return await (await _server.Http.SendAsync(request)).JsonAsync();
    }

    private async Task<HttpResponseMessage> AskAsync(string token, TestServer? server = null)
    {
        server ??= _server;
        using var request = new HttpRequestMessage(
            HttpMethod.Get, $"/subscriptions/{server.Subscription}/resourceGroups?api-version=2021-04-01");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await server.Http.SendAsync(request);
    }

    /// <summary>An OpenID Connect issuer on loopback: discovery, keys, and tokens that it signs.</summary>
    private sealed class SmallIssuer : IDisposable
    {
        private readonly HttpListener _listener = new();
        private RSA _key = RSA.Create(2048);
        private int _number;
        private int _keyReads;

        public string Url { get; private set; } = string.Empty;

        public int KeyReads => Volatile.Read(ref _keyReads);

        public void Start()
        {
            Url = $"http://127.0.0.1:{FreePorts.Take()}";
            _listener.Prefixes.Add(Url + "/");
            _listener.Start();
            _ = ServeAsync();
        }

        public void Rotate()
        {
            _key = RSA.Create(2048);
            _number++;
        }

        public string Sign(Dictionary<string, object> claims, string audience = Audience, TimeSpan? lifetime = null, RSA? key = null)
        {
            var end = DateTime.UtcNow + (lifetime ?? TimeSpan.FromHours(1));
            return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
            {
                Issuer = Url,
                Audience = audience,
                NotBefore = end.AddHours(-2),
                Expires = end,
                Claims = claims,
                SigningCredentials = new(new RsaSecurityKey(key ?? _key) { KeyId = $"key-{_number}" }, SecurityAlgorithms.RsaSha256),
            });
        }

        public void Dispose()
        {
            _listener.Close();
            _key.Dispose();
        }

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    var body = context.Request.Url!.AbsolutePath.EndsWith("/keys", StringComparison.Ordinal)
                        ? Keys()
                        : new JsonObject { ["issuer"] = Url, ["jwks_uri"] = Url + "/keys" };
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString()));
                    context.Response.Close();
                }
                catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }

        private JsonObject Keys()
        {
            Interlocked.Increment(ref _keyReads);
            var numbers = _key.ExportParameters(includePrivateParameters: false);
            return new()
            {
                ["keys"] = new JsonArray(new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["kid"] = $"key-{_number}",
                    ["n"] = Base64UrlEncoder.Encode(numbers.Modulus),
                    ["e"] = Base64UrlEncoder.Encode(numbers.Exponent),
                }),
            };
        }
    }
}
