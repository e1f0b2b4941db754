using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Mover.Server.Access;
using Mover.Server.Identity;
using Mover.Server.Keys;
using Mover.Server.Tests.Operations;
using Mover.State;

namespace Mover.Server.Tests.Identity;

/// <summary>
/// Two instances over one store, each with a data folder of its own, are one control plane; its keys are rotated while both serve.
/// </summary>
public sealed class RotationTests : SharedStoreTests
{
    private readonly TempFolder _data = new();
    private TestServer _one = null!;
    private TestServer _two = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        File.WriteAllText(_data.At("ring"), RingKeys.MakeLine() + "\n");
        File.SetUnixFileMode(_data.At("ring"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _one = await StartOwnAsync("one");
        _two = await StartOwnAsync("two");
    }

    public override async Task DisposeAsync()
    {
        await EndAsync(_two);
        await EndAsync(_one);
        await base.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task An_instance_with_an_empty_folder_becomes_the_same_control_plane()
    {
        var (one, two) = (new IdentityFiles(_one.Folder), new IdentityFiles(_two.Folder));

        Assert.Equal(one.ReadAdministrator()!.TenantId, two.ReadAdministrator()!.TenantId);
        Assert.Equal(one.ReadAdministrator()!.ClientSecret.Reveal(), two.ReadAdministrator()!.ClientSecret.Reveal());
        Assert.Equal(one.ReadSigningKey()!.KeyId, two.ReadSigningKey()!.KeyId);
        Assert.Equal(PinOf(_one), PinOf(_two));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(_two, TokenOf(_one), PinOf(_one)));
    }

    [Fact]
    public async Task A_new_signing_key_signs_at_once_everywhere_and_tokens_of_the_old_one_stay_good()
    {
        var before = TokenOf(_one);

        await RotateAsync(_one, IdentityParts.SigningKey);
        var after = TokenOf(_one);

        Assert.NotEqual(KeyIdOf(before), KeyIdOf(after));
        Assert.All(
            await Task.WhenAll(CallAsync(_one, before), CallAsync(_two, before), CallAsync(_one, after), CallAsync(_two, after)),
            status => Assert.Equal(HttpStatusCode.OK, status));
        var published = (await (await _two.SendAsync(HttpMethod.Get, $"/{TenantOf(_two)}/discovery/v2.0/keys")).JsonAsync())["keys"]!.AsArray();
        Assert.Equal([KeyIdOf(after), KeyIdOf(before)], published.Select(key => key!["kid"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Tokens_of_a_revoked_signing_key_are_refused_by_every_instance()
    {
        var before = TokenOf(_one);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(_two, before));

        await RotateAsync(_one, IdentityParts.SigningKey, revoke: true);
        await Until(() => Task.FromResult(Live(_two).Current.Info.Version == Live(_one).Current.Info.Version));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (await CallAsync(_one, before), await CallAsync(_two, before)));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(_two, TokenOf(_one)));
    }

    [Fact]
    public async Task A_token_that_was_checked_before_its_key_was_revoked_is_checked_again()
    {
        var before = TokenOf(_one);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(_one, before));

        await RotateAsync(_one, IdentityParts.SigningKey, revoke: true);

        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(_one, before));
    }

    [Fact]
    public async Task Clients_that_pin_an_earlier_authority_trust_the_newest()
    {
        var first = PinOf(_one);
        await RotateAsync(_one, IdentityParts.Authority);
        var second = PinOf(_one);
        await RotateAsync(_one, IdentityParts.Authority);
        await Until(() => Task.FromResult(PinOf(_two) == PinOf(_one)));
        var newest = NewestOf(PinOf(_one));

        foreach (var pinned in new[] { first, second, PinOf(_one), newest })
        {
            Assert.Equal(HttpStatusCode.OK, await CallAsync(_one, TokenOf(_one), pinned));
            Assert.Equal(HttpStatusCode.OK, await CallAsync(_two, TokenOf(_two), pinned));
        }
    }

    [Fact]
    public async Task Clients_that_pin_a_revoked_authority_fail_until_they_get_the_new_one()
    {
        var pinned = PinOf(_one);

        await RotateAsync(_one, IdentityParts.Authority, revoke: true);

        await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(_one, TokenOf(_one), pinned));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(_one, TokenOf(_one), PinOf(_one)));
    }

    [Fact]
    public async Task A_list_continues_with_a_page_link_from_before_a_new_signing_key_at_either_instance()
    {
        await _one.CreateMoverAsync();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(at => _one.CreateAsync($"{_one.Mover()}/projects/p{at}", "{}")));
        var first = await (await _one.GetAsync(_one.Mover() + "/projects")).JsonAsync();
        var next = new Uri(first["nextLink"]!.GetValue<string>()).PathAndQuery;

        await RotateAsync(_one, IdentityParts.SigningKey);
        var (here, there) = (await _one.SendAsync(HttpMethod.Get, next), await _two.SendAsync(HttpMethod.Get, next));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (here.StatusCode, there.StatusCode));
        Assert.Equal("p2", (await there.JsonAsync())["value"]!.AsArray().Single()!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Secrets_are_read_by_every_instance_across_a_new_vault_key()
    {
        await PutSecretAsync(_one, "a", "1");
        await RotateAsync(_one, IdentityParts.VaultKey);
        await PutSecretAsync(_one, "b", "2");

        Assert.Equal(("1", "2"), (await SecretAsync(_two, "a"), await SecretAsync(_two, "b")));
        Assert.Equal(("1", "2"), (await SecretAsync(_one, "a"), await SecretAsync(_one, "b")));
    }

    [Fact]
    public async Task An_administrator_secret_replaced_at_one_instance_applies_to_all()
    {
        var old = new IdentityFiles(_two.Folder).ReadAdministrator()!;

        await RotateAsync(_one, IdentityParts.Administrator);
        await Until(() => Task.FromResult(new IdentityFiles(_two.Folder).ReadAdministrator()!.SecretNumber == 2));
        var onHost = AdministratorAccount.ReplaceSecret(_two.Folder);
        await Until(() => Task.FromResult(new IdentityFiles(_one.Folder).ReadAdministrator()!.SecretNumber == 3));

        Assert.Equal(HttpStatusCode.Unauthorized, await SignInAsync(_one, old.ClientSecret.Reveal()));
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(_one, onHost.ClientSecret.Reveal()));
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(_two, onHost.ClientSecret.Reveal()));
    }

    [Fact]
    public async Task The_key_ring_is_renewed_when_every_instance_has_the_new_key()
    {
        var early = await _one.SendAsync(HttpMethod.Post, "/identity/rotate", """{"part":"key-ring"}""");
        var old = Live(_one).Current.SealedWith;
        File.AppendAllText(_data.At("ring"), RingKeys.MakeLine() + "\n");

        await RotateAsync(_one, IdentityParts.KeyRing);
        File.WriteAllText(_data.At("ring"), File.ReadAllLines(_data.At("ring"))[^1] + "\n");
        await _two.RestartAsync();

        Assert.Equal(HttpStatusCode.Conflict, early.StatusCode);
        Assert.NotEqual(old, Live(_two).Current.SealedWith);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(_two, TokenOf(_one)));
    }

    [Fact]
    public async Task An_instance_whose_ring_lacks_the_key_of_a_rotation_keeps_what_it_knows_and_says_what_is_wrong()
    {
        await _two.DisposeAsync();
        File.Copy(_data.At("ring"), _data.At("ring2"));
        _two = await StartOwnAsync("two", "ring2");
        var before = TokenOf(_one);
        File.AppendAllText(_data.At("ring"), RingKeys.MakeLine() + "\n");

        await RotateAsync(_one, IdentityParts.KeyRing);
        await RotateAsync(_one, IdentityParts.SigningKey);
        var known = await CallAsync(_two, before);
        var unknown = await CallAsync(_two, TokenOf(_one));
        File.Copy(_data.At("ring"), _data.At("ring2"), overwrite: true);
        var mended = await CallAsync(_two, TokenOf(_one));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (known, unknown, mended));
    }

    [Fact]
    public async Task Rotation_of_everything_under_load_fails_no_request()
    {
        var pinned = PinOf(_one);
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var calls = 0;
            while (!stop.IsCancellationRequested)
            {
                // A fresh token of one instance at the other, each on a connection of its own, as of clients that pinned the first authority.
                var (from, to) = calls % 2 == 0 ? (_one, _two) : (_two, _one);
                var status = await CallAsync(to, TokenOf(from), pinned);
                Assert.True(status == HttpStatusCode.OK, $"{status} after {calls} calls of worker {worker}");
                calls++;
            }

            return calls;
        })).ToList();

        foreach (var part in new[] { IdentityParts.SigningKey, IdentityParts.Authority, IdentityParts.VaultKey, IdentityParts.Administrator })
        {
            for (var round = 0; round < 3; round++)
            {
                await RotateAsync(round % 2 == 0 ? _one : _two, part);
                await Task.WhenAny(Task.WhenAll(load), Task.Delay(TimeSpan.FromMilliseconds(200)));
            }
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(load), calls => Assert.True(calls > 0));
    }

    [Fact]
    public async Task TheStore_holds_no_secret_in_the_clear()
    {
        await RotateAsync(_one, IdentityParts.SigningKey);
        await PutSecretAsync(_one, "a", "hidden-value");
        var content = Live(_one).Current.Content;
        string[] secrets =
        [
            "PRIVATE KEY", content.Administrator.ClientSecret, "hidden-value", .. content.VaultKeys.Select(key => Convert.ToBase64String(key.Bytes)),
            .. content.SigningKeys.Select(key => key.Pem.Split('\n')[3]),
        ];

        string? after = null;
        var entries = 0;
        StatePage page;
        do
        {
            page = await Store.ListAsync(string.Empty, after, 1000, keysOnly: false, default);
            foreach (var entry in page.Entries)
            {
                (after, entries) = (entry.Key, entries + 1);
                var text = Encoding.UTF8.GetString(entry.Value.Span);
                Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
            }
        }
        while (page.HasMore);

        Assert.True(entries > 5);
        var shown = await (await _one.SendAsync(HttpMethod.Get, "/identity")).Content.ReadAsStringAsync();
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, shown, StringComparison.Ordinal));
        Assert.Equal(2, content.SigningKeys.Count);
    }

    [Theory]
    [InlineData("""{"part":"all"}""")]
    [InlineData("""{"part":7}""")]
    [InlineData("""{}""")]
    [InlineData("""{"part":"signing-key","revoke":"yes"}""")]
    [InlineData("""{"part":"vault-key","revoke":true}""")]
    public async Task A_rotation_of_something_else_is_refused_and_changes_nothing(string body)
    {
        var version = Live(_one).Current.Info.Version;

        var answer = await _one.SendAsync(HttpMethod.Post, "/identity/rotate", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(version, Live(_one).Current.Info.Version);
    }

    private static DeploymentIdentity Live(TestServer server) => server.Services.GetRequiredService<DeploymentIdentity>();

    private static string TenantOf(TestServer server) => new IdentityFiles(server.Folder).ReadAdministrator()!.TenantId;

    private static string TokenOf(TestServer server) => AdministratorToken.Create(server.Folder, TimeProvider.System).Reveal();

    private static string KeyIdOf(string token) => new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(token).Kid;

    private static string PinOf(TestServer server) => File.ReadAllText(Path.Combine(server.Folder, "tls", "ca.pem"));

    private static string NewestOf(string bundle)
    {
        const string End = "-----END CERTIFICATE-----";
        return bundle[..(bundle.IndexOf(End, StringComparison.Ordinal) + End.Length)];
    }

    private static async Task RotateAsync(TestServer server, string part, bool revoke = false)
    {
        server.SignInAgain();
        var answer = await server.SendAsync(
            HttpMethod.Post, "/identity/rotate", new JsonObject { ["part"] = part, ["revoke"] = revoke }.ToJsonString());
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        await Until(() => Task.FromResult(new IdentityFiles(server.Folder).ReadSigningKey()!.KeyId == Live(server).Current.SigningKeys[^1].Key.KeyId
            && PinOf(server) == Live(server).Current.AuthorityBundle()));
        server.SignInAgain();
    }

    // As a client that trusts what it pinned alone, on a connection of its own.
    private static async Task<HttpStatusCode> CallAsync(TestServer server, string token, string? pinned = null)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPem(pinned ?? PinOf(server));
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new(server.Url), "/subscriptions?api-version=2022-12-01"));
        request.Headers.Authorization = new("Bearer", token);
        return (await http.SendAsync(request)).StatusCode;
    }

    private static async Task<HttpStatusCode> SignInAsync(TestServer server, string secret)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = new IdentityFiles(server.Folder).ReadAdministrator()!.ClientId,
            ["client_secret"] = secret,
            ["scope"] = "https://management.azure.com/.default",
        });
        return (await server.Http.PostAsync($"/{TenantOf(server)}/oauth2/v2.0/token", form)).StatusCode;
    }

    private static Task PutSecretAsync(TestServer server, string name, string value) =>
        server.SendAsync(HttpMethod.Put, $"/vaults/vault1/secrets/{name}?api-version=7.4", $$"""{"value":"{{value}}"}""");

    private static async Task<string?> SecretAsync(TestServer server, string name) =>
        (await (await server.SendAsync(HttpMethod.Get, $"/vaults/vault1/secrets/{name}?api-version=7.4")).JsonAsync())["value"]?.GetValue<string>();

    private static async Task Until(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private Task<TestServer> StartOwnAsync(string name, string ring = "ring") => TestServer.StartAsync(
        options => SharedStore.Under(options, name, new SharedStore(Store)) with { KeyRing = _data.At(ring), PageSize = 2 },
        folder: Directory.CreateDirectory(_data.At(name)).FullName);
}
