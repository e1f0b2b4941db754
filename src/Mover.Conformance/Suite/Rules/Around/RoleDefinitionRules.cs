using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Role definitions, 2022-04-01. Source: Azure authorization REST reference; "Azure built-in roles".</summary>
internal static class RoleDefinitionRules
{
    /// <summary>The path of the type below a scope.</summary>
    public const string Below = "/providers/Microsoft.Authorization/roleDefinitions";

    /// <summary>The role Reader, the same everywhere.</summary>
    public const string Reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

    private static readonly (string Name, string Id)[] WellKnown =
    [
        ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"), ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"), ("Reader", Reader),
    ];

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ROLE-DEF-001", "Owner, Contributor and Reader are listed with their well-known ids.", Sources.Authorization,
            BuiltInAsync),
        Rule.Once("ROLE-DEF-002", "A role has permissions, each with four lists of actions.", Sources.Authorization, PermissionsAsync),
        Rule.Once("ROLE-DEF-003", "roleName eq finds only the role of that name.", Sources.Authorization, ByNameAsync),
        Rule.Once("ROLE-DEF-004", "type eq 'BuiltInRole' excludes custom roles.", Sources.Authorization, ByTypeAsync),
        Rule.Once("ROLE-DEF-005", "A role read in a subscription has an id in that subscription.", Sources.Authorization, IdAsync),
        Rule.Once("ROLE-DEF-006", "A missing role returns 404 RoleDefinitionDoesNotExist.", Sources.Authorization, AbsentAsync),
        Rule.Once("ROLE-DEF-007", "A new custom role returns 201, and a GET returns the same.", Sources.Authorization, MadeAsync),
        Rule.Once("ROLE-DEF-008", "A role's name is a GUID; any other is refused: 400.", Sources.Authorization, NameAsync),
        Rule.Once("ROLE-DEF-009", "Two custom roles cannot have the same name: RoleDefinitionWithSameNameExists.", Sources.Authorization,
            SameNameAsync),
        Rule.Once("ROLE-DEF-010", "A custom role without a name, permission or assignable scope is refused: 400.", Sources.Authorization,
            IncompleteAsync),
        Rule.Once("ROLE-DEF-011", "A built-in role cannot be changed or deleted.", Sources.Authorization, FixedAsync),
        Rule.Once("ROLE-DEF-012", "Deleting a custom role returns it; deleting it again returns 204.", Sources.Authorization, DeleteAsync),
        Rule.Once("ROLE-DEF-013", "A custom role that is assigned cannot be deleted.", Sources.Authorization, HeldAsync),
        Rule.Once("ROLE-DEF-014", "An invalid filter on roles is refused: 400.", Sources.Authorization, FilterAsync),
        Rule.Once("ROLE-DEF-015", "Replacing a custom role keeps its creation time.", Sources.Authorization, ReplaceAsync),
        Rule.Once("ROLE-DEF-016", "Storage Blob Data Contributor has its well-known id and a data action to write blobs.",
            Sources.Authorization, DataAsync),
    ];

    private static string Path(Bench bench, string? id = null) => $"{bench.Group}{Below}/{id ?? Guid.NewGuid().ToString()}";

    private static JsonObject Custom(Bench bench, string name) => new()
    {
        ["properties"] = new JsonObject
        {
            ["roleName"] = name,
            ["description"] = "Reads storage movers.",
            ["type"] = "CustomRole",
            ["assignableScopes"] = new JsonArray(bench.Group),
            ["permissions"] = new JsonArray(new JsonObject
            {
                ["actions"] = new JsonArray("Microsoft.StorageMover/storageMovers/read"), ["notActions"] = new JsonArray(),
            }),
        },
    };

    private static string FreshName() => $"conformance {Guid.NewGuid():N}";

    private static async Task WithRoleAsync(Bench bench, Func<string, Exchange, Task> run, string? name = null)
    {
        var path = Path(bench);
        var put = (await bench.AskAsync(Around.Roles, "PUT", path, Custom(bench, name ?? FreshName()))).Allowed();
        try
        {
            await run(path, put);
        }
        finally
        {
            await bench.EraseAsync(path, Around.Roles);
        }
    }

    private static Task<List<JsonObject>> FindAsync(Bench bench, string filter) =>
        bench.AllAsync(Around.Roles, bench.Group + Below + Around.Filter(filter));

    private static async Task BuiltInAsync(Bench bench)
    {
        var roles = await bench.AllAsync(Around.Roles, bench.Subscription + Below);
        foreach (var (name, id) in WellKnown)
        {
            var found = roles.Find(r => (string?)r["name"] == id);
            bench.Holds((string?)found?["properties"]?["roleName"] == name, $"'{name}' is not listed as {id}.");
            bench.Holds((string?)found?["properties"]?["type"] == "BuiltInRole", $"'{name}' is not a built-in role.");
        }
    }

    private static async Task PermissionsAsync(Bench bench)
    {
        foreach (var role in await bench.AllAsync(Around.Roles, bench.Subscription + Below))
        {
            var permissions = role["properties"]?["permissions"] as JsonArray ?? [];
            var lists = new[] { "actions", "notActions", "dataActions", "notDataActions" };
            bench.Holds(permissions.Count > 0 && permissions.All(p => Array.TrueForAll(lists, l => p?[l] is JsonArray)),
                $"'{role["properties"]?["roleName"]}' lacks a list of actions.");
        }
    }

    private static async Task ByNameAsync(Bench bench)
    {
        var found = await FindAsync(bench, "roleName eq 'Reader'");
        bench.Holds(found.Count == 1 && (string?)found[0]["name"] == Reader, $"{found.Count} roles are named Reader.");
    }

    private static Task ByTypeAsync(Bench bench) => WithRoleAsync(bench, async (path, _) =>
    {
        var found = await FindAsync(bench, "type eq 'BuiltInRole'");
        bench.Holds(found.Count > 0 && found.TrueForAll(r => (string?)r["properties"]?["type"] == "BuiltInRole"),
            "The filter finds another role.");
        var custom = await FindAsync(bench, "type eq 'CustomRole'");
        bench.Holds(custom.Exists(r => path.EndsWith((string?)r["name"] ?? "-", StringComparison.OrdinalIgnoreCase)),
            "The filter does not find it.");
    });

    private static async Task IdAsync(Bench bench)
    {
        var get = (await bench.AskAsync(Around.Roles, "GET", $"{bench.Subscription}{Below}/{Reader}")).Status(200);
        get.Same($"{bench.Subscription}{Below}/{Reader}", get.Object()["id"], "The id")
            .Same("Microsoft.Authorization/roleDefinitions", get.Object()["type"], "The type");
    }

    private static async Task AbsentAsync(Bench bench) =>
        (await bench.AskAsync(Around.Roles, "GET", Path(bench))).Error(404, "RoleDefinitionDoesNotExist");

    private static async Task MadeAsync(Bench bench)
    {
        var name = FreshName();
        await WithRoleAsync(
            bench,
            async (path, put) =>
            {
                put.Status(201).Same(name, put.Properties()["roleName"], "The name").Same("CustomRole", put.Properties()["type"],
                    "The type")
                    .Same(new JsonArray(bench.Group), put.Properties()["assignableScopes"], "The assignable scopes");
                var get = (await bench.AskAsync(Around.Roles, "GET", path)).Status(200);
                get.Same(put.Object(), get.Object(), "The role that a GET returns");
            },
            name);
    }

    private static async Task NameAsync(Bench bench) =>
        (await bench.AskAsync(Around.Roles, "PUT", Path(bench, "mover-reader"), Custom(bench, FreshName()))).Allowed().Error(400);

    private static async Task SameNameAsync(Bench bench)
    {
        var name = FreshName();
        await WithRoleAsync(
            bench,
            async (_, _) =>
            {
                var second = await bench.AskAsync(Around.Roles, "PUT", Path(bench), Custom(bench, name.ToUpperInvariant()));
                second.Error(409, "RoleDefinitionWithSameNameExists");
            },
            name);
        (await bench.AskAsync(Around.Roles, "PUT", Path(bench), Custom(bench, "Reader"))).Error(409, "RoleDefinitionWithSameNameExists");
    }

    private static async Task IncompleteAsync(Bench bench)
    {
        foreach (var missing in new[] { "roleName", "permissions", "assignableScopes" })
        {
            var body = Custom(bench, FreshName());
            body["properties"]?.AsObject().Remove(missing);
            (await bench.AskAsync(Around.Roles, "PUT", Path(bench), body)).Allowed().Error(400);
        }
    }

    private static async Task FixedAsync(Bench bench)
    {
        var put = await bench.AskAsync(Around.Roles, "PUT", Path(bench, Reader), Custom(bench, FreshName()));
        put.Holds(put.Status is >= 400 and < 500, $"The PUT returned {put.Status}.");
        var delete = await bench.AskAsync(Around.Roles, "DELETE", Path(bench, Reader));
        delete.Holds(delete.Status is >= 400 and < 500, $"The DELETE returned {delete.Status}.");
        var get = (await bench.AskAsync(Around.Roles, "GET", Path(bench, Reader))).Status(200);
        get.Same("Reader", get.Properties()["roleName"], "The name");
    }

    private static Task DeleteAsync(Bench bench) => WithRoleAsync(bench, async (path, put) =>
    {
        var delete = (await bench.AskAsync(Around.Roles, "DELETE", path)).Status(200);
        delete.Same(put.Properties()["roleName"], delete.Properties()["roleName"], "The name");
        (await bench.AskAsync(Around.Roles, "DELETE", path)).Status(204);
        (await bench.AskAsync(Around.Roles, "GET", path)).Error(404);
    });

    private static Task HeldAsync(Bench bench) => WithRoleAsync(bench, (path, put) => RoleAssignmentRules.WithAsync(
        bench,
        async (_, _) =>
        {
            var delete = await bench.AskAsync(Around.Roles, "DELETE", path);
            delete.Holds(delete.Status is 400 or 409, $"The DELETE returned {delete.Status}.")
                .Same("RoleDefinitionHasAssignments", delete.Json?["error"]?["code"], "The code");
        },
        role: (string?)put.Object()["name"]));

    private static async Task FilterAsync(Bench bench) => (await bench.AskAsync(
        Around.Roles, "GET", bench.Group + Below + Around.Filter("colour eq 'red'"))).Error(400);

    private static Task ReplaceAsync(Bench bench) => WithRoleAsync(bench, async (path, first) =>
    {
        var body = Custom(bench, FreshName());
        var second = (await bench.AskAsync(Around.Roles, "PUT", path, body)).Status(200, 201);
        second.Same(first.Properties()["createdOn"], second.Properties()["createdOn"], "The creation time")
            .Same(body["properties"]?["roleName"], second.Properties()["roleName"], "The name");
    });

    private static async Task DataAsync(Bench bench)
    {
        var found = await FindAsync(bench, "roleName eq 'Storage Blob Data Contributor'");
        bench.Holds(found.Count == 1 && (string?)found[0]["name"] == "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "The role is missing.");
        var data = (found[0]["properties"]?["permissions"]?[0]?["dataActions"] as JsonArray ?? []).Select(a => (string?)a ?? string.Empty);
        bench.Holds(data.Any(a => a.Contains("containers/blobs/write", StringComparison.OrdinalIgnoreCase)),
            "The role cannot write blobs.");
    }
}
