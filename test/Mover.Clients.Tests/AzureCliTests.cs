using System.Text.Json.Nodes;
using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>
/// The Azure CLI as Debian packs it, unmodified. Each call takes seconds, so the tests are few and long. Every test fails when an exchange
/// broke the API definitions.
/// </summary>
public sealed class AzureCliTests(AzureCli az) : IClassFixture<AzureCli>, IDisposable
{
    private const string ApiVersion = "2025-12-01";

    public void Dispose() => az.Contract.AssertKept();

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
    public async Task Groups_and_resources_are_found_tagged_and_acted_on()
    {
        var group = Subscription + "/resourceGroups/cli-acts";
        var mover = group + "/providers/Microsoft.StorageMover/storageMovers/m1";
        var definition = mover + "/projects/p1/jobDefinitions/j1";
        await SetTheStageAsync(group, mover);

        Assert.True((bool?)await az.RunAsync("group", "exists", "-n", "cli-acts"));
        Assert.False((bool?)await az.RunAsync("group", "exists", "-n", "cli-none"));
        Assert.Equal("ops", (string?)await az.RunAsync("group", "update", "-n", "cli-acts", "--tags", "team=ops", "--query", "tags.team"));
        await az.RunAsync("group", "wait", "-n", "cli-acts", "--exists");
        Assert.Equal("test", (string?)await az.RunAsync("resource", "tag", "--ids", mover, "--tags", "env=test", "--query", "tags.env"));
        Assert.Equal("m1", Only(await az.RunAsync("resource", "list", "--tag", "env=test", "--query", "[].name")));
        Assert.Equal("m1", Only(await az.RunAsync(
            "resource", "list", "-g", "cli-acts", "--resource-type", "Microsoft.StorageMover/storageMovers", "--query", "[].name")));
        var both = await az.RunAsync("resource", "show", "--ids", mover, definition, "--query", "[].name");
        Assert.Equal(["m1", "j1"], both!.AsArray().Select(name => (string?)name));

        var run = await az.RunAsync("resource", "invoke-action", "--action", "startJob", "--ids", definition, "--api-version", ApiVersion);
        var stopped = await az.RunAsync("resource", "invoke-action", "--action", "stopJob", "--ids", definition, "--api-version", ApiVersion);
        Assert.StartsWith(definition + "/jobRuns/", (string?)run!["jobRunResourceId"], StringComparison.Ordinal);
        Assert.Equal((string?)run["jobRunResourceId"], (string?)stopped!["jobRunResourceId"]);

        await az.RunAsync("tag", "update", "--resource-id", mover, "--operation", "Merge", "--tags", "more=1");
        var tags = await az.RunAsync("tag", "list", "--resource-id", mover, "--query", "properties.tags");
        Assert.Equal(("test", "1"), ((string?)tags!["env"], (string?)tags["more"]));

        var url = $"{mover}?api-version=2023-03-01";
        await az.RunAsync("rest", "--method", "patch", "--url", url, "--body", """{"properties":{"description":"old"}}""");
        Assert.Equal("old", (string?)await az.RunAsync("rest", "--method", "get", "--url", url, "--query", "properties.description"));

        var events = await az.RunAsync("monitor", "activity-log", "list", "-g", "cli-acts", "--query", "[].operationName.value");
        Assert.Contains(
            "Microsoft.StorageMover/storageMovers/projects/jobDefinitions/startJob/action", events!.AsArray().Select(one => (string?)one));
    }

    [RequiresFact("MOVER_AZ")]
    public async Task Providers_locations_and_secrets_are_found()
    {
        await az.SendAsync(HttpMethod.Put, "/vaults/main/secrets/s1?api-version=7.4", """{"value":"hidden"}""");

        var providers = await az.RunAsync("provider", "list", "--query", "[?registrationState=='Registered'].namespace");
        var versions = await az.RunAsync(
            "provider", "show", "-n", "Microsoft.StorageMover", "--query", "resourceTypes[?resourceType=='storageMovers'].apiVersions[]");
        var locations = await az.RunAsync("account", "list-locations", "--query", "[].name");
        var secrets = await az.RunAsync(
            "rest", "--method", "get", "--url", az.Url + "/vaults/main/secrets?api-version=7.4", "--resource", "https://vault.azure.net");

        Assert.Contains("Microsoft.StorageMover", providers!.AsArray().Select(one => (string?)one));
        Assert.Contains(ApiVersion, versions!.AsArray().Select(one => (string?)one));
        Assert.Contains("eastus", locations!.AsArray().Select(one => (string?)one));
        Assert.EndsWith("/vaults/main/secrets/s1", (string?)secrets!["value"]!.AsArray().Single()!["id"], StringComparison.Ordinal);
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
        Assert.True(az.Contract.Held > 0);
    }

    private static string? Only(JsonNode? names) => (string?)names!.AsArray().Single();

    private async Task SetTheStageAsync(string group, string mover)
    {
        (string Path, string Body)[] resources =
        [
            (mover, """{"location":"eastus"}"""),
            (mover + "/endpoints/src", """{"properties":{"endpointType":"NfsMount","host":"filer","export":"/data"}}"""),
            (mover + "/endpoints/dst", """
                {"properties":{"endpointType":"AzureStorageBlobContainer","blobContainerName":"cont",
                "storageAccountResourceId":"GROUP/providers/Microsoft.Storage/storageAccounts/acc"}}
                """),
            (mover + "/agents/a1", """
                {"properties":{"arcResourceId":"GROUP/providers/Microsoft.HybridCompute/machines/a1",
                "arcVmUuid":"3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9"}}
                """),
            (mover + "/projects/p1", "{}"),
            (mover + "/projects/p1/jobDefinitions/j1", """
                {"properties":{"copyMode":"Additive","sourceName":"src","targetName":"dst","agentName":"a1"}}
                """),
        ];
        await az.SendAsync(HttpMethod.Put, group + "?api-version=2022-09-01", """{"location":"eastus"}""");
        foreach (var (path, body) in resources)
        {
            await az.SendAsync(
                HttpMethod.Put, $"{path}?api-version={ApiVersion}", body.Replace("GROUP", group, StringComparison.Ordinal));
        }
    }
}
