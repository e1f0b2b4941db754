using System.Net;

namespace Mover.Server.Tests.Providers;

public sealed class ProviderTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private string Provider => $"/subscriptions/{_server.Subscription}/providers/Microsoft.StorageMover";

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_provider_tells_its_types_versions_and_locations()
    {
        var provider = await (await _server.ArmAsync("GET", Provider.ToUpperInvariant().Replace("SUBSCRIPTIONS", "subscriptions", StringComparison.Ordinal) + "?$expand=metadata")).JsonAsync();

        var mover = provider["resourceTypes"]!.AsArray().Single(type => (string?)type!["resourceType"] == "storageMovers")!;
        Assert.Equal("Registered", (string?)provider["registrationState"]);
        Assert.Contains("East US", mover["locations"]!.AsArray().Select(location => (string?)location));
        Assert.Contains(TestServer.ApiVersion, mover["apiVersions"]!.AsArray().Select(version => (string?)version));
        Assert.Equal("SupportsTags, SupportsLocation", (string?)mover["capabilities"]);
    }

    [Fact]
    public async Task Providers_are_listed_for_the_subscription_and_for_the_tenant()
    {
        var mine = await (await _server.ArmAsync("GET", $"/subscriptions/{_server.Subscription}/providers?$expand=resourceTypes/aliases")).JsonAsync();
        var all = await (await _server.ArmAsync("GET", "/providers")).JsonAsync();

        Assert.Contains("Microsoft.HybridCompute", mine["value"]!.AsArray().Select(provider => (string?)provider!["namespace"]));
        Assert.Equal(mine["value"]!.AsArray().Count, all["value"]!.AsArray().Count);
        Assert.Equal("/providers/Microsoft.Storage", (string?)(await (await _server.ArmAsync("GET", "/providers/microsoft.storage")).JsonAsync())["id"]);
    }

    [Fact]
    public async Task An_unregistered_provider_makes_no_new_resources_until_it_is_registered()
    {
        await _server.CreateGroupAsync();

        var gone = await (await _server.ArmAsync("POST", Provider + "/unregister")).JsonAsync();
        var refused = await _server.PutAsync(_server.Mover(), """{"location":"eastus"}""");
        var listed = await _server.GetAsync(Provider + "/storageMovers");
        var back = await (await _server.ArmAsync("POST", Provider + "/register")).JsonAsync();

        Assert.Equal("Unregistered", (string?)gone["registrationState"]);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Equal("MissingSubscriptionRegistration", await refused.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        Assert.Equal("Registered", (string?)back["registrationState"]);
        await _server.CreateAsync(_server.Mover(), """{"location":"eastus"}""");
    }

    [Fact]
    public async Task A_provider_with_resources_stays_registered()
    {
        await _server.CreateMoverAsync();

        var refused = await _server.ArmAsync("POST", Provider + "/unregister");

        Assert.Equal("ProviderHasResources", await refused.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("Microsoft.Nothing/things/t", "InvalidResourceNamespace", 404)]
    [InlineData("Microsoft.StorageMover/things/t", "InvalidResourceType", 404)]
    [InlineData("Microsoft.StorageMover/storageMovers", "MethodNotAllowed", 405)]
    public async Task A_404_says_whether_namespace_type_or_method_is_unknown(string path, string code, int status)
    {
        var answer = await _server.PutAsync($"{_server.Group()}/providers/{path}", "{}");

        Assert.Equal(code, await answer.ErrorCodeAsync());
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 405 ? ["GET"] : [], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task The_operations_of_the_provider_are_the_actions_of_its_routes()
    {
        var operations = await (await _server.GetAsync("/providers/Microsoft.StorageMover/operations")).JsonAsync();

        Assert.Contains(
            "Microsoft.StorageMover/storageMovers/projects/jobDefinitions/startJob/action",
            operations["value"]!.AsArray().Select(operation => (string?)operation!["name"]));
    }
}
