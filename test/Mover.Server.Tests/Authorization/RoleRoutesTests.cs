using System.Net;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Server.Identity;

namespace Mover.Server.Tests.Authorization;

/// <summary>Role definitions and assignments over HTTP.</summary>
public sealed class RoleRoutesTests(EnforcementTests.Scene scene) : IClassFixture<EnforcementTests.Scene>, IDisposable
{
    private readonly TestServer _server = scene.Server;

    public void Dispose() => _server.Contract.AssertKept();

    [Fact]
    public async Task A_new_assignment_is_answered_as_recorded_and_kept_with_its_maker()
    {
        var caller = await _server.NewCallerAsync();
        var administrator = new IdentityFiles(_server.Folder).ReadAdministrator()!;
        var path = Callers.Versioned(Callers.Assignment(_server.Mover()));

        var put = await _server.SendAsync(HttpMethod.Put, path, Callers.AssignmentBody(BuiltInRoles.Reader.Name, caller.ObjectId));
        var made = (await put.JsonAsync())["properties"]!;
        var kept = (await (await _server.SendAsync(HttpMethod.Get, path)).JsonAsync())["properties"]!;

        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal((null, administrator.ObjectId), ((string?)made["createdBy"], (string?)made["updatedBy"]));
        Assert.Equal((administrator.ObjectId, administrator.ObjectId), ((string?)kept["createdBy"], (string?)kept["updatedBy"]));
        Assert.Equal(_server.Mover(), (string?)kept["scope"]);
        Assert.Equal("ServicePrincipal", (string?)kept["principalType"]);
        Assert.True(kept.AsObject().ContainsKey("condition"));
        Assert.Equal(
            $"/subscriptions/{_server.Subscription}/providers/Microsoft.Authorization/roleDefinitions/{BuiltInRoles.Reader.Name}",
            (string?)kept["roleDefinitionId"]);
    }

    [Fact]
    public async Task Who_has_the_role_there_does_not_get_it_twice()
    {
        var caller = await _server.NewCallerAsync();
        var first = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Group());

        var second = await _server.SendAsync(
            HttpMethod.Put,
            Callers.Versioned(Callers.Assignment(_server.Group())),
            Callers.AssignmentBody(BuiltInRoles.Reader.Name, caller.ObjectId));
        var again = await _server.SendAsync(
            HttpMethod.Put, Callers.Versioned(first), Callers.AssignmentBody(BuiltInRoles.Reader.Name, caller.ObjectId));
        var other = await _server.SendAsync(
            HttpMethod.Put, Callers.Versioned(first), Callers.AssignmentBody(BuiltInRoles.Owner.Name, caller.ObjectId));

        var conflict = (await second.JsonAsync())["error"]!;
        Assert.Equal((HttpStatusCode.Conflict, "RoleAssignmentExists"), (second.StatusCode, (string?)conflict["code"]));
        Assert.StartsWith("The role assignment already exists", (string?)conflict["message"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("RoleAssignmentUpdateNotPermitted", await other.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("2018-09-01-preview", HttpStatusCode.Created)]
    [InlineData("2020-04-01-preview", HttpStatusCode.Created)]
    [InlineData("2020-10-01-preview", HttpStatusCode.OK)]
    [InlineData("2022-04-01", HttpStatusCode.OK)]
    public async Task An_assignment_put_again_is_answered_as_the_version_knows_it(string version, HttpStatusCode status)
    {
        var caller = await _server.NewCallerAsync();
        var id = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Group());

        var again = await _server.SendAsync(
            HttpMethod.Put, TestServer.Versioned(id, version), Callers.AssignmentBody(BuiltInRoles.Reader.Name, caller.ObjectId));

        Assert.Equal(status, again.StatusCode);
    }

    [Fact]
    public async Task A_deleted_assignment_is_answered_once()
    {
        var caller = await _server.NewCallerAsync();
        var id = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Group());

        var first = await _server.SendAsync(HttpMethod.Delete, Callers.Versioned(id));
        var second = await _server.SendAsync(HttpMethod.Delete, Callers.Versioned(id));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (first.StatusCode, second.StatusCode));
        Assert.Equal(id, (string?)(await first.JsonAsync())["id"]);
    }

    [Fact]
    public async Task Lists_go_up_and_down_from_a_scope_as_the_filter_says()
    {
        var caller = await _server.NewCallerAsync();
        var above = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, $"/subscriptions/{_server.Subscription}");
        var at = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Group());
        var below = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Mover());
        var aside = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Group("g2"));

        async Task<string[]> ListAsync(string filter)
        {
            var list = $"{_server.Group()}/providers/Microsoft.Authorization/roleAssignments?$filter={Uri.EscapeDataString(filter)}";
            var page = await (await _server.SendAsync(HttpMethod.Get, Callers.Versioned(list))).JsonAsync();
            string[] own = [above, at, below, aside];
            return [.. page["value"]!.AsArray().Select(a => (string)a!["id"]!).Where(own.Contains).Order(StringComparer.Ordinal)];
        }

        string[] all = [.. new[] { above, at, below }.Order(StringComparer.Ordinal)];
        string[] up = [.. new[] { above, at }.Order(StringComparer.Ordinal)];
        Assert.Equal(all, await ListAsync(""));
        Assert.Equal(all, await ListAsync($"principalId eq '{caller.ObjectId}'"));
        Assert.Equal(up, await ListAsync("atScope()"));
        Assert.Equal(up, await ListAsync($"atScope() and assignedTo('{caller.ObjectId}')"));
        Assert.Empty(await ListAsync($"principalId eq '{Guid.NewGuid()}'"));
    }

    [Fact]
    public async Task The_administrators_own_rights_are_assignments_that_everybody_can_read_and_the_last_owner_stays()
    {
        var administrator = new IdentityFiles(_server.Folder).ReadAdministrator()!;
        var list = await (await _server.SendAsync(
            HttpMethod.Get, Callers.Versioned("/providers/Microsoft.Authorization/roleAssignments"))).JsonAsync();

        var own = list["value"]!.AsArray().Where(a => (string?)a!["properties"]!["principalId"] == administrator.ObjectId).ToList();
        var owner = own.Single(a => ((string)a!["properties"]!["roleDefinitionId"]!).EndsWith(BuiltInRoles.Owner.Name, StringComparison.Ordinal))!;
        var delete = await _server.SendAsync(HttpMethod.Delete, Callers.Versioned((string)owner["id"]!));

        Assert.Equal(2, own.Count);
        Assert.All(own, a => Assert.Equal("/", (string?)a!["properties"]!["scope"]));
        Assert.Equal((HttpStatusCode.Conflict, "LastOwnerAssignment"), (delete.StatusCode, await delete.ErrorCodeAsync()));
    }

    [Theory]
    [InlineData("no-guid", "{}", "InvalidRoleAssignmentId")]
    [InlineData("", "{}", "BadRequestFormat")]
    [InlineData("", """{"properties":{"roleDefinitionId":"x","principalId":"11111111-0000-4000-8000-000000000001"}}""", "BadRequestFormat")]
    [InlineData("", """{"properties":{"roleDefinitionId":"acdd72a7-3385-48ef-bd42-f606fba81ae7","principalId":"11111111-0000-4000-8000-000000000001"}}""", "PrincipalNotFound")]
    [InlineData("", """{"properties":{"roleDefinitionId":"00000000-3385-48ef-bd42-f606fba81ae7","principalId":"11111111-0000-4000-8000-000000000001","principalType":"User"}}""", "RoleDefinitionDoesNotExist")]
    [InlineData("", """{"properties":{"roleDefinitionId":"acdd72a7-3385-48ef-bd42-f606fba81ae7","principalId":"11111111-0000-4000-8000-000000000001","principalType":"User","condition":"true"}}""", "ConditionNotSupported")]
    public async Task A_wrong_assignment_is_refused_by_name(string name, string body, string code)
    {
        var path = Callers.Assignment(_server.Group(), name.Length > 0 ? name : null);

        var answer = await _server.SendAsync(HttpMethod.Put, Callers.Versioned(path), body);

        Assert.Equal(code, await answer.ErrorCodeAsync());
    }

    [Fact]
    public async Task Nothing_is_assigned_where_there_is_nothing()
    {
        var path = Callers.Assignment(_server.Mover("ghost"));

        var answer = await _server.SendAsync(
            HttpMethod.Put, Callers.Versioned(path), Callers.AssignmentBody(BuiltInRoles.Reader.Name, Guid.NewGuid().ToString()));

        Assert.Equal((HttpStatusCode.NotFound, "ResourceNotFound"), (answer.StatusCode, await answer.ErrorCodeAsync()));
    }

    [Fact]
    public async Task Built_in_roles_have_Azures_ids_and_are_found_by_name()
    {
        var list = $"/subscriptions/{_server.Subscription}/providers/Microsoft.Authorization/roleDefinitions";

        var named = await (await _server.SendAsync(
            HttpMethod.Get, Callers.Versioned(list + "?$filter=roleName%20eq%20'Storage%20Blob%20Data%20Contributor'"))).JsonAsync();
        var one = await (await _server.SendAsync(HttpMethod.Get, Callers.Versioned(list + "/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"))).JsonAsync();
        var change = await _server.SendAsync(HttpMethod.Put, Callers.Versioned(list + "/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"), "{}");

        Assert.Equal("ba92f5b4-2d11-453d-a403-e96b0029c9fe", (string?)named["value"]!.AsArray().Single()!["name"]);
        Assert.Equal(("Owner", "BuiltInRole"), ((string?)one["properties"]!["roleName"], (string?)one["properties"]!["type"]));
        Assert.Equal(HttpStatusCode.Forbidden, change.StatusCode);
    }

    [Fact]
    public async Task A_custom_role_gives_what_it_says_and_is_kept_while_somebody_has_it()
    {
        var caller = await _server.NewCallerAsync();
        var role = $"{_server.Group()}/providers/Microsoft.Authorization/roleDefinitions/{Guid.NewGuid()}";
        var made = await _server.SendAsync(HttpMethod.Put, Callers.Versioned(role), RoleBody("Operator", _server.Group()));
        var definition = BuiltInRoles.Reader with { Name = role[(role.LastIndexOf('/') + 1)..] };
        var assignment = await _server.GiveAsync(definition, caller.ObjectId, _server.Group());

        var read = await caller.GetAsync(_server.Mover());
        var write = await caller.PutAsync(_server.Mover() + "/projects/by-operator", "{}");
        var agents = await caller.GetAsync(_server.Mover() + "/agents");
        var inUse = await _server.SendAsync(HttpMethod.Delete, Callers.Versioned(role));
        await _server.SendAsync(HttpMethod.Delete, Callers.Versioned(assignment));
        var gone = await _server.SendAsync(HttpMethod.Delete, Callers.Versioned(role));

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Forbidden), (read.StatusCode, write.StatusCode, agents.StatusCode));
        Assert.Equal((HttpStatusCode.Conflict, "RoleDefinitionHasAssignments"), (inUse.StatusCode, await inUse.ErrorCodeAsync()));
        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
    }

    [Fact]
    public async Task A_role_has_a_name_of_its_own_and_is_assigned_only_where_it_may_be()
    {
        var roles = $"{_server.Group()}/providers/Microsoft.Authorization/roleDefinitions/";
        var role = Guid.NewGuid().ToString();
        await _server.SendAsync(HttpMethod.Put, Callers.Versioned(roles + role), RoleBody("Single", _server.Group()));

        var twin = await _server.SendAsync(HttpMethod.Put, Callers.Versioned(roles + Guid.NewGuid()), RoleBody("single", _server.Group()));
        var builtIn = await _server.SendAsync(HttpMethod.Put, Callers.Versioned(roles + Guid.NewGuid()), RoleBody("Owner", _server.Group()));
        var outside = await _server.SendAsync(
            HttpMethod.Put,
            Callers.Versioned(Callers.Assignment(_server.Group("g2"))),
            Callers.AssignmentBody(role, Guid.NewGuid().ToString()));

        Assert.Equal("RoleDefinitionWithSameNameExists", await twin.ErrorCodeAsync());
        Assert.Equal("RoleDefinitionWithSameNameExists", await builtIn.ErrorCodeAsync());
        Assert.Equal("RoleDefinitionNotAssignable", await outside.ErrorCodeAsync());
    }

    [Fact]
    public async Task Nobody_makes_a_role_for_scopes_that_are_not_theirs()
    {
        var owner = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Owner, owner.ObjectId, _server.Group());
        var role = $"{_server.Group()}/providers/Microsoft.Authorization/roleDefinitions/{Guid.NewGuid()}";

        var answer = await owner.SendAsync(HttpMethod.Put, Callers.Versioned(role), RoleBody("Wide", "/"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Rights_survive_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateMoverAsync();
        var caller = await server.NewCallerAsync();
        await server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, server.Group());

        await server.RestartAsync();

        Assert.Equal(HttpStatusCode.OK, (await (caller with { Server = server }).GetAsync(server.Mover())).StatusCode);
    }

    private static string RoleBody(string roleName, string scope) => new JsonObject
    {
        ["properties"] = new JsonObject
        {
            ["roleName"] = roleName,
            ["assignableScopes"] = new JsonArray(scope),
            ["permissions"] = new JsonArray(new JsonObject
            {
                ["actions"] = new JsonArray("Microsoft.StorageMover/storageMovers/*"),
                ["notActions"] = new JsonArray("*/agents/read"),
            }),
        },
    }.ToJsonString();
}
