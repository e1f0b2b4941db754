using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Access;
using Mover.Server.Authorization;
using Mover.State.Documents;

namespace Mover.Server.Tests.Authorization;

/// <summary>A subscription's role assignments are shared between its groups, and some are kept for the subscription itself.</summary>
public sealed class AssignmentSharesTests : IAsyncLifetime
{
    private readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(InterruptedStore.Under, _clock);
        await _server.CreateGroupAsync();
        await _server.CreateGroupAsync("g2");
        await _server.CreateGroupAsync("g3");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_group_that_has_used_its_share_leaves_the_others_theirs()
    {
        await FillAsync(_server.Group(), RoleAssignments.GroupAssignmentsMax);

        var full = await GiveAsync(_server.Group());
        var other = await GiveAsync(_server.Group("g2"));

        Assert.Equal((HttpStatusCode.Conflict, "RoleAssignmentLimitExceeded"), (full.StatusCode, await full.ErrorCodeAsync()));
        Assert.Contains("'g1' can have at most 2000", await full.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, other.StatusCode);
    }

    [Fact]
    public async Task Groups_together_leave_the_subscription_room_for_assignments_of_its_own()
    {
        await FillAsync(_server.Group(), RoleAssignments.GroupAssignmentsMax);
        await FillAsync(
            _server.Group("g2"),
            RoleAssignments.AssignmentsMax - RoleAssignments.SubscriptionKept - RoleAssignments.GroupAssignmentsMax);

        var group = await GiveAsync(_server.Group("g3"));
        var subscription = await GiveAsync($"/subscriptions/{_server.Subscription}");
        var everything = await GiveAsync("/");

        Assert.Equal((HttpStatusCode.Conflict, "RoleAssignmentLimitExceeded"), (group.StatusCode, await group.ErrorCodeAsync()));
        Assert.Contains("the last 500 are reserved", await group.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (subscription.StatusCode, everything.StatusCode));
    }

    [Fact]
    public async Task Refusals_at_a_limit_do_not_count_everything_again_each_time()
    {
        await FillAsync(_server.Group(), RoleAssignments.GroupAssignmentsMax);
        var (store, counts) = (InterruptedStore.Of(_server), 0);
        void Watch() => store.AfterList(
            prefix => prefix.StartsWith("roleassignments/subscriptions/", StringComparison.Ordinal),
            () => Task.FromResult(++counts));

        Watch();
        await GiveAsync(_server.Group());
        Watch();
        await GiveAsync(_server.Group());
        var soon = counts;
        _clock.Now += RoleGuard.FullFor;
        await GiveAsync(_server.Group());

        Assert.Equal((1, 2), (soon, counts));
    }

    // Straight into the store; a start reads it.
    private async Task FillAsync(string scope, int count)
    {
        foreach (var some in Enumerable.Range(0, count).Chunk(50))
        {
            await _server.Services.GetRequiredService<DocumentStore>().CommitAsync(
                [
                    .. some.SelectMany(_ => RoleAssignments.NewWrites(new()
                    {
                        Name = Guid.NewGuid().ToString(),
                        Scope = scope,
                        Role = BuiltInRoles.Reader.Name,
                        PrincipalId = Guid.NewGuid().ToString(),
                        PrincipalType = "User",
                    })),
                ],
                new("test", "User", DateTimeOffset.UtcNow, "c"),
                CancellationToken.None);
        }

        await _server.RestartAsync();
    }

    private Task<HttpResponseMessage> GiveAsync(string scope) => _server.SendAsync(
        HttpMethod.Put,
        Callers.Versioned(Callers.Assignment(scope)),
        Callers.AssignmentBody(BuiltInRoles.Reader.Name, Guid.NewGuid().ToString()));
}
