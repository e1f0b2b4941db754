using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Around;

/// <summary>Role assignments, 2022-04-01. Source: Azure authorization REST reference; recorded behaviour.</summary>
internal static class RoleAssignmentRules
{
    private const string Below = "/providers/Microsoft.Authorization/roleAssignments";

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.Once("ROLE-ASG-001", "A new assignment returns 201 with role, principal, principal type and scope.", Sources.Authorization,
            NewAsync),
        Rule.Once("ROLE-ASG-002", "The response for a new assignment has updatedBy, and createdBy is null.",
            Sources.Recorded, CreatorAsync),
        Rule.Once("ROLE-ASG-003", "The same role for the same principal at the same scope is refused: 409 RoleAssignmentExists.",
            Sources.Authorization, TwiceAsync),
        Rule.Once("ROLE-ASG-004", "An assignment's name is a GUID; any other is refused: 400 InvalidRoleAssignmentId.",
            Sources.Authorization, NameAsync),
        Rule.Once("ROLE-ASG-005", "A GET of an assignment returns what was assigned.", Sources.Authorization, GetAsync),
        Rule.Once("ROLE-ASG-006", "A missing assignment returns 404 RoleAssignmentNotFound.", Sources.Authorization,
            AbsentAsync),
        Rule.Once("ROLE-ASG-007", "Deleting an assignment returns it; deleting it again returns 204.", Sources.Authorization, DeleteAsync),
        Rule.Once("ROLE-ASG-008", "atScope() excludes assignments below the scope.", Sources.Authorization, AtScopeAsync),
        Rule.Once("ROLE-ASG-009", "A list includes assignments above the scope.", Sources.Authorization, AboveAsync),
        Rule.Once("ROLE-ASG-010", "principalId eq finds only the principal's assignments.", Sources.Authorization, PrincipalAsync),
        Rule.Once("ROLE-ASG-011", "assignedTo() finds only the principal's assignments.", Sources.Authorization, AssignedToAsync),
        Rule.Once("ROLE-ASG-012", "An invalid filter on assignments is refused: 400.", Sources.Authorization, FilterAsync),
        Rule.Once("ROLE-ASG-013", "A missing role cannot be assigned: RoleDefinitionDoesNotExist.", Sources.Authorization,
            NoRoleAsync),
        Rule.Once("ROLE-ASG-014", "An assignment's principal and role cannot be changed: RoleAssignmentUpdateNotPermitted.",
            Sources.Authorization, ChangeAsync),
        Rule.Once("ROLE-ASG-015", "An assignment without a role or a principal is refused: 400.", Sources.Authorization, IncompleteAsync),
        Rule.Once("ROLE-ASG-016", "A principal type that the reference does not name is refused: 400.", Sources.Authorization, TypeAsync),
        Rule.Once("ROLE-ASG-017", "An assignment at a missing resource is refused: 404.", Sources.Mover, NoScopeAsync),
        Rule.Once("ROLE-ASG-018", "Deleting a resource deletes the assignments at it.", Sources.Mover, GoneAsync),
        Rule.Once("ROLE-ASG-019", "A condition is refused, so that no grant is wider than requested.", Sources.Mover, ConditionAsync),
        Rule.Once("ROLE-ASG-020", "Unset properties of an assignment are null, not omitted.", Sources.Authorization, NullsAsync),
    ];

    /// <summary>Works with an assignment at the bench's storage mover, and takes it away.</summary>
    public static async Task WithAsync(
        Bench bench, Func<string, Exchange, Task> run, string? role = null, string? principal = null, string? scope = null)
    {
        var path = $"{scope ?? bench.Mover}{Below}/{Guid.NewGuid()}";
        var put = (await PutAsync(bench, path, Body(bench, role, principal))).Allowed();
        try
        {
            await run(path, put);
        }
        finally
        {
            await bench.EraseAsync(path, Around.Roles);
        }
    }

    private static JsonObject Body(Bench bench, string? role = null, string? principal = null) => new()
    {
        ["properties"] = new JsonObject
        {
            ["roleDefinitionId"] = $"{bench.Subscription}{RoleDefinitionRules.Below}/{role ?? RoleDefinitionRules.Reader}",
            ["principalId"] = principal ?? Guid.NewGuid().ToString(),
            ["principalType"] = "ServicePrincipal",
        },
    };

    private static Task<Exchange> PutAsync(Bench bench, string path, JsonObject body) => bench.AskAsync(Around.Roles, "PUT", path, body);

    private static Task<List<JsonObject>> FindAsync(Bench bench, string scope, string filter) =>
        bench.AllAsync(Around.Roles, scope + Below + Around.Filter(filter));

    private static string Fresh(Bench bench) => $"{bench.Mover}{Below}/{Guid.NewGuid()}";

    private static async Task NewAsync(Bench bench)
    {
        var principal = Guid.NewGuid().ToString();
        await WithAsync(
            bench,
            (path, put) =>
            {
                put.Status(201).Same(principal, put.Properties()["principalId"], "The principal")
                    .Same("ServicePrincipal", put.Properties()["principalType"], "The principal's type")
                    .Same(bench.Mover, put.Properties()["scope"], "The scope").Same(path, put.Object()["id"], "The id")
                    .Same("Microsoft.Authorization/roleAssignments", put.Object()["type"], "The type")
                    .Holds(((string?)put.Properties()["roleDefinitionId"] ?? string.Empty).EndsWith(RoleDefinitionRules.Reader,
                        StringComparison.Ordinal), "The role is wrong.");
                return Task.CompletedTask;
            },
            principal: principal);
    }

    private static Task CreatorAsync(Bench bench) => WithAsync(bench, (_, put) =>
    {
        put.Holds(put.Properties().ContainsKey("createdBy") && put.Properties()["createdBy"] is null, "createdBy is missing or not null.")
            .Holds(!string.IsNullOrEmpty((string?)put.Properties()["updatedBy"]), "updatedBy is missing or empty.");
        return Task.CompletedTask;
    });

    private static async Task TwiceAsync(Bench bench)
    {
        var principal = Guid.NewGuid().ToString();
        await WithAsync(
            bench,
            async (_, _) => (await PutAsync(bench, Fresh(bench), Body(bench, principal: principal))).Error(409, "RoleAssignmentExists"),
            principal: principal);
    }

    private static async Task NameAsync(Bench bench) =>
        (await PutAsync(bench, $"{bench.Mover}{Below}/reader", Body(bench))).Allowed().Error(400, "InvalidRoleAssignmentId");

    private static Task GetAsync(Bench bench) => WithAsync(bench, async (path, put) =>
    {
        var get = (await bench.AskAsync(Around.Roles, "GET", path)).Status(200);
        foreach (var name in new[] { "roleDefinitionId", "principalId", "principalType", "scope", "createdOn", "updatedBy" })
        {
            get.Same(put.Properties()[name], get.Properties()[name], $"The property '{name}'");
        }
    });

    private static async Task AbsentAsync(Bench bench) =>
        (await bench.AskAsync(Around.Roles, "GET", Fresh(bench))).Error(404, "RoleAssignmentNotFound");

    private static Task DeleteAsync(Bench bench) => WithAsync(bench, async (path, put) =>
    {
        var delete = (await bench.AskAsync(Around.Roles, "DELETE", path)).Status(200);
        delete.Same(put.Properties()["principalId"], delete.Properties()["principalId"], "The principal");
        (await bench.AskAsync(Around.Roles, "DELETE", path)).Status(204);
    });

    private static Task AtScopeAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        bench.Holds((await FindAsync(bench, bench.Mover, "atScope()")).With(path) is not null,
            "The assignment is not listed at its scope.");
        bench.Holds((await FindAsync(bench, bench.Group, "atScope()")).With(path) is null, "The assignment is listed above its scope.");
        bench.Holds((await bench.AllAsync(Around.Roles, bench.Group + Below)).With(path) is not null,
            "The assignment is not listed without a filter.");
    });

    private static Task AboveAsync(Bench bench) => WithAsync(
        bench,
        async (path, _) =>
        {
            var listed = await bench.AllAsync(Around.Roles, bench.Mover + Below);
            bench.Holds(listed.With(path) is not null, "The group's assignment is not listed at the storage mover.");
        },
        scope: bench.Group);

    private static Task PrincipalAsync(Bench bench) => OnlyAsync(bench, principal => $"principalId eq '{principal}'");

    private static Task AssignedToAsync(Bench bench) => OnlyAsync(bench, principal => $"assignedTo('{principal}')");

    private static async Task OnlyAsync(Bench bench, Func<string, string> filter)
    {
        var principal = Guid.NewGuid().ToString();
        await WithAsync(
            bench,
            async (path, _) =>
            {
                var found = await FindAsync(bench, bench.Subscription, filter(principal));
                bench.Holds(found.Count == 1 && found.With(path) is not null,
                    $"The filter finds {found.Count} assignments instead of one.");
            },
            principal: principal);
    }

    private static async Task FilterAsync(Bench bench) => (await bench.AskAsync(
        Around.Roles, "GET", bench.Group + Below + Around.Filter("colour eq 'red'"))).Error(400);

    private static async Task NoRoleAsync(Bench bench)
    {
        var answer = await PutAsync(bench, Fresh(bench), Body(bench, role: Guid.NewGuid().ToString()));
        answer.Allowed().Holds(answer.Status is 400 or 404, $"It returned {answer.Status}.")
            .Same("RoleDefinitionDoesNotExist", answer.Json?["error"]?["code"], "The code");
    }

    private static Task ChangeAsync(Bench bench) => WithAsync(bench, async (path, put) =>
    {
        (await PutAsync(bench, path, Body(bench))).Error(400, "RoleAssignmentUpdateNotPermitted");
        var get = (await bench.AskAsync(Around.Roles, "GET", path)).Status(200);
        get.Same(put.Properties()["principalId"], get.Properties()["principalId"], "The principal");
    });

    private static async Task IncompleteAsync(Bench bench)
    {
        foreach (var missing in new[] { "roleDefinitionId", "principalId" })
        {
            var body = Body(bench);
            body["properties"]?.AsObject().Remove(missing);
            (await PutAsync(bench, Fresh(bench), body)).Allowed().Error(400);
        }
    }

    private static async Task TypeAsync(Bench bench)
    {
        var body = Body(bench);
        body["properties"]!["principalType"] = "Robot";
        (await PutAsync(bench, Fresh(bench), body)).Allowed().Error(400);
    }

    private static async Task NoScopeAsync(Bench bench) =>
        (await PutAsync(bench, $"{bench.Fresh(Kind.Of("storageMovers"))}{Below}/{Guid.NewGuid()}", Body(bench))).Error(404);

    private static async Task GoneAsync(Bench bench)
    {
        var mover = bench.Fresh(Kind.Of("storageMovers"));
        await bench.CreateAsync(Kind.Of("storageMovers"), mover);
        await WithAsync(
            bench,
            async (path, _) =>
            {
                await bench.DeleteAsync(mover);
                (await bench.AskAsync(Around.Roles, "GET", path)).Error(404);
                var left = await bench.AllAsync(Around.Roles, bench.Group + Below);
                bench.Holds(left.With(path) is null, "The assignment is listed.");
            },
            scope: mover);
    }

    private static async Task ConditionAsync(Bench bench)
    {
        var body = Body(bench);
        body["properties"]!["condition"] = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'a'";
        body["properties"]!["conditionVersion"] = "2.0";
        (await PutAsync(bench, Fresh(bench), body)).Error(400, "ConditionNotSupported");
    }

    private static Task NullsAsync(Bench bench) => WithAsync(bench, async (path, _) =>
    {
        var get = (await bench.AskAsync(Around.Roles, "GET", path)).Status(200);
        foreach (var name in new[] { "condition", "conditionVersion", "description", "delegatedManagedIdentityResourceId" })
        {
            get.Holds(get.Properties().ContainsKey(name) && get.Properties()[name] is null, $"'{name}' is not null.");
        }
    });
}
