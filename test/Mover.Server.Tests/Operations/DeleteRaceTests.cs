using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.Tests.Operations;

/// <summary>Deletes that meet other requests between two of their steps.</summary>
public sealed class DeleteRaceTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private InterruptedStore _store = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(InterruptedStore.Under);
        _store = InterruptedStore.Of(_server);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_recreated_storage_mover_survives_a_second_delete_of_the_old_one()
    {
        await _server.CreateMoverAsync();
        HttpResponseMessage second = null!;
        _store.AfterList(
            prefix => prefix.StartsWith("pending-operations", StringComparison.Ordinal),
            async () =>
            {
                _store.AfterCommit(
                    write => write.Value is null && write.Key.Equals(_server.Mover(), StringComparison.OrdinalIgnoreCase),
                    () => _server.CreateAsync(_server.Mover(), """{"location":"eastus"}"""));
                second = await _server.DeleteAsync(_server.Mover());
            });

        var first = await _server.DeleteAsync(_server.Mover());
        await _server.FollowAsync(first);
        await _server.FollowAsync(second);

        Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync(_server.Mover())).StatusCode);
    }

    [Fact]
    public async Task A_finished_operation_does_not_affect_another_deletion()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var (documents, deletions) = (_server.Services.GetRequiredService<DocumentStore>(), _server.Services.GetRequiredService<CascadingDelete>());
        await _server.CreateMoverAsync();
        await _server.FollowAsync(await _server.DeleteAsync(_server.Mover()));
        var done = (await documents.ListInternalAsync(DocumentKey.Internal("operations"), OperationsJson.Default.Operation, null, 2, limit.Token)).Documents.Single();
        await _server.CreateMoverAsync();
        await _server.CreateAsync(_server.Mover() + "/projects/p1", "{}");
        Assert.True(ResourceId.TryParse(_server.Mover(), out var id));
        await documents.CommitAsync(
            [DocumentWrite.Put(id, new StorageMover { Properties = new() { ProvisioningState = ProvisioningStates.Deleting } }, MoverJson.Wire.StorageMover)],
            new WriteStamp("test", "User", DateTimeOffset.UnixEpoch, "c"),
            limit.Token);

        await deletions.ExecuteAsync(done.Value, limit.Token);

        Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync(_server.Mover() + "/projects/p1")).StatusCode);
    }

    [Fact]
    public async Task A_definition_whose_job_is_started_while_it_is_deleted_stays_with_its_run()
    {
        await _server.CreateJobAsync();
        HttpResponseMessage started = null!;
        _store.AfterRead(
            _server.Definition().ToLowerInvariant(), async () => started = await _server.PostAsync(_server.Definition() + "/startJob"));

        var deleted = await _server.DeleteAsync(_server.Definition());

        Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, deleted.StatusCode);
        var run = (string)(await started.JsonAsync())["jobRunResourceId"]!;
        Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync(run)).StatusCode);
    }

    [Fact]
    public async Task An_agent_whose_job_is_started_while_it_is_deleted_stays()
    {
        await _server.CreateJobAsync();
        HttpResponseMessage started = null!;
        _store.AfterList(
            prefix => prefix.StartsWith("active/", StringComparison.Ordinal),
            async () => started = await _server.PostAsync(_server.Definition() + "/startJob"));

        var deleted = await _server.DeleteAsync(_server.Mover() + "/agents/a1");

        Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync(_server.Mover() + "/agents/a1")).StatusCode);
    }
}
