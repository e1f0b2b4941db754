using System.Text.Json.Nodes;

namespace Mover.Server.Tests.Access;

public sealed class CloudMetadataTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _server.Http.DefaultRequestHeaders.Authorization = null;
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("?api-version=2015-01-01")]
    [InlineData("?api-version=1.0")]
    [InlineData("")]
    public async Task The_oldest_shape_is_one_flat_object(string query)
    {
        var found = (JsonObject)await GetAsync(query);

        Assert.Equal($"{_server.Url}/adfs", (string?)found["authentication"]!["loginEndpoint"]);
        Assert.Equal(_server.Url, (string?)found["authentication"]!["audiences"]![0]);
        Assert.All(["galleryEndpoint", "graphEndpoint", "portalEndpoint", "microsoftGraphResourceId"],
            name => Assert.Equal(_server.Url, (string?)found[name]));
    }

    [Theory]
    [InlineData("2018-05-01")]
    [InlineData("2019-05-01")]
    [InlineData("2020-09-01")]
    public async Task The_shape_after_it_is_a_list_of_clouds(string version) =>
        AssertCloud(Assert.Single((JsonArray)await GetAsync($"?api-version={version}"))!);

    [Fact]
    public async Task The_newest_shape_is_one_cloud() => AssertCloud(await GetAsync("?api-version=2022-09-01"));

    private void AssertCloud(JsonNode cloud)
    {
        Assert.Equal($"{_server.Url}/adfs", (string?)cloud["authentication"]!["loginEndpoint"]);
        Assert.All(["resourceManager", "graph", "graphAudience", "microsoftGraphResourceId", "gallery", "portal"],
            name => Assert.Equal(_server.Url, (string?)cloud[name]));
        Assert.All(["name", "batch", "media", "sqlManagement", "vmImageAliasDoc"], name => Assert.NotNull((string?)cloud[name]));
        Assert.NotNull((string?)cloud["suffixes"]!["keyVaultDns"]);
    }

    private async Task<JsonNode> GetAsync(string query)
    {
        using var answer = await _server.Http.GetAsync("/metadata/endpoints" + query);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }
}
