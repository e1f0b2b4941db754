using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.State.Documents;

namespace Mover.Server.Tests.Resources;

public sealed class ResourceListTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private string All => $"/subscriptions/{_server.Subscription}/resources";

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(options => options with { PageSize = 2 });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_subscriptions_resources_are_listed_over_its_groups_without_what_is_below_them()
    {
        await CreateEstateAsync();

        var found = await PagesAsync(All);

        Assert.Equal(["acc1", "m1", "acc2", "m2"], found.Select(resource => (string?)resource["name"]));
        Assert.Equal("Microsoft.StorageMover/storageMovers", (string?)found[1]["type"]);
        Assert.Equal("prod", (string?)found[1]["tags"]!["env"]);
        Assert.Equal("Standard_LRS", (string?)found[0]["sku"]!["name"]);
        Assert.False(found[0].ContainsKey("createdTime"));
        Assert.False(found[0].ContainsKey("properties"));
    }

    [Fact]
    public async Task A_groups_resources_are_its_own()
    {
        await CreateEstateAsync();

        var found = await PagesAsync(_server.Group("g2") + "/resources");
        var missing = await _server.ArmAsync("GET", _server.Group("none") + "/resources");

        Assert.Equal(["acc2", "m2"], found.Select(resource => (string?)resource["name"]));
        Assert.Equal("ResourceGroupNotFound", await missing.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_filter_an_expansion_and_a_page_size_stay_with_the_next_link()
    {
        await CreateEstateAsync();

        var found = await PagesAsync(All + "?$filter=resourceType eq 'Microsoft.Storage/storageAccounts'&$top=1&$expand=createdTime,changedTime,provisioningState");

        Assert.Equal(["acc1", "acc2"], found.Select(resource => (string?)resource["name"]));
        Assert.All(found, resource => Assert.Equal("Succeeded", (string?)resource["provisioningState"]));
        Assert.All(found, resource => Assert.NotNull(resource["createdTime"]));
    }

    [Theory]
    [InlineData("$filter=nonsense", "InvalidFilterInQueryString")]
    [InlineData("$top=0", "InvalidTopInQueryString")]
    [InlineData("$skiptoken=bm90IG91cnM", "InvalidSkipToken")]
    public async Task A_query_that_is_wrong_is_refused(string query, string code)
    {
        var answer = await _server.ArmAsync("GET", $"{All}?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(code, await answer.ErrorCodeAsync());
    }

    [Fact]
    public async Task Whether_a_resource_exists_is_answered_by_HEAD_for_every_type()
    {
        await _server.CreateJobAsync();

        var there = await _server.SendAsync(HttpMethod.Head, TestServer.Versioned(_server.Definition()));
        var gone = await _server.SendAsync(HttpMethod.Head, TestServer.Versioned(_server.Definition("other")));

        Assert.Equal(HttpStatusCode.NoContent, there.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Empty(await gone.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("Microsoft.Storage/storageAccounts", "acc1,acc2")]
    [InlineData("Microsoft.StorageMover/storageMovers", "m1,m2")]
    [InlineData("Microsoft.HybridCompute/machines", "")]
    public async Task One_type_is_listed_over_the_groups_of_the_subscription(string type, string names)
    {
        await CreateEstateAsync();

        var version = type.StartsWith("Microsoft.StorageMover", StringComparison.Ordinal) ? TestServer.ApiVersion : "2023-01-01";
        var found = await PagesAsync($"/subscriptions/{_server.Subscription}/providers/{type}", version);

        Assert.Equal(names, string.Join(',', found.Select(resource => (string?)resource["name"])));
    }

    [Fact]
    public async Task Many_children_below_many_resources_are_passed_over()
    {
        await CreateEstateAsync();
        await FillAsync(_server.Mover(), 300);

        var found = await PagesAsync(All + "?$top=1000");

        Assert.Equal(4, found.Count);
    }

    private async Task CreateEstateAsync()
    {
        await _server.CreateMoverAsync();
        await _server.CreateGroupAsync("g2");
        await _server.CreateAsync(_server.Mover(), """{"location":"eastus","tags":{"env":"prod"}}""");
        await _server.CreateAsync(_server.Mover() + "/projects/p1", "{}");
        await _server.CreateAsync(_server.Mover("m2", "g2"), """{"location":"eastus"}""");
        await CreateAccountAsync("g1", "acc1");
        await CreateAccountAsync("g2", "acc2");
    }

    private async Task CreateAccountAsync(string group, string name)
    {
        var answer = await _server.ArmAsync(
            "PUT", $"{_server.Group(group)}/providers/Microsoft.Storage/storageAccounts/{name}", """{"location":"eastus","sku":{"name":"Standard_LRS"}}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task FillAsync(string parent, int count)
    {
        Assert.True(ResourceId.TryParse(parent, out var id));
        var documents = _server.Services.GetRequiredService<DocumentStore>();
        foreach (var batch in Enumerable.Range(0, count).Chunk(DocumentStore.CommitWritesMax))
        {
            await documents.CommitAsync(
                [.. batch.Select(at => DocumentWrite.Put(id.Child("projects", $"p{at}"), new Project(), MoverJson.Wire.Project))],
                new WriteStamp("test", "User", DateTimeOffset.UnixEpoch, $"c{batch[0]}"),
                default);
        }
    }

    private async Task<List<JsonObject>> PagesAsync(string path, string version = "2021-04-01")
    {
        var found = new List<JsonObject>();
        var next = TestServer.Versioned(path, version);
        while (next is not null)
        {
            var page = await (await _server.SendAsync(HttpMethod.Get, next)).JsonAsync();
            found.AddRange(page["value"]!.AsArray().Select(resource => resource!.AsObject()));
            next = page["nextLink"] is { } link ? new Uri((string)link!).PathAndQuery : null;
        }

        return found;
    }
}
