using System.Net;

namespace Mover.Server.Tests.Tags;

public sealed class TagTests : IAsyncLifetime
{
    private const string Below = "/providers/Microsoft.Resources/tags/default";
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("subscription")]
    [InlineData("group")]
    [InlineData("mover")]
    public async Task Tags_are_set_merged_taken_away_and_removed_at_every_scope(string scope)
    {
        await _server.CreateMoverAsync();
        var path = (scope == "subscription" ? $"/subscriptions/{_server.Subscription}" : scope == "group" ? _server.Group() : _server.Mover()) + Below;

        var set = await _server.ArmAsync("PUT", path, """{"properties":{"tags":{"a":"1","B":"2"}}}""");
        var merged = await _server.ArmAsync("PATCH", path, """{"operation":"Merge","properties":{"tags":{"b":"3","c":"4"}}}""");
        var taken = await _server.ArmAsync("PATCH", path, """{"operation":"Delete","properties":{"tags":{"A":"1","c":"other"}}}""");
        var got = await _server.ArmAsync("GET", path);
        var removed = await _server.ArmAsync("DELETE", path);
        var empty = await _server.ArmAsync("GET", path);

        Assert.Equal("""{"a":"1","B":"2"}""", await TagsAsync(set));
        Assert.Equal("""{"a":"1","b":"3","c":"4"}""", await TagsAsync(merged));
        Assert.Equal("""{"b":"3","c":"4"}""", await TagsAsync(taken));
        Assert.Equal("""{"b":"3","c":"4"}""", await TagsAsync(got));
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.Equal("{}", await TagsAsync(empty));
    }

    [Fact]
    public async Task Tags_of_a_resource_are_its_own_and_nothing_else_of_it_changes()
    {
        await _server.CreateMoverAsync();
        await _server.CreateAsync(_server.Mover(), """{"location":"eastus","properties":{"description":"kept"}}""");

        await _server.ArmAsync("PUT", _server.Mover() + Below, """{"properties":{"tags":{"a":"1"}}}""");
        var mover = await (await _server.GetAsync(_server.Mover())).JsonAsync();

        Assert.Equal("""{"a":"1"}""", mover["tags"]!.ToJsonString());
        Assert.Equal("kept", (string?)mover["properties"]!["description"]);
    }

    [Fact]
    public async Task What_cannot_be_a_tag_or_has_none_is_refused()
    {
        await _server.CreateMoverAsync();
        await _server.CreateAsync(_server.Mover() + "/projects/p1", "{}");
        var many = string.Join(',', Enumerable.Range(0, 51).Select(at => $"\"t{at}\":\"v\""));

        var tooMany = await _server.ArmAsync("PUT", _server.Group() + Below, TagsBody(many));
        var ofProxy = await _server.ArmAsync("PUT", _server.Mover() + "/projects/p1" + Below, """{"properties":{"tags":{"a":"1"}}}""");
        var ofNothing = await _server.ArmAsync("PUT", _server.Mover("none") + Below, """{"properties":{"tags":{"a":"1"}}}""");
        var unknown = await _server.ArmAsync("PATCH", _server.Group() + Below, """{"operation":"Add","properties":{"tags":{"a":"1"}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, tooMany.StatusCode);
        Assert.Equal("InvalidTags", await tooMany.ErrorCodeAsync());
        Assert.Equal("TagsNotSupported", await ofProxy.ErrorCodeAsync());
        Assert.Equal("ResourceNotFound", await ofNothing.ErrorCodeAsync());
        Assert.Equal("InvalidRequestPropertyValue", await unknown.ErrorCodeAsync());
    }

    [Fact]
    public async Task Merging_beyond_the_limit_is_refused()
    {
        await _server.CreateGroupAsync();
        string Tags(int from) => string.Join(',', Enumerable.Range(from, 30).Select(at => $"\"t{at}\":\"v\""));
        await _server.ArmAsync("PUT", _server.Group() + Below, TagsBody(Tags(0)));

        var refused = await _server.ArmAsync("PATCH", _server.Group() + Below, TagsBody(Tags(30)).Replace("{\"properties\"", "{\"operation\":\"Merge\",\"properties\"", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("InvalidTags", await refused.ErrorCodeAsync());
    }

    [Fact]
    public async Task Names_and_values_in_use_are_counted_over_groups_and_resources()
    {
        await _server.CreateMoverAsync();
        await _server.ArmAsync("PUT", _server.Group() + Below, """{"properties":{"tags":{"env":"prod"}}}""");
        await _server.ArmAsync("PUT", _server.Mover() + Below, """{"properties":{"tags":{"ENV":"test"}}}""");

        var names = (await (await _server.ArmAsync("GET", $"/subscriptions/{_server.Subscription}/tagNames")).JsonAsync())["value"]!.AsArray();

        Assert.Equal("env", (string?)Assert.Single(names)!["tagName"]);
        Assert.Equal("2", (string?)names[0]!["count"]!["value"]);
        Assert.Equal(["prod", "test"], names[0]!["values"]!.AsArray().Select(value => (string?)value!["tagValue"]));
    }

    private static string TagsBody(string tags) => "{\"properties\":{\"tags\":{" + tags + "}}}";

    private static async Task<string> TagsAsync(HttpResponseMessage answer) => (await answer.JsonAsync())["properties"]!["tags"]!.ToJsonString();
}
