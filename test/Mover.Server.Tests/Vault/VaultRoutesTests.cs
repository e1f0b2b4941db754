using System.Net;
using System.Text;
using System.Text.Json.Nodes;
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
    public async Task A_new_value_is_a_new_version_and_the_old_ones_are_got_by_theirs()
    {
        var first = await (await PutAsync("s", """{"value":"1","tags":{"a":"b"}}""")).JsonAsync();
        var second = await (await PutAsync("s", """{"value":"2"}""")).JsonAsync();

        await _server.RestartAsync();
        var old = await (await GetAsync("/S/" + VersionOf(first))).JsonAsync();
        var versions = await (await GetAsync("/s/versions")).JsonAsync();

        Assert.Equal("2", (await (await GetAsync("/S")).JsonAsync())["value"]!.GetValue<string>());
        Assert.Equal(("1", "b"), (old["value"]!.GetValue<string>(), old["tags"]!["a"]!.GetValue<string>()));
        Assert.Equal("2", (await (await GetAsync("/s/" + VersionOf(second))).JsonAsync())["value"]!.GetValue<string>());
        Assert.Equal([VersionOf(second), VersionOf(first)], versions["value"]!.AsArray().Select(version => VersionOf(version!)));
        Assert.All(versions["value"]!.AsArray(), version => Assert.Null(version!["value"]));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/s/" + new string('0', 32))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/t/versions")).StatusCode);
    }

    [Fact]
    public async Task Of_more_versions_than_there_may_be_the_oldest_goes()
    {
        var set = new List<string>();
        for (var at = 0; at <= SecretVault.VersionsMax; at++)
        {
            set.Add(VersionOf(await (await PutAsync("s", $$"""{"value":"{{at}}"}""")).JsonAsync()));
        }

        var kept = (await (await GetAsync("/s/versions")).JsonAsync())["value"]!.AsArray().Select(version => VersionOf(version!));

        Assert.Equal(set.Skip(1).Reverse(), kept);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/s/" + set[0])).StatusCode);
        Assert.Equal("1", (await (await GetAsync("/s/" + set[1])).JsonAsync())["value"]!.GetValue<string>());
    }

    [Fact]
    public async Task Versions_that_are_set_at_the_same_time_are_all_kept()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(at => PutAsync("s", $$"""{"value":"{{at}}"}""")));

        Assert.Equal(8, (await (await GetAsync("/s/versions")).JsonAsync())["value"]!.AsArray().Count);
    }

    [Fact]
    public async Task With_a_secret_its_versions_go_and_one_of_the_same_name_begins_without()
    {
        var old = await (await PutAsync("s", """{"value":"1"}""")).JsonAsync();
        await PutAsync("s", """{"value":"2"}""");
        await PutAsync("s2", """{"value":"other"}""");

        await _server.SendAsync(HttpMethod.Delete, Secrets + "/s");
        await PutAsync("s", """{"value":"3"}""");

        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/s/" + VersionOf(old))).StatusCode);
        Assert.Single((await (await GetAsync("/s/versions")).JsonAsync())["value"]!.AsArray());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/s2")).StatusCode);
    }

    [Fact]
    public async Task A_version_that_is_disabled_hides_itself_alone()
    {
        var hidden = await (await PutAsync("s", """{"value":"1","attributes":{"enabled":false}}""")).JsonAsync();
        await PutAsync("s", """{"value":"2"}""");

        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync("/s/" + VersionOf(hidden))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/s")).StatusCode);
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

        Assert.Equal("StateDamaged", await answer.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/t")).StatusCode);
    }

    [Fact]
    public async Task A_restart_keeps_secrets()
    {
        await PutAsync("s", """{"value":"kept"}""");

        await _server.RestartAsync();

        Assert.Equal("kept", (await (await GetAsync("/s")).JsonAsync())["value"]!.GetValue<string>());
    }

    private static string VersionOf(JsonNode secret) => secret["id"]!.GetValue<string>().Split('/')[^1];

    private Task<HttpResponseMessage> PutAsync(string name, string body) => _server.SendAsync(HttpMethod.Put, $"{Secrets}/{name}", body);

    private Task<HttpResponseMessage> GetAsync(string path) => _server.SendAsync(HttpMethod.Get, Secrets + path);
}
