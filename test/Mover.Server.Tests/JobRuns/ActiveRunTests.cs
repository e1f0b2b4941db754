using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.State;

namespace Mover.Server.Tests.JobRuns;

/// <summary>What a run uses is not deleted under it: the index of active runs, and starts against deletions.</summary>
public sealed class ActiveRunTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private InterruptedStore Store => InterruptedStore.Of(_server);

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(InterruptedStore.Under);
        await _server.CreateJobAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("endpoints/src")]
    [InlineData("endpoints/dst")]
    [InlineData("agents/a1")]
    public async Task What_an_active_run_uses_is_not_deleted_and_can_be_when_it_has_ended(string used)
    {
        await _server.PostAsync(_server.Definition() + "/startJob");
        var refused = await _server.DeleteAsync($"{_server.Mover()}/{used}");
        await _server.PostAsync(_server.Definition() + "/stopJob");
        var deleted = await _server.DeleteAsync($"{_server.Mover()}/{used}");

        Assert.Equal((HttpStatusCode.Conflict, "ResourceInUse"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.True(deleted.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("endpoints/src")]
    [InlineData("endpoints/dst")]
    [InlineData("agents/a1")]
    public async Task A_job_that_starts_when_a_deletion_has_found_no_active_run_keeps_what_it_uses(string used)
    {
        HttpResponseMessage? started = null;
        Store.AfterList(
            prefix => prefix.StartsWith("active/", StringComparison.Ordinal),
            async () => started = await _server.PostAsync(_server.Definition() + "/startJob"));

        var deleted = await _server.DeleteAsync($"{_server.Mover()}/{used}");

        Assert.Equal(HttpStatusCode.OK, started?.StatusCode);
        Assert.Equal((HttpStatusCode.Conflict, "ResourceInUse"), (deleted.StatusCode, await deleted.ErrorCodeAsync()));
        Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync($"{_server.Mover()}/{used}")).StatusCode);
    }

    [Theory]
    [InlineData("endpoints/src", "EndpointNotFound")]
    [InlineData("endpoints/dst", "EndpointNotFound")]
    [InlineData("agents/a1", "AgentNotFound")]
    public async Task A_start_that_has_read_what_is_deleted_before_its_commit_is_refused(string used, string code)
    {
        var path = $"{_server.Mover()}/{used}";
        HttpResponseMessage? deleted = null;
        Store.AfterRead(path.ToLowerInvariant(), async () =>
        {
            deleted = await _server.DeleteAsync(path);
            while ((await _server.GetAsync(path)).StatusCode != HttpStatusCode.NotFound)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        });

        var started = await _server.PostAsync(_server.Definition() + "/startJob");

        Assert.True(deleted?.IsSuccessStatusCode);
        Assert.Equal((HttpStatusCode.Conflict, code), (started.StatusCode, await started.ErrorCodeAsync()));
        Assert.Empty(await KeysAsync("active/"));
    }

    [Fact]
    public async Task The_index_holds_a_run_while_it_is_active_and_nothing_afterwards()
    {
        await _server.PostAsync(_server.Definition() + "/startJob");
        var active = await KeysAsync("active/");
        await _server.PostAsync(_server.Definition() + "/stopJob");

        Assert.Equal(["a1", "dst", "src"], active.Select(key => key.Split('/')[^2]));
        Assert.Empty(await KeysAsync("active/"));
    }

    [Fact]
    public async Task An_entry_of_an_ended_run_blocks_nothing()
    {
        await _server.PostAsync(_server.Definition() + "/startJob");
        var key = (await KeysAsync("active/")).Single(one => one.Contains("/endpoints/src/", StringComparison.Ordinal));
        var entry = (await Store.ReadAsync([key], default)).Entries[0]!;
        await _server.PostAsync(_server.Definition() + "/stopJob");
        await Store.CommitAsync([], [new(key, entry.Value)], default);

        var deleted = await _server.DeleteAsync(_server.Mover() + "/endpoints/src");

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Empty(await KeysAsync("active/"));
    }

    private async Task<IReadOnlyList<string>> KeysAsync(string prefix) =>
        [.. (await Store.ListAsync(prefix, null, 100, keysOnly: true, default)).Entries.Select(entry => entry.Key)];
}
