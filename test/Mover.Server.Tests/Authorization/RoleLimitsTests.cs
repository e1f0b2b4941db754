using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Gates;
using Mover.Server.Roles;

namespace Mover.Server.Tests.Authorization;

/// <summary>Custom roles cost everybody memory and time; one group's Owner takes little of both.</summary>
public sealed class RoleLimitsTests(EnforcementTests.Scene scene) : IClassFixture<EnforcementTests.Scene>, IDisposable
{
    private static readonly TimeSpan JudgingMax = TimeSpan.FromSeconds(30);
    private readonly TestServer _server = scene.Server;

    public void Dispose() => _server.Contract.AssertKept();

    [Theory]
    [InlineData("Microsoft.Storage/*/*/*/read*")]
    [InlineData("*")]
    public async Task An_action_has_a_few_stars(string action)
    {
        var answer = await PutAsync(Guid.NewGuid().ToString(), Permission(action));

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Theory]
    [InlineData("Microsoft.Storage/**/read")]
    [InlineData("*/*/*/*/*")]
    public async Task An_action_has_no_run_of_stars_and_not_many_of_them(string action)
    {
        var answer = await PutAsync(Guid.NewGuid().ToString(), Permission(action));

        await RefusedAsync(answer, "at most 4 '*', and not two in a row");
    }

    [Fact]
    public async Task The_actions_of_all_permissions_are_limited_together()
    {
        var many = Permission([.. Enumerable.Repeat("a", RoleBodies.ActionsMax / 2)]);

        var fits = await PutAsync(Guid.NewGuid().ToString(), many.DeepClone(), many.DeepClone());
        var tooMany = await PutAsync(Guid.NewGuid().ToString(), many.DeepClone(), many.DeepClone(), Permission("a"));

        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);
        await RefusedAsync(tooMany, "at most 2048 actions");
    }

    [Fact]
    public async Task A_roles_text_is_limited_in_all()
    {
        var answer = await PutAsync(Guid.NewGuid().ToString(), Permission([.. Enumerable.Repeat(new string('a', 500), 70)]));

        await RefusedAsync(answer, "at most 32768 characters");
    }

    [Fact]
    public async Task A_role_has_few_permissions()
    {
        var answer = await PutAsync(Guid.NewGuid().ToString(), [.. Enumerable.Repeat(0, 17).Select(_ => Permission("*/read"))]);

        await RefusedAsync(answer, "must have 1 to 16 permissions");
    }

    [Fact]
    public void A_list_asks_a_callers_roles_once_whatever_their_patterns_are()
    {
        var role = new RoleDefinition
        {
            Name = Guid.NewGuid().ToString(),
            RoleName = "Many stars, from before they were refused",
            AssignableScopes = [_server.Group()],
            Permissions = [new() { Actions = [.. Enumerable.Repeat(new string('*', 500) + "x", 1900), "*/read"] }],
        };
        var caller = new Principal(Guid.NewGuid().ToString(), "a", "n", PrincipalKind.User);
        var snapshot = AccessSnapshot.Empty.With(role).With(new RoleAssignment
        {
            Name = Guid.NewGuid().ToString(),
            Scope = _server.Group(),
            Role = role.Name,
            PrincipalId = caller.ObjectId,
            PrincipalType = "User",
        });
        var start = Stopwatch.GetTimestamp();

        var rights = CallerRights.Judge(
            snapshot, caller, new RequiredAction("a/read", ActionReach.Visible), $"/subscriptions/{_server.Subscription}")!;
        for (var item = 0; item < 20_000 && Stopwatch.GetElapsedTime(start) < JudgingMax; item++)
        {
            Assert.True(rights.ShowsAt($"{_server.Group()}/providers/a/b/{item}"));
            Assert.False(rights.ShowsAt($"{_server.Group("g2")}/providers/a/b/{item}"));
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < JudgingMax);
    }

    [Fact]
    public async Task A_group_has_its_share_of_roles_and_no_more()
    {
        await _server.CreateGroupAsync("busy");
        for (var made = 0; made < RoleDefinitions.GroupRolesMax; made++)
        {
            Assert.Equal(HttpStatusCode.Created, (await PutAsync(Guid.NewGuid().ToString(), [Permission("*/read")], _server.Group("busy"))).StatusCode);
        }

        var tooMany = await PutAsync(Guid.NewGuid().ToString(), [Permission("*/read")], _server.Group("busy") + "/providers/a/b/c");
        var elsewhere = await PutAsync(Guid.NewGuid().ToString(), [Permission("*/read")], _server.Group("g2"));
        var above = await PutAsync(Guid.NewGuid().ToString(), [Permission("*/read")], $"/subscriptions/{_server.Subscription}");

        Assert.Equal((HttpStatusCode.Conflict, "RoleDefinitionLimitExceeded"), (tooMany.StatusCode, await tooMany.ErrorCodeAsync()));
        Assert.Contains("'busy'", await tooMany.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (elsewhere.StatusCode, above.StatusCode));
    }

    [Fact]
    public async Task Roles_and_assignments_are_listed_in_pages_that_keep_the_filter()
    {
        await using var server = await TestServer.StartAsync(options => options with { PageSize = 2 });
        await server.CreateGroupAsync();
        var caller = await server.NewCallerAsync();
        var roles = Enumerable.Range(0, 5).Select(_ => Guid.NewGuid().ToString()).ToList();
        foreach (var role in roles)
        {
            await PutAsync(role, [Permission("*/read")], server.Group(), server);
            await server.GiveAsync(BuiltInRoles.Reader with { Name = role }, caller.ObjectId, server.Group());
        }

        var below = $"{server.Group()}/providers/Microsoft.Authorization";
        var custom = await PagesAsync(server, $"{below}/roleDefinitions?$filter=type eq 'CustomRole'");
        var all = await PagesAsync(server, $"{below}/roleDefinitions");
        var given = await PagesAsync(server, $"{below}/roleAssignments?$filter=principalId eq '{caller.ObjectId}'");

        Assert.Equal(roles.Order(StringComparer.Ordinal), custom.SelectMany(page => page));
        Assert.Equal(roles.Count + BuiltInRoles.All.Count, all.Sum(page => page.Count));
        Assert.Equal(roles.Count, given.Sum(page => page.Count));
        Assert.All(custom.Concat(all).Concat(given), page => Assert.InRange(page.Count, 1, 2));
    }

    private static async Task<List<List<string>>> PagesAsync(TestServer server, string list)
    {
        var pages = new List<List<string>>();
        var next = Callers.Versioned(list);
        while (next is not null)
        {
            var page = await (await server.SendAsync(HttpMethod.Get, next)).JsonAsync();
            pages.Add([.. page["value"]!.AsArray().Select(item => (string)item!["name"]!)]);
            next = (string?)page["nextLink"];
        }

        return pages;
    }

    private static JsonNode Permission(params string[] actions) =>
        new JsonObject { ["actions"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]) };

    private static async Task RefusedAsync(HttpResponseMessage answer, string why)
    {
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(why, (string?)(await answer.JsonAsync())["error"]!["message"], StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> PutAsync(string role, params JsonNode[] permissions) => PutAsync(role, permissions, _server.Group());

    private Task<HttpResponseMessage> PutAsync(string role, JsonNode[] permissions, string scope, TestServer? server = null) =>
        (server ?? _server).SendAsync(
            HttpMethod.Put,
            Callers.Versioned($"/subscriptions/{(server ?? _server).Subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["roleName"] = "Role " + role,
                    ["assignableScopes"] = new JsonArray(scope),
                    ["permissions"] = new JsonArray(permissions),
                },
            }.ToJsonString());
}
