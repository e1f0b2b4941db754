using System.Net;
using Mover.Core.Access;
using Mover.Server.Tests.Authorization;

namespace Mover.Server.Tests.Operations;

/// <summary>Who may follow an operation: its path names no group, and rights are mostly on one.</summary>
public sealed class FollowedOperationTests
{
    private const string Groups = "2021-04-01";

    [Fact]
    public async Task Only_callers_with_rights_on_the_group_can_poll_a_deletion_in_it()
    {
        await using var server = await TestServer.StartAsync();
        var (contributor, stranger) = (await server.NewCallerAsync(), await server.NewCallerAsync());
        await server.CreateMoverAsync();
        await server.GiveAsync(BuiltInRoles.Contributor, contributor.ObjectId, server.Group());
        await server.SendAsync(HttpMethod.Put, TestServer.Versioned(server.Group("another"), Groups), """{"location":"eastus"}""");
        await server.GiveAsync(BuiltInRoles.Contributor, stranger.ObjectId, server.Group("another"));

        var deleted = await contributor.SendAsync(HttpMethod.Delete, TestServer.Versioned(server.Mover()));
        var place = new Uri(deleted.Header("Azure-AsyncOperation")).PathAndQuery;
        var followed = await contributor.SendAsync(HttpMethod.Get, place);
        var byOther = await stranger.SendAsync(HttpMethod.Get, place);
        var byAdministrator = await server.SendAsync(HttpMethod.Get, place);

        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        Assert.True(followed.IsSuccessStatusCode, await followed.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, byOther.StatusCode);
        Assert.True(byAdministrator.IsSuccessStatusCode, await byAdministrator.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_caller_of_a_group_deletion_can_poll_it_after_losing_the_rights()
    {
        await using var server = await TestServer.StartAsync();
        var contributor = await server.NewCallerAsync();
        await server.CreateMoverAsync();
        await server.GiveAsync(BuiltInRoles.Contributor, contributor.ObjectId, server.Group());

        var deleted = await contributor.SendAsync(HttpMethod.Delete, TestServer.Versioned(server.Group(), Groups));
        var end = await server.FollowAsync(deleted, path => contributor.SendAsync(HttpMethod.Get, path));

        Assert.Equal(HttpStatusCode.OK, end.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await contributor.GetAsync(server.Mover())).StatusCode);
    }
}
