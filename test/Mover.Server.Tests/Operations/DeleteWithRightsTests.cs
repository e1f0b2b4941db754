using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Tests.Authorization;
using Mover.State;

namespace Mover.Server.Tests.Operations;

/// <summary>A resource goes together with the rights on it, whatever else happens at the same moment.</summary>
public sealed class DeleteWithRightsTests : IAsyncLifetime
{
    private const string Machine = """{"location":"eastus","properties":{}}""";
    private const string Account = """{"location":"eastus","sku":{"name":"Standard_LRS"},"kind":"StorageV2"}""";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private TestServer _server = null!;
    private InterruptedStore _store = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(InterruptedStore.Under);
        _store = InterruptedStore.Of(_server);
        await _server.CreateJobAsync();
        Assert.True((await _server.ArmAsync("PUT", PathOf("account"), Account)).IsSuccessStatusCode);
        Assert.True((await _server.ArmAsync("PUT", PathOf("machine"), Machine)).IsSuccessStatusCode);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("endpoint")]
    [InlineData("account")]
    [InlineData("machine")]
    [InlineData("definition")]
    [InlineData("project")]
    [InlineData("mover")]
    public async Task An_assignment_that_is_made_while_its_resource_is_deleted_does_not_outlive_it(string kind)
    {
        var path = PathOf(kind);
        await AssignAsync(path);
        _store.AfterCommit(IsSweep, () => AssignAsync(path));

        await EndAsync(path);

        Assert.Empty(await AssignmentsAsync(path));
    }

    [Theory]
    [InlineData("endpoint")]
    [InlineData("account")]
    [InlineData("machine")]
    [InlineData("definition")]
    [InlineData("project")]
    [InlineData("mover")]
    public async Task An_assignment_that_was_checked_before_its_resource_was_deleted_is_refused_after(string kind)
    {
        var path = PathOf(kind);
        await AssignAsync(path);
        var (swept, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var deleted = Task.CompletedTask;
        _store.AfterRead(path.ToLowerInvariant(), async () =>
        {
            _store.AfterCommit(IsSweep, async () =>
            {
                swept.SetResult();
                await goOn.Task.WaitAsync(Limit);
            });
            deleted = EndAsync(path);
            await swept.Task.WaitAsync(Limit);
        });

        var assigned = await AssignAsync(path);
        goOn.SetResult();
        await deleted;

        // The deletion may be over by then: it is done by whoever sees it in the store.
        Assert.Contains(assigned.StatusCode, (HttpStatusCode[])[HttpStatusCode.Conflict, HttpStatusCode.NotFound]);
        Assert.Empty(await AssignmentsAsync(path));
    }

    [Theory]
    [InlineData("endpoint")]
    [InlineData("account")]
    [InlineData("machine")]
    public async Task A_delete_takes_the_resource_with_its_rights_or_neither(string kind)
    {
        var path = PathOf(kind);
        await AssignAsync(path);
        var etag = (await _server.GetAsync(path)).Headers.ETag?.ToString() ?? "*";
        _store.AfterList(
            prefix => prefix.StartsWith("roleassignments/", StringComparison.Ordinal),
            () => _server.PatchAsync(path, kind == "endpoint" ? """{"properties":{"endpointType":"NfsMount","description":"d"}}""" : """{"tags":{"k":"v"}}"""));

        await _server.DeleteAsync(path, ("If-Match", etag));

        var isThere = (await _server.GetAsync(path)).IsSuccessStatusCode;
        Assert.Equal(isThere ? 1 : 0, (await AssignmentsAsync(path)).Count);
    }

    [Fact]
    public async Task A_delete_that_is_refused_takes_no_rights_away()
    {
        var path = PathOf("account");
        await AssignAsync(path);

        var refused = await _server.ArmAsync("DELETE", path, null, ("If-Match", "\"another\""));

        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
        Assert.Single(await AssignmentsAsync(path));
    }

    private static bool IsSweep(StateWrite write) =>
        write.Value is null && write.Key.StartsWith("roleassignments/", StringComparison.Ordinal);

    private string PathOf(string kind) => kind switch
    {
        "endpoint" => _server.Mover() + "/endpoints/src",
        "account" => _server.Group() + "/providers/Microsoft.Storage/storageAccounts/kept",
        "machine" => _server.Group() + "/providers/Microsoft.HybridCompute/machines/kept",
        "definition" => _server.Definition(),
        "project" => _server.Mover() + "/projects/p1",
        _ => _server.Mover(),
    };

    private Task<HttpResponseMessage> AssignAsync(string path) => _server.SendAsync(
        HttpMethod.Put,
        Callers.Versioned(Callers.Assignment(path)),
        Callers.AssignmentBody(BuiltInRoles.Reader.Name, Guid.NewGuid().ToString()));

    private async Task EndAsync(string path)
    {
        var deleted = await _server.DeleteAsync(path);
        if (deleted.StatusCode == HttpStatusCode.Accepted)
        {
            await _server.FollowAsync(deleted);
        }
    }

    private async Task<IReadOnlyList<StateEntry>> AssignmentsAsync(string path)
    {
        var store = _server.Services.GetRequiredService<IStateStore>();
        return (await store.ListAsync("roleassignments" + path.ToLowerInvariant() + "/", null, 100, CancellationToken.None)).Entries;
    }
}
