using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Operations;
using Mover.Server.Settings;
using Mover.State.Documents;

namespace Mover.Server.Tests;

/// <summary>Deletes that go on after their answer, in the shapes that the live service was recorded with.</summary>
public sealed class OperationTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = 
        await TestServer.StartAsync(options => options with { AsyncDialect = AsyncDialect.AsRecorded });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Deleting_a_storage_mover_is_accepted_with_the_body_null_and_both_places_to_ask()
    {
        await _server.CreateMoverAsync();

        var response = await _server.DeleteAsync(_server.Mover());

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("null", await response.Content.ReadAsStringAsync());
        Assert.Equal(response.Header("Azure-AsyncOperation"), response.Header("Location"));
        Assert.Contains("/locations/EASTUS/operationStatuses/" + response.Header("x-ms-request-id") + "*", response.Header("Location"), StringComparison.Ordinal);
        Assert.True(response.Headers.Contains("ETag"));
        Assert.False(response.Headers.Contains("Retry-After"));
    }

    [Fact]
    public async Task A_finished_delete_answers_a_status_with_explicit_null_properties_and_no_end_for_storage_movers()
    {
        await _server.CreateJobAsync();

        var done = await _server.FollowAsync(await _server.DeleteAsync(_server.Mover()));

        var body = await done.JsonAsync();
        Assert.Equal(["id", "name", "resourceId", "status", "startTime", "properties"], body.Select(p => p.Key));
        Assert.Equal("Succeeded", (string?)body["status"]);
        Assert.Null(body["properties"]);
        Assert.Equal(_server.Mover(), (string?)body["resourceId"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.GetAsync(_server.Definition())).StatusCode);
    }

    [Fact]
    public async Task A_finished_unregistering_shows_its_end()
    {
        await _server.CreateJobAsync();

        var done = await _server.FollowAsync(await _server.DeleteAsync(_server.Mover() + "/agents/a1"));

        Assert.Equal(
            ["id", "name", "resourceId", "status", "startTime", "endTime", "properties"], (await done.JsonAsync()).Select(p => p.Key));
    }

    [Fact]
    public async Task An_accepted_delete_is_done_by_the_next_start_when_the_server_dies_before()
    {
        await _server.CreateJobAsync();
        var folder = _server.Folder;
        var path = await LeaveUndoneAsync();

        await _server.RestartAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await _server.GetAsync(path)).StatusCode != HttpStatusCode.NotFound)
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        Assert.Equal(folder, _server.Folder);
    }

    [Fact]
    public async Task A_group_is_deleted_with_everything_in_it_and_its_result_can_be_asked_for()
    {
        await _server.CreateJobAsync();

        var accepted = await _server.SendAsync(HttpMethod.Delete, TestServer.Versioned(_server.Group(), "2021-04-01"));
        var done = await _server.FollowAsync(accepted);

        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal("ResourceGroupNotFound", await (await _server.GetAsync(_server.Mover())).ErrorCodeAsync());
    }

    [Theory]
    [InlineData("queue")]
    [InlineData("claim")]
    [InlineData("lease")]
    [InlineData("presence")]
    [InlineData("copylog")]
    [InlineData("scheduled")]
    [InlineData("active")]
    [InlineData("starts")]
    public async Task What_the_control_plane_keeps_for_a_resource_is_deleted_with_it(string area)
    {
        await _server.CreateJobAsync();
        var documents = _server.Services.GetRequiredService<DocumentStore>();
        var key = DocumentKey.Internal(
            [area, .. (_server.Mover() + "/agents/a1").ToLowerInvariant().Split('/', StringSplitOptions.RemoveEmptyEntries), "one"]);
        await documents.CommitAsync(
            [DocumentWrite.Put(key, new PendingOperation("kept"), OperationsJson.Default.PendingOperation)],
            new WriteStamp("test", "User", DateTimeOffset.UnixEpoch, "c"),
            default);

        await _server.FollowAsync(await _server.DeleteAsync(_server.Mover()));

        Assert.Null(await documents.GetInfoAsync(key, default));
    }

    [Fact]
    public async Task Nothing_is_created_below_what_is_being_deleted()
    {
        await _server.CreateJobAsync();
        await LeaveUndoneAsync();

        var response = await _server.PutAsync(_server.Mover() + "/projects/p2", "{}");

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("ResourceBeingDeleted", await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task An_operation_is_not_shown_in_another_subscription()
    {
        await _server.CreateMoverAsync();
        var accepted = await _server.DeleteAsync(_server.Mover());
        var other = accepted.Headers.Location!.PathAndQuery.Replace(_server.Subscription, Guid.NewGuid().ToString(), StringComparison.Ordinal);

        var response = await _server.Http.GetAsync(new Uri(other, UriKind.Relative));

        Assert.NotEqual(HttpStatusCode.OK, response.StatusCode);
    }

    // A delete that was accepted, by a server that died before its loop looked: the documents as the commit leaves them.
    private async Task<string> LeaveUndoneAsync()
    {
        Assert.True(ResourceId.TryParse(_server.Mover(), out var id));
        var documents = _server.Services.GetRequiredService<DocumentStore>();
        var operation = new Operation
        {
            Name = "left*over",
            Target = id.Text,
            ResourceId = id.Text,
            Region = "EASTUS",
            StartTime = DateTimeOffset.UnixEpoch,
            By = "test",
            ByType = "User",
            CorrelationId = "c",
        };
        var mover = (await documents.GetAsync(id, MoverJson.Wire.StorageMover, default))!.Value;
        await documents.CommitAsync(
            [
                DocumentWrite.Put(id, mover with { Properties = new() { ProvisioningState = "Deleting" } }, MoverJson.Wire.StorageMover),
                DocumentWrite.Put(Operation.KeyOf(operation.Name), operation, OperationsJson.Default.Operation),
                DocumentWrite.Put(Operation.PendingKeyOf(operation.Name), new PendingOperation(operation.Name), OperationsJson.Default.PendingOperation),
            ],
            new WriteStamp("test", "User", DateTimeOffset.UnixEpoch, "c"),
            default);
        return _server.Mover();
    }
}
