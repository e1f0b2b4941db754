using System.Text.Json.Nodes;
using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>
/// <c>az role</c> of Debian's Azure CLI. Some of its commands end in the CLI itself, for want of an attribute that Debian's authorization
/// library has renamed; those run with that one attribute put back. Every test fails when an exchange broke the API definitions.
/// </summary>
public sealed class AzureCliRoleTests(AzureCli az) : IClassFixture<AzureCli>, IDisposable
{
    private const string Contributor = "Storage Blob Data Contributor";

    private string Subscription => "/subscriptions/" + az.Subscription;

    public void Dispose() => az.Contract.AssertKept();

    [RequiresFact("MOVER_AZ")]
    public async Task Assignments_are_updated_and_deleted_by_id_and_definitions_written_with_az_as_it_is()
    {
        var group = await GroupAsync("roles-unmodified");
        var assignment = await az.SendAsync(
            HttpMethod.Put, $"{group}/providers/Microsoft.Authorization/roleAssignments/{Guid.NewGuid()}?api-version=2022-04-01", """
            {"properties":{"roleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
            "principalId":"11111111-2222-3333-4444-555555555555","principalType":"ServicePrincipal","description":"one"}}
            """);

        // az wants an assignment as az shows it: without "properties".
        var shown = assignment["properties"]!.DeepClone().AsObject();
        (shown["id"], shown["name"], shown["description"]) = ((string?)assignment["id"], (string?)assignment["name"], "two");
        var updated = await az.RunAsync("role", "assignment", "update", "--role-assignment", shown.ToJsonString());
        var changes = await az.RunAsync("role", "assignment", "list-changelogs");
        await az.RunAsync("role", "assignment", "delete", "--ids", (string)assignment["id"]!);
        var (exitCode, _, errors) = await az.TryAsync(
            "rest", "--method", "get", "--url", (string)assignment["id"]! + "?api-version=2022-04-01");

        var made = await az.RunAsync("role", "definition", "create", "--role-definition", Definition("Starter of jobs", "d", group));
        var role = made!.DeepClone();
        role["description"] = "changed";
        var changed = await az.RunAsync("role", "definition", "update", "--role-definition", role.ToJsonString());

        Assert.Equal("two", (string?)updated!["description"]);
        Assert.Empty(changes!.AsArray());
        Assert.NotEqual(0, exitCode);
        Assert.Contains("RoleAssignmentNotFound", errors, StringComparison.Ordinal);
        Assert.Equal(((string?)made["id"], "changed"), ((string?)changed!["id"], (string?)changed["description"]));
    }

    [RequiresFact("MOVER_AZ")]
    public async Task Assignments_are_created_listed_with_names_and_deleted_by_who_what_and_where()
    {
        var group = await GroupAsync("roles-repaired");
        var below = group + "/providers/Microsoft.Storage/storageAccounts/acc";
        var principal = await az.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"build"}""");
        var (appId, objectId) = ((string)principal["appId"]!, (string)principal["id"]!);

        var (exitCode, _, errors) = await az.TryAsync("role", "assignment", "list", "--scope", group);
        var made = await az.RunRoleAsync(
            "assignment", "create", "--assignee-object-id", objectId, "--assignee-principal-type", "ServicePrincipal",
            "--role", Contributor, "--scope", group);
        var again = await az.RunRoleAsync("assignment", "create", "--assignee", appId, "--role", Contributor, "--scope", group);
        var at = await az.RunRoleAsync("assignment", "list", "--scope", group);
        var ofApp = await az.RunRoleAsync("assignment", "list", "--all", "--assignee", appId, "--query", "[].id");
        var inherited = await az.RunRoleAsync(
            "assignment", "list", "--scope", below, "--include-inherited", "--query", "[].[principalName, roleDefinitionName]");
        await az.RunRoleAsync("assignment", "delete", "--assignee", appId, "--role", Contributor, "--scope", group);
        var left = await az.RunRoleAsync("assignment", "list", "-g", "roles-repaired");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("object has no attribute 'config'", errors, StringComparison.Ordinal);
        Assert.Equal((objectId, "ServicePrincipal"), ((string?)made!["principalId"], (string?)made["principalType"]));
        Assert.Equal((string?)made["id"], (string?)again!["id"]);
        var only = Assert.Single(at!.AsArray())!;
        Assert.Equal((appId, Contributor), ((string?)only["principalName"], (string?)only["roleDefinitionName"]));
        Assert.Equal((string?)made["id"], (string?)Assert.Single(ofApp!.AsArray()));
        string[] all = [.. inherited!.AsArray().Select(one => $"{one![0]}: {one[1]}")];
        Assert.Contains($"{appId}: {Contributor}", all);
        Assert.Contains("administrator: Owner", all);
        Assert.Empty(left!.AsArray());
    }

    [RequiresFact("MOVER_AZ")]
    public async Task Definitions_are_found_updated_and_deleted_by_name()
    {
        var group = await GroupAsync("roles-definitions");

        var reader = await az.RunRoleAsync("definition", "list", "--name", "Reader");
        await az.RunAsync("role", "definition", "create", "--role-definition", Definition("Watcher of jobs", "one", group));
        await az.RunAsync("role", "definition", "update", "--role-definition", Definition("Watcher of jobs", "two", group));
        var custom = await az.RunRoleAsync("definition", "list", "--custom-role-only", "-g", "roles-definitions");
        await az.RunRoleAsync("definition", "delete", "--name", "Watcher of jobs", "-g", "roles-definitions");
        var left = await az.RunRoleAsync("definition", "list", "--name", "Watcher of jobs", "-g", "roles-definitions");

        Assert.Equal("acdd72a7-3385-48ef-bd42-f606fba81ae7", (string?)Assert.Single(reader!.AsArray())!["name"]);
        var only = Assert.Single(custom!.AsArray())!;
        Assert.Equal(("Watcher of jobs", "two"), ((string?)only["roleName"], (string?)only["description"]));
        Assert.Empty(left!.AsArray());
    }

    [RequiresFact("MOVER_AZ")]
    public async Task Service_principals_are_found_in_the_directory()
    {
        var principal = await az.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"nightly build"}""");

        var found = await az.RunAsync("ad", "sp", "list", "--display-name", "nightly", "--query", "[].appId");
        var shown = await az.RunAsync("ad", "sp", "show", "--id", (string)principal["appId"]!, "--query", "id");

        Assert.Equal((string?)principal["appId"], (string?)Assert.Single(found!.AsArray()));
        Assert.Equal((string?)principal["id"], (string?)shown);
    }

    private async Task<string> GroupAsync(string name)
    {
        var id = $"{Subscription}/resourceGroups/{name}";
        await az.SendAsync(HttpMethod.Put, id + "?api-version=2022-09-01", """{"location":"eastus"}""");
        return id;
    }

    private static string Definition(string name, string description, string scope) => new JsonObject
    {
        ["name"] = name,
        ["description"] = description,
        ["actions"] = new JsonArray("Microsoft.StorageMover/*/read"),
        ["assignableScopes"] = new JsonArray(scope),
    }.ToJsonString();
}
