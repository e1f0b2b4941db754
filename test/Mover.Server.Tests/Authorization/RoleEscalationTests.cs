using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.State.Documents;

namespace Mover.Server.Tests.Authorization;

/// <summary>A custom role gives no more than those may give who can write it.</summary>
public sealed class RoleEscalationTests(EnforcementTests.Scene scene) : IClassFixture<EnforcementTests.Scene>, IDisposable
{
    private readonly TestServer _server = scene.Server;

    public void Dispose() => _server.Contract.AssertKept();

    [Fact]
    public async Task A_role_counts_only_where_it_may_be_assigned_now()
    {
        var (caller, role) = (await _server.NewCallerAsync(), Guid.NewGuid().ToString());
        await PutAsync(role, "*/read", _server.Group(), _server.Group("g2"));
        await GiveAsync(role, caller, _server.Group("g2"));
        var before = await caller.GetAsync(_server.Group("g2") + "?api-version=2021-04-01");

        await PutAsync(role, "*", _server.Group());
        var after = await caller.GetAsync(_server.Group("g2") + "?api-version=2021-04-01");
        var listed = await caller.NamesAsync($"/subscriptions/{_server.Subscription}/resourceGroups", "2021-04-01").ContinueWith(
            names => names.IsFaulted ? [] : names.Result, TaskScheduler.Default);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, after.StatusCode);
        Assert.Empty(listed);
    }

    [Fact]
    public async Task Who_may_write_a_role_in_one_of_its_scopes_only_does_not_change_it()
    {
        var (owner, role) = (await _server.NewCallerAsync(), Guid.NewGuid().ToString());
        await _server.GiveAsync(BuiltInRoles.Owner, owner.ObjectId, _server.Group());
        await PutAsync(role, "*/read", _server.Group(), _server.Group("g2"));

        var narrowed = await owner.SendAsync(HttpMethod.Put, PathOf(role), RoleBody(role, "*", _server.Group()));
        var deleted = await owner.SendAsync(HttpMethod.Delete, PathOf(role));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (narrowed.StatusCode, deleted.StatusCode));
    }

    [Fact]
    public async Task A_role_that_is_made_again_under_its_id_does_not_revive_what_was_given_of_the_old_one()
    {
        var (caller, role) = (await _server.NewCallerAsync(), Guid.NewGuid().ToString());
        await PutAsync(role, "*/read", _server.Group());
        await GiveAsync(role, caller, _server.Group());
        await _server.Services.GetRequiredService<DocumentStore>().CommitAsync(
            [DocumentWrite.Delete(RoleDefinitions.KeyOf(role))], new("test", "User", DateTimeOffset.UtcNow, "c"), CancellationToken.None);
        await _server.Services.GetRequiredService<AccessState>().RefreshAsync(RoleDefinitions.KeyOf(role), CancellationToken.None);

        await PutAsync(role, "*", _server.Group());
        var answer = await caller.GetAsync(_server.Mover());

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_changed_role_applies_to_those_who_hold_it()
    {
        var (caller, role) = (await _server.NewCallerAsync(), Guid.NewGuid().ToString());
        await PutAsync(role, "*/read", _server.Group());
        await GiveAsync(role, caller, _server.Group());

        await PutAsync(role, "Microsoft.StorageMover/*", _server.Group());

        Assert.Equal(HttpStatusCode.OK, (await caller.GetAsync(_server.Mover())).StatusCode);
    }

    public static string RoleBody(string roleName, string action, params string[] scopes) => new JsonObject
    {
        ["properties"] = new JsonObject
        {
            ["roleName"] = roleName,
            ["assignableScopes"] = new JsonArray([.. scopes.Select(scope => (JsonNode)scope)]),
            ["permissions"] = new JsonArray(new JsonObject { ["actions"] = new JsonArray(action) }),
        },
    }.ToJsonString();

    private string PathOf(string role) =>
        Callers.Versioned($"{_server.Group()}/providers/Microsoft.Authorization/roleDefinitions/{role}");

    private async Task PutAsync(string role, string action, params string[] scopes)
    {
        var answer = await _server.SendAsync(HttpMethod.Put, PathOf(role), RoleBody(role, action, scopes));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private Task<string> GiveAsync(string role, Caller caller, string scope) =>
        _server.GiveAsync(BuiltInRoles.Reader with { Name = role }, caller.ObjectId, scope);
}
