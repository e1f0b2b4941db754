using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Vault;
using Mover.State;

namespace Mover.Server.Tests.Vault;

public sealed class VaultRoutesTests : IAsyncLifetime
{
    private const string Secrets = "/vaults/vault1/secrets";
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_secret_set_is_got_by_name_and_by_version()
    {
        var set = await (await PutAsync("smb-user", """{"value":"påss","contentType":"text","tags":{"a":"b"}}""")).JsonAsync();

        var byName = await (await GetAsync("/smb-user")).JsonAsync();
        var byVersion = await (await _server.SendAsync(HttpMethod.Get, set["id"]!.GetValue<string>())).JsonAsync();
        var byEmptyVersion = await (await GetAsync("/smb-user/?api-version=7.4")).JsonAsync();

        Assert.Equal("påss", byName["value"]!.GetValue<string>());
        Assert.Equal("b", byName["tags"]!["a"]!.GetValue<string>());
        Assert.True(byName["attributes"]!["enabled"]!.GetValue<bool>());
        Assert.Equal(byName.ToJsonString(), byVersion.ToJsonString());
        Assert.Equal(byName.ToJsonString(), byEmptyVersion.ToJsonString());
        Assert.StartsWith($"{_server.Url}{Secrets}/smb-user/", set["id"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_value_replaces_the_old_version()
    {
        var first = await (await PutAsync("s", """{"value":"1"}""")).JsonAsync();
        await PutAsync("s", """{"value":"2"}""");

        Assert.Equal("2", (await (await GetAsync("/S")).JsonAsync())["value"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync(HttpMethod.Get, first["id"]!.GetValue<string>())).StatusCode);
    }

    [Fact]
    public async Task A_listing_pages_and_shows_no_values()
    {
        for (var at = 0; at < 30; at++)
        {
            await PutAsync($"name-{at:D2}", """{"value":"hidden-value"}""");
        }

        var first = await (await GetAsync("")).JsonAsync();
        var second = await (await _server.SendAsync(HttpMethod.Get, first["nextLink"]!.GetValue<string>())).JsonAsync();

        Assert.Equal((25, 5), (first["value"]!.AsArray().Count, second["value"]!.AsArray().Count));
        Assert.Equal($"{_server.Url}{Secrets}/name-25", second["value"]![0]!["id"]!.GetValue<string>());
        Assert.Null(second["nextLink"]);
        Assert.DoesNotContain("hidden-value", first.ToJsonString() + second.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_secret_is_gone()
    {
        await PutAsync("s", """{"value":"1"}""");

        var deleted = await _server.SendAsync(HttpMethod.Delete, Secrets + "/s");
        var again = await _server.SendAsync(HttpMethod.Delete, Secrets + "/s");

        Assert.Null((await deleted.JsonAsync())["value"]);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.Equal("SecretNotFound", await (await GetAsync("/s")).ErrorCodeAsync());
    }

    [Fact]
    public async Task A_disabled_secret_is_kept_and_not_shown()
    {
        await PutAsync("s", """{"value":"1","attributes":{"enabled":false}}""");

        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync("/s")).StatusCode);
    }

    [Theory]
    [InlineData("s", "{}")]
    [InlineData("s", """{"value":1}""")]
    [InlineData("s", """{"value":null}""")]
    [InlineData("s", """{"value":"1","attributes":[]}""")]
    [InlineData("s", """{"value":"1","attributes":{"enabled":"yes"}}""")]
    [InlineData("s", """{"value":"1","tags":{"a":1}}""")]
    [InlineData("s", """{"value":"1","tags":"a"}""")]
    [InlineData("s", """{"value":"1","contentType":{}}""")]
    [InlineData("s_s", """{"value":"1"}""")]
    [InlineData("s.s", """{"value":"1"}""")]
    public async Task A_wrong_request_is_refused(string name, string body)
    {
        var answer = await PutAsync(name, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("BadParameter", await answer.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("/vaults/$accounts/secrets")]
    [InlineData("/vaults/%24accounts/secrets")]
    [InlineData("/vaults/ab/secrets")]
    [InlineData("/vaults/vault1/secrets?maxresults=0")]
    [InlineData("/vaults/vault1/secrets?$skiptoken=../x")]
    public async Task The_control_planes_own_vault_and_wrong_queries_are_refused(string path) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await _server.SendAsync(HttpMethod.Get, path)).StatusCode);

    [Fact]
    public async Task A_value_above_the_limit_is_refused() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await PutAsync("s", $$"""{"value":"{{new string('x', SecretVault.ValueBytesMax + 1)}}"}""")).StatusCode);

    [Fact]
    public async Task A_changed_value_in_the_store_is_noticed_and_named()
    {
        await PutAsync("s", """{"value":"1"}""");
        await PutAsync("t", """{"value":"2"}""");
        var store = _server.Services.GetRequiredService<IStateStore>();
        var stored = await store.GetAsync("vaults/vault1/s", default);
        var text = Encoding.UTF8.GetString(stored!.Value.Span);
        var at = text.IndexOf("sealed\":\"", StringComparison.Ordinal) + "sealed\":\"".Length;
        var changed = text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..];
        await store.CommitAsync([], [new("vaults/vault1/s", Encoding.UTF8.GetBytes(changed))], default);

        var answer = await GetAsync("/s");

        Assert.Equal("SecretUnreadable", await answer.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/t")).StatusCode);
    }

    [Fact]
    public async Task A_restart_keeps_secrets()
    {
        await PutAsync("s", """{"value":"kept"}""");

        await _server.RestartAsync();

        Assert.Equal("kept", (await (await GetAsync("/s")).JsonAsync())["value"]!.GetValue<string>());
    }

    private Task<HttpResponseMessage> PutAsync(string name, string body) => _server.SendAsync(HttpMethod.Put, $"{Secrets}/{name}", body);

    private Task<HttpResponseMessage> GetAsync(string path) => _server.SendAsync(HttpMethod.Get, Secrets + path);
}
