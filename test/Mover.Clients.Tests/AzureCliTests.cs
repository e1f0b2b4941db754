using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>
/// The Azure CLI as Debian packs it, unmodified. Each call takes seconds, so the tests are few and long. Every test fails when an exchange broke
/// the API definitions.
/// </summary>
public sealed class AzureCliTests(AzureCli az) : IClassFixture<AzureCli>, IDisposable
{
    private const string ApiVersion = "2025-12-01";

    public void Dispose() => az.Contract?.AssertKept();

    private string Subscription => "/subscriptions/" + az.Subscription;

    [RequiresFact("MOVER_AZ")]
    public async Task A_service_principal_signs_in_and_manages_groups_and_roles()
    {
        var group = Subscription + "/resourceGroups/cli-groups";
        var assignment = $"{group}/providers/Microsoft.Authorization/roleAssignments/{Guid.NewGuid()}?api-version=2022-04-01";

        var accounts = await az.RunAsync("account", "list");
        await az.RunAsync("group", "create", "-n", "cli-groups", "-l", "eastus", "--tags", "a=b");
        var listed = await az.RunAsync("group", "list");
        var made = await az.RunAsync("rest", "--method", "put", "--url", assignment, "--body", """
            {"properties":{"roleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
            "principalId":"11111111-2222-3333-4444-555555555555","principalType":"ServicePrincipal"}}
            """);
        var assigned = await az.RunAsync(
            "rest", "--method", "get", "--url", $"{group}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()");
        var roles = await az.RunAsync(
            "rest", "--method", "get", "--url",
            $"{Subscription}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=roleName eq 'Reader'");
        await az.RunAsync("rest", "--method", "delete", "--url", assignment);
        await az.RunAsync("group", "delete", "-n", "cli-groups", "--yes");

        Assert.Equal((az.Subscription, "adfs"), ((string?)accounts![0]!["id"], az.Tenant));
        Assert.Contains(listed!.AsArray(), g => (string?)g!["name"] == "cli-groups" && (string?)g["tags"]!["a"] == "b");
        Assert.Equal(group, (string?)made!["properties"]!["scope"]);
        Assert.Contains(assigned!["value"]!.AsArray(), a => (string?)a!["id"] == (string?)made["id"]);
        Assert.Equal("acdd72a7-3385-48ef-bd42-f606fba81ae7", (string?)roles!["value"]!.AsArray().Single()!["name"]);
    }

    [RequiresFact("MOVER_AZ")]
    public async Task Every_storage_mover_type_is_created_updated_shown_and_deleted_as_a_resource()
    {
        var group = Subscription + "/resourceGroups/cli-types";
        var mover = group + "/providers/Microsoft.StorageMover/storageMovers/m1";
        var account = group + "/providers/Microsoft.Storage/storageAccounts/acc";
        (string Id, string Properties)[] types =
        [
            (mover + "/projects/p1", "{}"),
            (mover + "/endpoints/src", """{"endpointType":"NfsMount","host":"filer","export":"/data"}"""),
            (mover + "/endpoints/dst",
                $$"""{"endpointType":"AzureStorageBlobContainer","storageAccountResourceId":"{{account}}","blobContainerName":"cont"}"""),
            (mover + "/agents/a1",
                $$"""{"arcResourceId":"{{group}}/providers/Microsoft.HybridCompute/machines/a1","arcVmUuid":"3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9"}"""),
            (mover + "/connections/c1",
                $$"""{"privateLinkServiceId":"{{group}}/providers/Microsoft.Network/privateLinkServices/pls"}"""),
            (mover + "/projects/p1/jobDefinitions/j1",
                """{"copyMode":"Additive","sourceName":"src","targetName":"dst","agentName":"a1"}"""),
        ];
        await az.RunAsync("group", "create", "-n", "cli-types", "-l", "eastus");
        await az.RunAsync(
            "resource", "create", "--id", mover, "--api-version", ApiVersion, "--is-full-object", "-p", """{"location":"eastus","properties":{}}""");

        foreach (var (id, properties) in types)
        {
            var made = await az.RunAsync("resource", "create", "--id", id, "--api-version", ApiVersion, "-p", properties);
            var changed = await az.RunAsync("resource", "update", "--id", id, "--api-version", ApiVersion, "--set", "properties.description=changed");
            var shown = await az.RunAsync("resource", "show", "--id", id, "--api-version", ApiVersion);

            Assert.Equal(id, (string?)made!["id"]);
            Assert.Equal("Succeeded", (string?)changed!["properties"]!["provisioningState"]);
            Assert.Equal(id.Contains("/connections/", StringComparison.Ordinal) ? null : "changed", (string?)shown!["properties"]!["description"]);
        }

        foreach (var (id, _) in types.Reverse())
        {
            await az.RunAsync("resource", "delete", "--id", id, "--api-version", ApiVersion);
        }

        await az.RunAsync("resource", "delete", "--id", mover, "--api-version", ApiVersion);
        var (exitCode, _, errors) = await az.TryAsync("resource", "show", "--id", mover, "--api-version", ApiVersion);

        Assert.NotEqual(0, exitCode);
        Assert.Contains("ResourceNotFound", errors, StringComparison.Ordinal);
        Assert.True(az.Contract?.Held > 0);
    }
}
