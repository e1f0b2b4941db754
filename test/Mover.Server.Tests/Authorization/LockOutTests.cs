using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Authorization;
using Mover.Server.Identity;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Tests.Authorization;

/// <summary>An Owner who can sign in is always left, and limits hold, whoever writes at the same moment.</summary>
public sealed class LockOutTests : IAsyncLifetime
{
    private static readonly WriteStamp Stamp = new("test", "User", DateTimeOffset.UtcNow, "c");
    private TestServer _server = null!;
    private InterruptedStore _store = null!;
    private string _administrator = "";

    private DocumentStore Documents => _server.Services.GetRequiredService<DocumentStore>();

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(InterruptedStore.Under);
        _store = InterruptedStore.Of(_server);
        _administrator = new IdentityFiles(_server.Folder).ReadAdministrator()!.ObjectId;
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task An_owner_that_does_not_exist_does_not_count()
    {
        await _server.GiveAsync(BuiltInRoles.Owner, Guid.NewGuid().ToString(), "/");

        var refused = await DeleteAsync(await OwnerOfAsync(_administrator));

        Assert.Equal((HttpStatusCode.Conflict, "LastOwnerAssignment"), (refused.StatusCode, await refused.ErrorCodeAsync()));
    }

    [Fact]
    public async Task A_service_principal_that_is_the_last_owner_stays()
    {
        var owner = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Owner, owner.ObjectId, "/");
        var own = await DeleteAsync(await OwnerOfAsync(_administrator));

        var refused = await owner.SendAsync(HttpMethod.Delete, $"/servicePrincipals/{owner.ApplicationId}");

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Equal((HttpStatusCode.Conflict, "LastOwnerAssignment"), (refused.StatusCode, await refused.ErrorCodeAsync()));
    }

    [Fact]
    public async Task A_service_principal_takes_all_its_role_assignments_along_and_no_other()
    {
        await _server.CreateMoverAsync();
        var (goes, stays) = (await _server.NewCallerAsync(), await _server.NewCallerAsync());
        foreach (var caller in new[] { goes, stays })
        {
            await _server.GiveAsync(BuiltInRoles.Owner, caller.ObjectId, "/");
            await _server.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, _server.Group());
        }

        var deleted = await _server.SendAsync(HttpMethod.Delete, $"/servicePrincipals/{goes.ApplicationId}");

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Equal((0, 4), (await EntriesOfAsync(goes.ObjectId), await EntriesOfAsync(stays.ObjectId)));
    }

    private async Task<int> EntriesOfAsync(string objectId)
    {
        var count = 0;
        foreach (var area in new[] { AccessState.AssignmentsArea, RoleAssignments.UniqueArea })
        {
            await foreach (var entry in Documents.ListBelowAsync(DocumentKey.Internal(area), CancellationToken.None))
            {
                count += (entry.Key + System.Text.Encoding.UTF8.GetString(entry.Value.Span)).Contains(objectId, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            }
        }

        return count;
    }

    [Fact]
    public async Task Of_two_owners_that_two_instances_delete_at_once_one_stays()
    {
        var second = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Owner, second.ObjectId, "/");
        var (first, other) = (await OwnerOfAsync(_administrator), (await OwnerOfAsync(second.ObjectId)).Split('/')[^1]);
        _store.AfterList(
            prefix => prefix.StartsWith("roleassignments/providers/", StringComparison.Ordinal),
            () => AnotherInstance().DeleteAsync("/", other, Stamp, CancellationToken.None));

        var refused = await DeleteAsync(first);

        Assert.Equal((HttpStatusCode.Conflict, "LastOwnerAssignment"), (refused.StatusCode, await refused.ErrorCodeAsync()));
    }

    [Fact]
    public async Task A_start_without_an_owner_who_can_sign_in_gives_the_administrator_the_role_back_and_says_so()
    {
        await _server.GiveAsync(BuiltInRoles.Owner, Guid.NewGuid().ToString(), "/");
        var gone = await OwnerOfAsync(_administrator);
        await Documents.CommitAsync(
            [
                DocumentWrite.Delete(DocumentKey.Internal(["roleassignments", .. gone.Split('/', StringSplitOptions.RemoveEmptyEntries)])),
                DocumentWrite.Delete(DocumentKey.Internal("uniqueroleassignments", $"~{_administrator}~{BuiltInRoles.Owner.Name}")),
            ],
            Stamp,
            CancellationToken.None);

        await _server.RestartAsync();

        var back = await OwnerOfAsync(_administrator);
        var audit = new List<AuditRecord>();
        await foreach (var record in _server.Services.GetRequiredService<AuditLog>().ListAsync(
            DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), CancellationToken.None))
        {
            audit.Add(record);
        }

        Assert.Contains(audit, record => record.Changes.Any(
            change => change.What == "created" && change.Key.EndsWith(back.Split('/')[^1], StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task The_last_place_for_an_assignment_is_given_once()
    {
        var scope = $"/subscriptions/{_server.Subscription}";
        foreach (var some in Enumerable.Range(0, RoleAssignments.AssignmentsMax - 1).Chunk(50))
        {
            await Documents.CommitAsync([.. some.SelectMany(_ => RoleAssignments.NewWrites(Reader(scope)))], Stamp, CancellationToken.None);
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _server.SendAsync(
            HttpMethod.Put,
            Callers.Versioned(Callers.Assignment(scope)),
            Callers.AssignmentBody(BuiltInRoles.Reader.Name, Guid.NewGuid().ToString()))));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_place_that_a_deleted_resource_left_is_given_again()
    {
        var scope = $"/subscriptions/{_server.Subscription}";
        await _server.CreateMoverAsync();
        await _server.GiveAsync(BuiltInRoles.Reader, Guid.NewGuid().ToString(), _server.Mover());
        foreach (var some in Enumerable.Range(0, RoleAssignments.AssignmentsMax - 2).Chunk(50))
        {
            await Documents.CommitAsync([.. some.SelectMany(_ => RoleAssignments.NewWrites(Reader(scope)))], Stamp, CancellationToken.None);
        }

        await Documents.CommitAsync([DocumentWrite.Delete(DocumentKey.Internal("accessguard", "counts"))], Stamp, CancellationToken.None);
        await _server.GiveAsync(BuiltInRoles.Reader, Guid.NewGuid().ToString(), scope);
        await _server.FollowAsync(await _server.DeleteAsync(_server.Mover()));

        await _server.GiveAsync(BuiltInRoles.Reader, Guid.NewGuid().ToString(), scope);
    }

    [Fact]
    public async Task A_role_that_another_instance_gives_while_it_is_deleted_stays()
    {
        await _server.CreateMoverAsync();
        var role = $"{_server.Group()}/providers/Microsoft.Authorization/roleDefinitions/{Guid.NewGuid()}";
        await _server.SendAsync(HttpMethod.Put, Callers.Versioned(role), RoleEscalationTests.RoleBody("Held", "*/read", _server.Group()));
        var given = Reader(_server.Group()) with { Role = role.Split('/')[^1] };
        _store.AfterList(
            prefix => prefix == "roleassignments/", () => AnotherInstance().PutAsync(given, Stamp, CancellationToken.None));

        var deleted = await DeleteAsync(role);

        Assert.Equal((HttpStatusCode.Conflict, "RoleDefinitionHasAssignments"), (deleted.StatusCode, await deleted.ErrorCodeAsync()));
    }

    private static RoleAssignment Reader(string scope) => new()
    {
        Name = Guid.NewGuid().ToString(),
        Scope = scope,
        Role = BuiltInRoles.Reader.Name,
        PrincipalId = Guid.NewGuid().ToString(),
        PrincipalType = "User",
    };

    // It shares the store and nothing else.
    private RoleAssignments AnotherInstance() =>
        ActivatorUtilities.CreateInstance<RoleAssignments>(_server.Services, new RoleGuard(Documents, TimeProvider.System));

    private Task<HttpResponseMessage> DeleteAsync(string id) => _server.SendAsync(HttpMethod.Delete, Callers.Versioned(id));

    private async Task<string> OwnerOfAsync(string principalId)
    {
        var list = await (await _server.SendAsync(
            HttpMethod.Get, Callers.Versioned("/providers/Microsoft.Authorization/roleAssignments"))).JsonAsync();
        return (string)list["value"]!.AsArray().Single(a => (string?)a!["properties"]!["principalId"] == principalId
            && ((string)a["properties"]!["roleDefinitionId"]!).EndsWith(BuiltInRoles.Owner.Name, StringComparison.Ordinal))!["id"]!;
    }
}
