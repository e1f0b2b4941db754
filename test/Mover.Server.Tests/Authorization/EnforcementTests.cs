using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Authorization;
using Mover.Server.Identity;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Tests.Authorization;

/// <summary>Roles, as requests feel them. One server for all: each test has callers of its own.</summary>
public sealed class EnforcementTests(EnforcementTests.Scene scene) : IClassFixture<EnforcementTests.Scene>, IDisposable
{
    private readonly TestServer _server = scene.Server;

    public void Dispose() => _server.Contract.AssertKept();

    [Fact]
    public async Task A_caller_without_a_role_is_refused_with_the_action_and_the_scope()
    {
        var nobody = await _server.NewCallerAsync();

        var answer = await nobody.GetAsync(_server.Mover());

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var error = (await answer.JsonAsync())["error"]!;
        Assert.Equal("AuthorizationFailed", (string?)error["code"]);
        Assert.Contains("'Microsoft.StorageMover/storageMovers/read'", (string?)error["message"], StringComparison.Ordinal);
        Assert.Contains($"'{_server.Mover()}'", (string?)error["message"], StringComparison.Ordinal);
        Assert.Contains(nobody.ObjectId, (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_sees_and_does_not_change()
    {
        var reader = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Reader, reader.ObjectId, _server.Group());

        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync(_server.Mover())).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync(_server.Mover() + "/endpoints")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.PutAsync(_server.Mover(), """{"location":"eastus"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.SendAsync(HttpMethod.Delete, TestServer.Versioned(_server.Mover()))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync(_server.Mover(group: "g2"))).StatusCode);
    }

    [Fact]
    public async Task A_contributor_changes_resources_and_gives_nobody_rights()
    {
        var contributor = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Contributor, contributor.ObjectId, _server.Group());

        var put = await contributor.PutAsync(_server.Mover() + "/projects/by-contributor", "{}");
        var give = await contributor.SendAsync(
            HttpMethod.Put,
            Callers.Versioned(Callers.Assignment(_server.Group())),
            Callers.AssignmentBody(BuiltInRoles.Owner.Name, contributor.ObjectId));

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, give.StatusCode);
        Assert.Contains("Microsoft.Authorization/roleAssignments/write", await give.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_right_counts_from_the_next_request_on_and_so_does_its_end()
    {
        var caller = await _server.NewCallerAsync();

        for (var round = 0; round < 10; round++)
        {
            var id = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Mover());
            var given = await caller.GetAsync(_server.Mover());
            await _server.SendAsync(HttpMethod.Delete, Callers.Versioned(id));
            var taken = await caller.GetAsync(_server.Mover());

            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (given.StatusCode, taken.StatusCode));
        }
    }

    [Fact]
    public async Task Lists_show_what_the_caller_may_see_and_refuse_who_may_see_nothing()
    {
        var nobody = await _server.NewCallerAsync();
        var caller = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Mover("m2"));
        var all = $"/subscriptions/{_server.Subscription}/providers/Microsoft.StorageMover/storageMovers";

        var ofSubscription = await caller.NamesAsync(all);
        var ofGroup = await caller.NamesAsync($"{_server.Group()}/providers/Microsoft.StorageMover/storageMovers");
        var refused = await nobody.GetAsync(all);

        Assert.Equal(["m2"], ofSubscription);
        Assert.Equal(["m2"], ofGroup);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Role_assignments_are_listed_to_those_who_may_read_them_and_where_they_may()
    {
        var (nobody, reader) = (await _server.NewCallerAsync(), await _server.NewCallerAsync());
        await _server.GiveAsync(BuiltInRoles.Reader, reader.ObjectId, _server.Group());
        const string All = "/providers/Microsoft.Authorization/roleAssignments";

        foreach (var scope in new[] { string.Empty, _server.Group() })
        {
            var refused = await nobody.SendAsync(HttpMethod.Get, Callers.Versioned(scope + All));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        var shown = (await (await reader.SendAsync(HttpMethod.Get, Callers.Versioned(All))).JsonAsync())["value"]!.AsArray();
        Assert.Contains(shown, one => (string?)one!["properties"]!["principalId"] == reader.ObjectId);
        Assert.All(shown, one =>
            Assert.StartsWith(_server.Group(), (string?)one!["properties"]!["scope"], StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Groups_are_listed_to_those_with_a_role_on_them()
    {
        var caller = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Group("g2"));

        Assert.Equal(["g2"], await caller.NamesAsync($"/subscriptions/{_server.Subscription}/resourceGroups", "2021-04-01"));
    }

    [Fact]
    public async Task Rights_on_a_resource_die_with_it_and_a_new_one_of_its_name_has_none()
    {
        var caller = await _server.NewCallerAsync();
        var endpoint = _server.Mover() + "/endpoints/shortlived";
        await _server.CreateAsync(endpoint, Some.NfsBody);
        var id = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, endpoint);
        Assert.Equal(HttpStatusCode.OK, (await caller.GetAsync(endpoint)).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await _server.DeleteAsync(endpoint)).StatusCode);
        await _server.CreateAsync(endpoint, Some.NfsBody);

        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync(HttpMethod.Get, Callers.Versioned(id))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await caller.GetAsync(endpoint)).StatusCode);
    }

    [Fact]
    public async Task Rights_below_a_group_die_with_the_group()
    {
        var caller = await _server.NewCallerAsync();
        await _server.CreateGroupAsync("dying");
        await _server.CreateAsync(_server.Mover("m", "dying"), """{"location":"eastus"}""");
        var id = await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Mover("m", "dying"));

        await _server.FollowAsync(await _server.SendAsync(HttpMethod.Delete, TestServer.Versioned(_server.Group("dying"), "2021-04-01")));

        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync(HttpMethod.Get, Callers.Versioned(id))).StatusCode);
    }

    [Fact]
    public async Task Secrets_are_data_and_need_a_data_role()
    {
        var reader = await _server.NewCallerAsync();
        var user = await _server.NewCallerAsync();
        var vault = $"/subscriptions/{scene.OwnSubscription}/providers/Microsoft.KeyVault/vaults/vault1";
        await _server.SendAsync(HttpMethod.Put, "/vaults/vault1/secrets/s1", """{"value":"x"}""");
        await _server.GiveAsync(BuiltInRoles.Owner, reader.ObjectId, $"/subscriptions/{scene.OwnSubscription}");
        await _server.GiveAsync(BuiltInRoles.SecretsUser, user.ObjectId, vault);

        Assert.Equal(HttpStatusCode.Forbidden, (await reader.SendAsync(HttpMethod.Get, "/vaults/vault1/secrets/s1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await user.SendAsync(HttpMethod.Get, "/vaults/vault1/secrets/s1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await user.SendAsync(HttpMethod.Get, "/vaults/vault1/secrets")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await user.SendAsync(HttpMethod.Get, "/vaults/vault2/secrets/s1")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await user.SendAsync(HttpMethod.Put, "/vaults/vault1/secrets/s1", """{"value":"y"}""")).StatusCode);
    }

    [Fact]
    public async Task A_right_to_one_secret_does_not_open_the_next_secret_of_its_name()
    {
        var user = await _server.NewCallerAsync();
        const string Secret = "/vaults/vault1/secrets/single";
        var scope = $"/subscriptions/{scene.OwnSubscription}/providers/Microsoft.KeyVault" + Secret;
        var early = await _server.SendAsync(
            HttpMethod.Put, Callers.Versioned(Callers.Assignment(scope)),
            Callers.AssignmentBody(BuiltInRoles.SecretsUser.Name, user.ObjectId));
        await _server.SendAsync(HttpMethod.Put, Secret, """{"value":"x"}""");
        await _server.GiveAsync(BuiltInRoles.SecretsUser, user.ObjectId, scope);
        var before = await user.SendAsync(HttpMethod.Get, Secret);

        await _server.SendAsync(HttpMethod.Delete, Secret);
        await _server.SendAsync(HttpMethod.Put, Secret, """{"value":"y"}""");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (early.StatusCode, before.StatusCode));
        Assert.Equal(HttpStatusCode.Forbidden, (await user.SendAsync(HttpMethod.Get, Secret)).StatusCode);
    }

    [Fact]
    public async Task More_rights_to_a_secret_than_one_commit_holds_go_with_it()
    {
        const string Secret = "/vaults/vault1/secrets/popular";
        var scope = $"/subscriptions/{scene.OwnSubscription}/providers/Microsoft.KeyVault" + Secret;
        await _server.SendAsync(HttpMethod.Put, Secret, """{"value":"x"}""");
        foreach (var _ in Enumerable.Range(0, 90))
        {
            await _server.GiveAsync(BuiltInRoles.SecretsUser, Guid.NewGuid().ToString(), scope);
        }

        var deleted = await _server.SendAsync(HttpMethod.Delete, Secret);

        var store = _server.Services.GetRequiredService<IStateStore>();
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        foreach (var area in new[] { AccessState.AssignmentsArea, RoleAssignments.UniqueArea })
        {
            Assert.Empty((await store.ListAsync((area + scope).ToLowerInvariant() + "/", null, 1, default)).Entries);
        }
    }

    [Fact]
    public async Task Service_principals_are_made_by_owners_of_everything_only()
    {
        var owner = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Owner, owner.ObjectId, $"/subscriptions/{_server.Subscription}");

        var answer = await owner.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"x"}""");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_contributor_cannot_take_over_an_owner_by_a_new_secret()
    {
        var (contributor, owner) = (await _server.NewCallerAsync(), await _server.NewCallerAsync());
        await _server.GiveAsync(BuiltInRoles.Contributor, contributor.ObjectId, "/");
        await _server.GiveAsync(BuiltInRoles.Owner, owner.ObjectId, "/");
        var administrator = new IdentityFiles(_server.Folder).ReadAdministrator()!.ClientId;

        var refused = new[]
        {
            await contributor.SendAsync(HttpMethod.Post, $"/servicePrincipals/{owner.ApplicationId}/resetSecret"),
            await contributor.SendAsync(HttpMethod.Post, $"/servicePrincipals/{administrator}/resetSecret"),
        };
        var unknown = await owner.SendAsync(HttpMethod.Post, $"/servicePrincipals/{Guid.NewGuid()}/resetSecret");
        var reset = await owner.SendAsync(HttpMethod.Post, $"/servicePrincipals/{contributor.ApplicationId}/resetSecret");
        var outlived = await contributor.SendAsync(HttpMethod.Get, "/subscriptions?api-version=2019-11-01");

        Assert.All(refused, answer => Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode));
        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.Unauthorized),
            (unknown.StatusCode, reset.StatusCode, outlived.StatusCode));
    }

    [Fact]
    public async Task A_caller_without_roles_sees_no_subscription()
    {
        var nobody = await _server.NewCallerAsync();
        var somebody = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Reader, somebody.ObjectId, $"/subscriptions/{scene.OwnSubscription}");

        var none = await (await nobody.SendAsync(HttpMethod.Get, "/subscriptions?api-version=2019-11-01")).JsonAsync();
        var one = await (await somebody.SendAsync(HttpMethod.Get, "/subscriptions?api-version=2019-11-01")).JsonAsync();

        Assert.Empty(none["value"]!.AsArray());
        Assert.Equal(scene.OwnSubscription, (string?)one["value"]![0]!["subscriptionId"]);
    }

    [Fact]
    public async Task What_another_instance_writes_counts_within_a_second()
    {
        var caller = await _server.NewCallerAsync();
        var made = new RoleAssignment
        {
            Name = Guid.NewGuid().ToString(),
            Scope = _server.Group(),
            Role = BuiltInRoles.Reader.Name,
            PrincipalId = caller.ObjectId,
            PrincipalType = "ServicePrincipal",
        };

        await _server.Services.GetRequiredService<DocumentStore>().CommitAsync(
            [.. Mover.Server.Authorization.RoleAssignments.NewWrites(made)], new("other", "Application", DateTimeOffset.UtcNow, "c"), default);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var seen = System.Diagnostics.Stopwatch.StartNew();
        while ((await caller.GetAsync(_server.Mover())).StatusCode != HttpStatusCode.OK)
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        Assert.True(seen.Elapsed < TimeSpan.FromSeconds(5), $"It took {seen.Elapsed}.");
    }

    /// <summary>A server with two groups and storage movers in them.</summary>
    public sealed class Scene : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public string OwnSubscription => new Mover.Server.Identity.IdentityFiles(Server.Folder).ReadAdministrator()!.SubscriptionId;

        public async Task InitializeAsync()
        {
            Server = await TestServer.StartAsync();
            await Server.CreateMoverAsync("m1");
            await Server.CreateMoverAsync("m2");
            await Server.CreateGroupAsync("g2");
            await Server.CreateAsync(Server.Mover(group: "g2"), """{"location":"eastus"}""");
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
