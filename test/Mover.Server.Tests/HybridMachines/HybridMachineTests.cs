using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Mover.Server.Identity;

namespace Mover.Server.Tests.HybridMachines;

public sealed class HybridMachineTests : IAsyncLifetime
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private TestServer _server = null!;
    private string _tenant = "";

    private string Group => $"/subscriptions/{_server.Subscription}/resourceGroups/rg";

    private string Machine => $"{Group}/providers/Microsoft.HybridCompute/machines/agent1";

    private string TokenUrl => $"{_server.Url}/{_tenant}/oauth2/v2.0/token";

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _tenant = new IdentityFiles(_server.Folder).ReadAdministrator()!.TenantId;
        await _server.SendAsync(HttpMethod.Put, TestServer.Versioned(Group, "2021-04-01"), """{"location":"eastus"}""");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task A_machine_gets_an_identity_and_an_id_that_stay_the_same()
    {
        var first = await (await PutAsync(_key)).JsonAsync();

        var second = await (await PutAsync(null)).JsonAsync();

        Assert.Equal("SystemAssigned", first["identity"]!["type"]!.GetValue<string>());
        Assert.Equal(_tenant, first["identity"]!["tenantId"]!.GetValue<string>());
        Assert.True(Guid.TryParse(first["properties"]!["vmId"]!.GetValue<string>(), out _));
        Assert.Equal(first["identity"]!.ToJsonString(), second["identity"]!.ToJsonString());
        Assert.Equal(first["properties"]!["vmId"]!.GetValue<string>(), second["properties"]!["vmId"]!.GetValue<string>());
        Assert.Equal(Spki(_key), second["properties"]!["clientPublicKey"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_put_does_not_replace_the_key_and_a_patch_makes_another_identity_with_it()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var principal = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();

        var put = await PutAsync(other);
        var patch = await SendAsync(HttpMethod.Patch, Machine, $$$"""{"properties":{"clientPublicKey":"{{{Spki(other)}}}"}}""");

        Assert.Equal(HttpStatusCode.BadRequest, put.StatusCode);
        Assert.Equal(HttpStatusCode.OK, patch.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(principal, _key)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(principal, other)).StatusCode);
        var replaced = (await patch.JsonAsync())["identity"]!["principalId"]!.GetValue<string>();
        Assert.NotEqual(principal, replaced);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(replaced, other)).StatusCode);
    }

    [Fact]
    public async Task The_first_key_of_a_machine_inherits_nothing_that_was_given_to_it_before()
    {
        var without = (await (await PutAsync(null)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();

        var with = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();
        var again = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();

        Assert.NotEqual(without, with);
        Assert.Equal(with, again);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(without, _key)).StatusCode);
    }

    [Fact]
    public async Task A_machine_gets_tokens_for_its_own_assertions_that_open_its_own_resource()
    {
        var principal = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();

        var answer = await AskAsync(principal, _key);

        var token = new JsonWebToken((await answer.JsonAsync())["access_token"]!.GetValue<string>());
        Assert.Equal((principal, Machine), (token.GetPayloadValue<string>("oid"), token.GetPayloadValue<string>("xms_mirid")));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(HttpMethod.Get, Machine, token.EncodedToken));
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(HttpMethod.Delete, Machine, token.EncodedToken));
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(HttpMethod.Get, Group, token.EncodedToken));
    }

    [Fact]
    public async Task An_assertion_is_good_once()
    {
        var principal = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();
        var assertion = Sign(principal, _key);

        var first = await PostAsync(principal, assertion);
        var second = await PostAsync(principal, assertion);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (first.StatusCode, second.StatusCode));
    }

    [Fact]
    public async Task A_deleted_machine_gets_no_token_and_a_new_one_has_another_identity()
    {
        var principal = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();

        var deleted = await SendAsync(HttpMethod.Delete, Machine);
        var afterwards = await AskAsync(principal, _key);
        var again = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, afterwards.StatusCode);
        Assert.NotEqual(principal, again);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(principal, _key)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(again, _key)).StatusCode);
    }

    [Fact]
    public async Task A_token_ends_with_its_machine()
    {
        var principal = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();
        var token = (await (await AskAsync(principal, _key)).JsonAsync())["access_token"]!.GetValue<string>();
        var before = await CallAsync(HttpMethod.Get, Machine, token);

        await SendAsync(HttpMethod.Delete, Machine);
        await PutAsync(_key);

        Assert.Equal(HttpStatusCode.OK, before);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(HttpMethod.Get, Machine, token));
    }

    [Fact]
    public async Task An_assertion_for_another_host_is_refused_whatever_the_request_says_its_host_is()
    {
        var principal = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();
        const string Stranger = "stranger.example";
        using var request = new HttpRequestMessage(HttpMethod.Post, TokenUrl)
        {
            Content = FormOf(principal, Sign(principal, _key, $"https://{Stranger}/{_tenant}/oauth2/v2.0/token")),
        };
        request.Headers.Host = Stranger;

        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_restart_keeps_the_identity()
    {
        var principal = (await (await PutAsync(_key)).JsonAsync())["identity"]!["principalId"]!.GetValue<string>();

        await _server.RestartAsync();

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(principal, _key)).StatusCode);
    }

    [Theory]
    [InlineData("""{"properties":{}}""", "location")]
    [InlineData("""{"location":"eastus","properties":{"clientPublicKey":"AAAA"}}""", "properties.clientPublicKey")]
    [InlineData("""{"location":"eastus","properties":{"clientPublicKey":"!"}}""", "properties.clientPublicKey")]
    [InlineData("""{"location":"eastus","properties":{"vmId":"x"}}""", "properties.vmId")]
    [InlineData("""{"location":"eastus","identity":{"type":"UserAssigned"}}""", "identity.type")]
    public async Task A_wrong_machine_is_refused_and_the_property_named(string body, string target)
    {
        var answer = await SendAsync(HttpMethod.Put, Machine, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(target, (await answer.JsonAsync())["error"]!["target"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_key_on_another_curve_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Equal(HttpStatusCode.BadRequest, (await PutAsync(other)).StatusCode);
    }

    [Fact]
    public async Task Machines_are_listed()
    {
        await PutAsync(_key);

        var list = await (await SendAsync(HttpMethod.Get, $"{Group}/providers/Microsoft.HybridCompute/machines")).JsonAsync();

        Assert.Equal("agent1", Assert.Single(list["value"]!.AsArray())!["name"]!.GetValue<string>());
    }

    private static string Spki(ECDsa key) => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

    private Task<HttpResponseMessage> PutAsync(ECDsa? key)
    {
        var body = new JsonObject { ["location"] = "eastus", ["identity"] = new JsonObject { ["type"] = "SystemAssigned" }, ["properties"] = new JsonObject() };
        if (key is not null)
        {
            body["properties"]!["clientPublicKey"] = Spki(key);
        }

        return SendAsync(HttpMethod.Put, Machine, body.ToJsonString());
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null) =>
        _server.SendAsync(method, TestServer.Versioned(path, "2024-07-10"), body);

    private Task<HttpResponseMessage> AskAsync(string principal, ECDsa key) => PostAsync(principal, Sign(principal, key));

    private async Task<HttpResponseMessage> PostAsync(string principal, string assertion)
    {
        using var form = FormOf(principal, assertion);
        return await _server.Http.PostAsync(TokenUrl, form);
    }

    private static FormUrlEncodedContent FormOf(string principal, string assertion) => new([
        new("grant_type", "client_credentials"), new("client_id", principal), new("scope", "https://management.azure.com/.default"),
        new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), new("client_assertion", assertion),
    ]);

    private async Task<HttpStatusCode> CallAsync(HttpMethod method, string path, string token)
    {
        using var request = new HttpRequestMessage(method, TestServer.Versioned(path, "2024-07-10"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (await _server.Http.SendAsync(request)).StatusCode;
    }

    private string Sign(string principal, ECDsa key, string? audience = null) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = principal,
        Audience = audience ?? TokenUrl,
        Expires = DateTime.UtcNow.AddMinutes(2),
        Claims = new Dictionary<string, object> { ["sub"] = principal, ["jti"] = Guid.NewGuid().ToString() },
        SigningCredentials = new(new ECDsaSecurityKey(key) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } }, SecurityAlgorithms.EcdsaSha256),
    });
}
