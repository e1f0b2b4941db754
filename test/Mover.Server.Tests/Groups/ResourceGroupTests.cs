using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Sqlite;

namespace Mover.Server.Tests.Groups;

public sealed class ResourceGroupTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private string All => $"/subscriptions/{_server.Subscription}/resourceGroups";

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_group_is_patched_and_stays_where_it_is()
    {
        await _server.ArmAsync("PUT", _server.Group("G"), """{"location":"East US","tags":{"a":"1"}}""");

        var patched = await (await _server.ArmAsync("PATCH", _server.Group("g"), """{"tags":{"b":"2"},"managedBy":"/me"}""")).JsonAsync();
        var moved = await _server.ArmAsync("PUT", _server.Group("g"), """{"location":"westus"}""");
        var unknown = await _server.ArmAsync("PUT", _server.Group("h"), """{"location":"mars"}""");

        Assert.Equal("""{"b":"2"}""", patched["tags"]!.ToJsonString());
        Assert.Equal("/me", (string?)patched["managedBy"]);
        Assert.Equal("eastus", (string?)patched["location"]);
        Assert.Equal(HttpStatusCode.Conflict, moved.StatusCode);
        Assert.Equal("InvalidResourceGroupLocation", await moved.ErrorCodeAsync());
        Assert.Equal("LocationNotAvailableForResourceGroup", await unknown.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("ends.")]
    [InlineData("with%20blank")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890123456789012345678901234567890x")]
    public async Task What_cannot_name_a_group_is_refused_and_nothing_is_made(string name)
    {
        var refused = await _server.ArmAsync("PUT", $"{All}/{name}", """{"location":"eastus"}""");

        Assert.Equal((HttpStatusCode.BadRequest, "InvalidResourceGroup"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.Empty((await (await _server.ArmAsync("GET", All)).JsonAsync())["value"]!.AsArray());
    }

    [Fact]
    public async Task A_new_group_answers_201_and_one_that_is_there_200()
    {
        var made = await _server.ArmAsync("PUT", _server.Group("g"), """{"location":"eastus"}""");
        var again = await _server.ArmAsync("PUT", _server.Group("g"), """{"location":"eastus"}""");

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.NotNull(made.Headers.ETag);
    }

    [Fact]
    public async Task A_patch_of_a_missing_group_names_the_group()
    {
        var patched = await _server.ArmAsync("PATCH", _server.Group("none"), """{"tags":{"a":"1"}}""");

        Assert.Equal(HttpStatusCode.NotFound, patched.StatusCode);
        Assert.Equal("ResourceGroupNotFound", await patched.ErrorCodeAsync());
    }

    [Fact]
    public async Task Groups_are_listed_by_tag_and_in_pages()
    {
        foreach (var (name, tag) in new[] { ("a", "prod"), ("b", "test"), ("c", "prod") })
        {
            await _server.ArmAsync("PUT", _server.Group(name), $$$"""{"location":"eastus","tags":{"env":"{{{tag}}}"}}""");
        }

        var found = await (await _server.ArmAsync("GET", All + "?$filter=tagName eq 'env' and tagValue eq 'prod'")).JsonAsync();
        var first = await (await _server.ArmAsync("GET", All + "?$top=1&$filter=tagName eq 'env' and tagValue eq 'prod'")).JsonAsync();
        var second = await (await _server.SendAsync(HttpMethod.Get, new Uri((string)first["nextLink"]!).PathAndQuery)).JsonAsync();

        Assert.Equal(["a", "c"], found["value"]!.AsArray().Select(group => (string?)group!["name"]));
        Assert.Equal("a", (string?)Assert.Single(first["value"]!.AsArray())!["name"]);
        Assert.Equal("c", (string?)Assert.Single(second["value"]!.AsArray())!["name"]);
    }

    [Fact]
    public async Task Deleting_a_group_forgets_the_identities_of_its_machines()
    {
        await _server.CreateGroupAsync();
        var machine = await (await _server.ArmAsync(
            "PUT", _server.Group() + "/providers/Microsoft.HybridCompute/machines/host", """{"location":"eastus"}""")).JsonAsync();
        var key = DocumentKey.Internal("machineidentities", (string)machine["identity"]!["principalId"]!);
        var documents = _server.Services.GetRequiredService<DocumentStore>();
        Assert.NotNull(await documents.GetInfoAsync(key, default));

        await _server.FollowAsync(await _server.ArmAsync("DELETE", _server.Group()));

        Assert.Null(await documents.GetInfoAsync(key, default));
    }

    [Fact]
    public async Task The_deletion_of_a_large_group_continues_after_a_restart_in_its_middle()
    {
        await _server.CreateMoverAsync();
        await FillAsync(20_000);
        var accepted = await _server.ArmAsync("DELETE", _server.Group());
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        await FirstIsGoneAsync();

        await _server.StopAsync();
        var left = await CountAsync();
        await _server.StartAgainAsync();
        var done = await _server.FollowAsync(accepted);

        Assert.InRange(left, 1, 20_000);
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.ArmAsync("HEAD", _server.Group())).StatusCode);
        Assert.Equal("ResourceGroupNotFound", await (await _server.GetAsync(_server.Mover())).ErrorCodeAsync());
    }

    private async Task FillAsync(int count)
    {
        Assert.True(ResourceId.TryParse(_server.Mover(), out var mover));
        var documents = _server.Services.GetRequiredService<DocumentStore>();
        foreach (var batch in Enumerable.Range(0, count).Chunk(DocumentStore.CommitWritesMax))
        {
            await documents.CommitAsync(
                [.. batch.Select(at => DocumentWrite.Put(mover.Child("projects", $"p{at:D6}"), new Project(), MoverJson.Wire.Project))],
                new WriteStamp("test", "User", DateTimeOffset.UnixEpoch, $"c{batch[0]}", Routine: true),
                default);
        }
    }

    private async Task FirstIsGoneAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var store = _server.Services.GetRequiredService<IStateStore>();
        var first = $"{_server.Mover()}/projects/p000000".ToLowerInvariant();
        while (await store.GetAsync(first, limit.Token) is not null)
        {
            await Task.Yield();
        }
    }

    private async Task<int> CountAsync()
    {
        await using var store = SqliteStateStore.Open(
            new() { Path = Path.Combine(_server.Folder, "state.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance);
        var count = 0;
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(_server.Mover().ToLowerInvariant() + "/projects/", after, StateLimits.PageEntriesMax, default);
            count += page.Entries.Count;
            after = page.Entries.Count == 0 ? null : page.Entries[^1].Key;
        }
        while (page.HasMore);

        return count;
    }
}
