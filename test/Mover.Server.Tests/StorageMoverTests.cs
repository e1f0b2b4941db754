using System.Net;

namespace Mover.Server.Tests;

public sealed class StorageMoverTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Put_of_a_new_storage_mover_answers_200_with_the_recorded_keys_in_order()
    {
        await _server.CreateGroupAsync();

        var response = await _server.PutAsync(_server.Mover("Mover1"), """{"location":"East US","tags":{"a":"b"},"properties":{"description":""}}""");

        var body = await response.JsonAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["id", "name", "type", "location", "tags", "systemData", "properties"], body.Select(p => p.Key));
        Assert.Equal(_server.Mover("Mover1"), (string?)body["id"]);
        Assert.Equal("microsoft.storagemover/storagemovers", (string?)body["type"]);
        Assert.Equal("eastus", (string?)body["location"]);
        Assert.Equal("""{"description":"","provisioningState":"Succeeded"}""", body["properties"]!.ToJsonString());
        Assert.Equal(
            ["createdBy", "createdByType", "createdAt", "lastModifiedBy", "lastModifiedByType", "lastModifiedAt"],
            body["systemData"]!.AsObject().Select(p => p.Key));
        Assert.Matches("^\"[0-9a-f]{8}-0000-[0-9a-f]{4}-0000-[0-9a-f]{8}0000\"$", response.Header("ETag"));
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Get_answers_the_etag_of_the_last_write_and_leaves_unset_properties_out()
    {
        await _server.CreateGroupAsync();
        var put = await _server.PutAsync(_server.Mover(), """{"location":"eastus"}""");

        var get = await _server.GetAsync(_server.Mover().ToUpperInvariant().Replace("/SUBSCRIPTIONS", "/subscriptions", StringComparison.Ordinal));

        Assert.Equal(put.Header("ETag"), get.Header("ETag"));
        var body = await get.JsonAsync();
        Assert.Equal(["id", "name", "type", "location", "systemData", "properties"], body.Select(p => p.Key));
        Assert.Equal("""{"provisioningState":"Succeeded"}""", body["properties"]!.ToJsonString());
    }

    [Fact]
    public async Task Put_over_an_existing_one_keeps_its_creation_and_replaces_its_tags()
    {
        await _server.CreateGroupAsync();
        var first = await (await _server.PutAsync(_server.Mover(), """{"location":"eastus","tags":{"a":"b","c":"d"}}""")).JsonAsync();

        var second = await (await _server.PutAsync(_server.Mover(), """{"location":"eastus","tags":{"e":"f"}}""")).JsonAsync();

        Assert.Equal(first["systemData"]!["createdAt"]!.ToString(), second["systemData"]!["createdAt"]!.ToString());
        Assert.Equal("""{"e":"f"}""", second["tags"]!.ToJsonString());
    }

    [Fact]
    public async Task Patch_merges_properties_and_replaces_tags_as_a_bag()
    {
        await _server.CreateGroupAsync();
        await _server.CreateAsync(_server.Mover(), """{"location":"eastus","tags":{"a":"b"},"properties":{"description":"x"}}""");

        var response = await _server.PatchAsync(_server.Mover(), """{"tags":{"c":"d"}}""");

        var body = await response.JsonAsync();
        Assert.Equal("""{"c":"d"}""", body["tags"]!.ToJsonString());
        Assert.Equal("x", (string?)body["properties"]!["description"]);
    }

    [Fact]
    public async Task Patch_of_a_missing_storage_mover_is_not_found()
    {
        await _server.CreateGroupAsync();

        var response = await _server.PatchAsync(_server.Mover(), "{}");

        Assert.Equal("ResourceNotFound", await response.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task A_missing_resource_is_told_from_a_missing_group()
    {
        var noGroup = await _server.GetAsync(_server.Mover() + "/endpoints/e");
        await _server.CreateGroupAsync();
        var noResource = await _server.GetAsync(_server.Mover() + "/endpoints/e");

        Assert.Equal("Resource group 'g1' could not be found.", (string?)(await noGroup.JsonAsync())["error"]!["message"]);
        Assert.Equal(
            "The resource 'Microsoft.StorageMover/storageMovers/m1/endpoints/e' could not be found.",
            (string?)(await noResource.JsonAsync())["error"]!["message"]);
    }

    [Fact]
    public async Task Another_location_is_refused()
    {
        await _server.CreateMoverAsync();

        var response = await _server.PutAsync(_server.Mover(), """{"location":"westus"}""");

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("InvalidResourceLocation", await response.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("PUT", "If-Match", "*", 412)]
    [InlineData("PATCH", "If-Match", "*", 404)]
    [InlineData("DELETE", "If-Match", "*", 204)]
    [InlineData("PUT", "If-None-Match", "*", 200)]
    public async Task Conditions_on_a_missing_resource_follow_arms_table(string method, string header, string value, int status)
    {
        await _server.CreateGroupAsync();

        var response = await _server.SendAsync(
            new(method), TestServer.Versioned(_server.Mover()), method == "DELETE" ? null : """{"location":"eastus"}""", (header, value));

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("PUT", "If-None-Match", "*")]
    [InlineData("PUT", "If-Match", "\"stale\"")]
    [InlineData("PATCH", "If-Match", "\"stale\"")]
    [InlineData("DELETE", "If-Match", "\"stale\"")]
    public async Task Conditions_that_do_not_hold_are_refused_with_412(string method, string header, string value)
    {
        await _server.CreateMoverAsync();

        var response = await _server.SendAsync(
            new(method), TestServer.Versioned(_server.Mover()), method == "DELETE" ? null : """{"location":"eastus"}""", (header, value));

        Assert.Equal(HttpStatusCode.PreconditionFailed, response.StatusCode);
        Assert.Equal("PreconditionFailed", await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_write_with_the_current_etag_is_done_and_makes_a_new_one()
    {
        await _server.CreateGroupAsync();
        var first = await _server.PutAsync(_server.Mover(), """{"location":"eastus"}""");

        var second = await _server.PutAsync(_server.Mover(), """{"location":"eastus"}""", ("If-Match", first.Header("ETag")));

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.NotEqual(first.Header("ETag"), second.Header("ETag"));
    }

    [Fact]
    public async Task An_empty_list_is_exactly_twelve_bytes()
    {
        await _server.CreateGroupAsync();

        var response = await _server.GetAsync(_server.Group() + "/providers/Microsoft.StorageMover/storageMovers");

        Assert.Equal("""{"value":[]}""", await response.Content.ReadAsStringAsync());
        Assert.False(response.Headers.Contains("ETag"));
    }

    [Fact]
    public async Task The_subscriptions_list_pages_over_its_groups_in_the_order_of_names()
    {
        await using var server = await TestServer.StartAsync(options => options with { PageSize = 2 });
        foreach (var group in new[] { "g1", "g2", "g3" })
        {
            await server.CreateGroupAsync(group);
            await server.CreateAsync(server.Mover("a", group), """{"location":"eastus"}""");
            await server.CreateAsync(server.Mover("b", group), """{"location":"eastus"}""");
        }

        await server.CreateGroupAsync("g0");
        var ids = await AllAsync(server, $"/subscriptions/{server.Subscription}/providers/Microsoft.StorageMover/storageMovers");

        Assert.Equal(
            new[] { "g1", "g2", "g3" }.SelectMany(g => new[] { server.Mover("a", g), server.Mover("b", g) }),
            ids);
    }

    [Fact]
    public async Task A_list_has_a_next_link_only_while_a_page_follows()
    {
        await using var server = await TestServer.StartAsync(options => options with { PageSize = 3 });
        await server.CreateMoverAsync();
        foreach (var name in new[] { "p1", "p2", "p3", "p4" })
        {
            await server.CreateAsync($"{server.Mover()}/projects/{name}", "{}");
        }

        var first = await (await server.GetAsync(server.Mover() + "/projects")).JsonAsync();
        var second = await (await server.Http.GetAsync(new Uri((string)first["nextLink"]!))).JsonAsync();

        Assert.Equal(3, first["value"]!.AsArray().Count);
        Assert.Single(second["value"]!.AsArray());
        Assert.False(second.ContainsKey("nextLink"));
    }

    [Fact]
    public async Task A_skip_token_that_is_not_ours_is_refused()
    {
        await _server.CreateMoverAsync();

        var response = await _server.GetAsync(_server.Mover() + "/projects?$skiptoken=!!");

        Assert.Equal("InvalidSkipToken", await response.ErrorCodeAsync());
    }

    private static async Task<List<string>> AllAsync(TestServer server, string path)
    {
        var ids = new List<string>();
        var next = TestServer.Versioned(path);
        while (next is not null)
        {
            var page = await (await server.Http.GetAsync(new Uri(next, UriKind.RelativeOrAbsolute))).JsonAsync();
            ids.AddRange(page["value"]!.AsArray().Select(v => (string)v!["id"]!));
            next = (string?)page["nextLink"];
        }

        return ids;
    }
}
