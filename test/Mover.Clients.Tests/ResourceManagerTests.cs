using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using Azure.ResourceManager.Resources.Models;
using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>
/// <c>Azure.ResourceManager</c>, unmodified: Microsoft's management client for .NET. Every test fails when an exchange broke the API definitions.
/// </summary>
public sealed class ResourceManagerTests(ControlPlane plane) : IClassFixture<ControlPlane>, IDisposable
{
    public void Dispose() => plane.Contract.AssertKept();

    [Fact]
    public async Task Groups_are_made_tagged_listed_and_deleted()
    {
        var subscription = await Client().GetDefaultSubscriptionAsync();
        var groups = subscription.GetResourceGroups();

        var made = (await groups.CreateOrUpdateAsync(WaitUntil.Completed, "net-group", new ResourceGroupData(AzureLocation.EastUS))).Value;
        await made.AddTagAsync("a", "1");
        var tagged = (await groups.GetAsync("net-group")).Value;
        var listed = await groups.GetAllAsync("tagName eq 'a' and tagValue eq '1'").ToListAsync();
        await made.DeleteAsync(WaitUntil.Completed);

        Assert.Equal("1", tagged.Data.Tags["a"]);
        Assert.Equal("net-group", Assert.Single(listed).Data.Name);
        Assert.False(await groups.ExistsAsync("net-group"));
    }

    [Fact]
    public async Task Every_type_of_storage_mover_is_made_read_tagged_and_deleted_as_a_generic_resource()
    {
        var client = Client();
        var subscription = await client.GetDefaultSubscriptionAsync();
        var group = (await subscription.GetResourceGroups()
            .CreateOrUpdateAsync(WaitUntil.Completed, "net-types", new ResourceGroupData(AzureLocation.EastUS))).Value;
        var mover = new ResourceIdentifier($"{group.Id}/providers/Microsoft.StorageMover/storageMovers/m1");
        var resources = client.GetGenericResources();

        var made = (await resources.CreateOrUpdateAsync(WaitUntil.Completed, mover, new GenericResourceData(AzureLocation.EastUS))).Value;
        await made.SetTagsAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "test" });
        foreach (var (path, body) in Below(group.Id))
        {
            var id = new ResourceIdentifier(mover + path);
            var data = new GenericResourceData(AzureLocation.EastUS) { Properties = BinaryData.FromString(body) };
            await resources.CreateOrUpdateAsync(WaitUntil.Completed, id, data);
            Assert.Equal(id.Name, (await resources.GetAsync(id)).Value.Data.Name);
            Assert.True(await resources.ExistsAsync(id));
        }

        var found = await group.GetGenericResourcesAsync("resourceType eq 'Microsoft.StorageMover/storageMovers'").ToListAsync();
        await made.DeleteAsync(WaitUntil.Completed);

        Assert.Equal("test", Assert.Single(found).Data.Tags["env"]);
        Assert.False(await resources.ExistsAsync(mover));
        Assert.True(plane.Contract.Held > 0);
        await group.DeleteAsync(WaitUntil.Completed);
    }

    [Fact]
    public async Task Providers_locations_and_tenants_are_found()
    {
        var client = Client();
        var subscription = await client.GetDefaultSubscriptionAsync();

        var provider = (await subscription.GetResourceProviderAsync("Microsoft.StorageMover")).Value;
        var locations = await subscription.GetLocationsAsync().ToListAsync();
        var tenants = await client.GetTenants().GetAllAsync().ToListAsync();

        Assert.Equal("Registered", provider.Data.RegistrationState);
        Assert.Contains(locations, location => location is { Name: "eastus", Metadata.PairedRegions: [{ Name: "westus" }] });
        Assert.Equal(subscription.Data.TenantId, Assert.Single(tenants).Data.TenantId);
    }

    private static IEnumerable<(string Path, string Properties)> Below(ResourceIdentifier group) =>
    [
        ("/endpoints/source", """{"endpointType":"NfsMount","host":"127.0.0.1","export":"/export"}"""),
        ("/endpoints/target",
            "{\"endpointType\":\"AzureStorageBlobContainer\",\"storageAccountResourceId\":\"" + group
            + "/providers/Microsoft.Storage/storageAccounts/account\",\"blobContainerName\":\"container\"}"),
        ("/agents/agent1",
            "{\"arcResourceId\":\"" + group
            + "/providers/Microsoft.HybridCompute/machines/agent1\",\"arcVmUuid\":\"3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9\"}"),
        ("/connections/c1", "{\"privateLinkServiceId\":\"" + group + "/providers/Microsoft.Network/privateLinkServices/p\"}"),
        ("/projects/p1", "{}"),
        ("/projects/p1/jobDefinitions/j1", """{"copyMode":"Additive","sourceName":"source","targetName":"target"}"""),
    ];

    private ArmClient Client()
    {
        var options = new ArmClientOptions
        {
            Environment = new ArmEnvironment(new Uri(plane.Url), "https://management.azure.com/"),
            Transport = new HttpClientTransport(new HttpClient(ControlPlane.Trusting(plane.AuthorityPath))),
        };
        return new(new GivenToken(plane.Token), default, options);
    }

    private sealed class GivenToken(string token) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(token, DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}

internal static class Pages
{
    public static async Task<List<T>> ToListAsync<T>(this AsyncPageable<T> pages)
        where T : notnull
    {
        var found = new List<T>();
        await foreach (var one in pages)
        {
            found.Add(one);
        }

        return found;
    }
}
