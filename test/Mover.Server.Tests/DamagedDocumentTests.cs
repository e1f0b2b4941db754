using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Authorization;
using Mover.Server.Tests.Authorization;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Tests;

/// <summary>One damaged document concerns itself alone: everybody else is served, and every loop goes past it.</summary>
public sealed class DamagedDocumentTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private IStateStore Store => _server.Services.GetRequiredService<IStateStore>();

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_damaged_role_assignment_gives_nothing_and_stops_nobody_else()
    {
        var (reader, other) = (await _server.NewCallerAsync("reader"), await _server.NewCallerAsync("other"));
        var assignment = await _server.GiveAsync(BuiltInRoles.Reader, reader.ObjectId, $"/subscriptions/{_server.Subscription}");
        await _server.GiveAsync(BuiltInRoles.Reader, other.ObjectId, $"/subscriptions/{_server.Subscription}");

        await DamageAsync("roleassignments" + assignment, "principalId\":\"");

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(reader));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other));
        await _server.RestartAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(reader));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other));
    }

    [Fact]
    public async Task A_damaged_service_principal_cannot_sign_in_and_stops_nobody_else()
    {
        var (reader, other) = (await _server.NewCallerAsync("reader"), await _server.NewCallerAsync("other"));
        await _server.GiveAsync(BuiltInRoles.Reader, reader.ObjectId, $"/subscriptions/{_server.Subscription}");
        await _server.GiveAsync(BuiltInRoles.Reader, other.ObjectId, $"/subscriptions/{_server.Subscription}");

        await DamageAsync($"serviceprincipals/{reader.ApplicationId}", "objectId\":\"");
        await _server.RestartAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(reader));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other));
    }

    [Fact]
    public async Task A_damaged_operation_does_not_block_others()
    {
        await Store.CommitAsync([], [new("pending-operations/0", "{}"u8.ToArray()), new("operations/0", "{}"u8.ToArray())], default);
        await _server.CreateJobAsync();

        await _server.FollowAsync(await _server.DeleteAsync(_server.Mover()));

        Assert.Equal(HttpStatusCode.NotFound, (await _server.GetAsync(_server.Mover())).StatusCode);
    }

    private async Task<HttpStatusCode> StatusAsync(Caller caller) =>
        (await caller.SendAsync(HttpMethod.Get, TestServer.Versioned($"/subscriptions/{_server.Subscription}", "2022-12-01"))).StatusCode;

    // Changes the first letter behind a name, as a disk does that fails, and has the server look.
    private async Task DamageAsync(string id, string behind)
    {
        var key = id.ToLowerInvariant();
        var bytes = (await Store.GetAsync(key, default))!.Value.ToArray();
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(behind)) + behind.Length;
        bytes[at] = bytes[at] == (byte)'0' ? (byte)'1' : (byte)'0';
        await Store.CommitAsync([], [new(key, bytes)], default);
        await _server.Services.GetRequiredService<AccessState>()
            .RefreshAsync(DocumentKey.Internal(key.Split('/', StringSplitOptions.RemoveEmptyEntries)), default);
    }
}
