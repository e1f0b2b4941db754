using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.Server.JobRuns;
using Mover.Server.Scheduling;
using Mover.Server.Tests.Operations;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Tests;

namespace Mover.Server.Tests.Scheduling;

/// <summary>The indexes of schedules and active runs: kept with what they index, and made once for a store that has none.</summary>
public sealed class JobIndexTests : SharedStoreTests
{
    private const string Daily =
        """{"properties":{"schedule":{"frequency":"Daily","isActive":true,"startDate":"2026-05-04T00:00:00Z","endDate":"2099-06-04T00:00:00Z","executionTime":{"hour":8,"minute":30}}}}""";

    [Fact]
    public async Task A_schedule_is_in_the_index_while_it_is_active()
    {
        await using var server = await StartAsync(Store);
        await server.CreateJobAsync();
        var without = await KeysAsync("scheduled/");
        await server.PatchAsync(server.Definition(), Daily);
        var with = await KeysAsync("scheduled/");
        await server.PatchAsync(server.Definition(), Daily.Replace("\"isActive\":true", "\"isActive\":false", StringComparison.Ordinal));

        Assert.Empty(without);
        Assert.EndsWith("/jobdefinitions/j1", Assert.Single(with), StringComparison.Ordinal);
        Assert.Empty(await KeysAsync("scheduled/"));
    }

    [Fact]
    public async Task The_schedules_owner_lists_no_resources()
    {
        var listed = new ListedPrefixes(Store);
        await using (var first = await StartAsync(Store))
        {
            await first.CreateJobAsync();
            await first.PatchAsync(first.Definition(), Daily);
        }

        await using var server = await StartAsync(listed);
        await server.DeleteAsync(server.Mover() + "/endpoints/src");
        await OwnedAsync();

        Assert.Contains("scheduled/", listed.Seen);
        Assert.DoesNotContain(listed.Seen, prefix => prefix == "/subscriptions/" || prefix.Contains("/projects/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AStore_without_the_indexes_gets_them_at_the_next_start()
    {
        var (scheduled, active) = await FillAsync();
        await ForgetAsync();

        await using var server = await StartAsync(Store);

        Assert.Equal(scheduled, await KeysAsync("scheduled/"));
        Assert.Equal(active, await KeysAsync("active/"));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task The_next_instance_finishes_indexes_that_a_dead_one_started(int commit, bool applies)
    {
        var (scheduled, active) = await FillAsync();
        await ForgetAsync();
        var store = new SharedStore(Store);
        store.DieAt(commit, applies);
        var claims = new RunClaims(new DocumentStore(store), store, new(null, null), TimeProvider.System, NullLogger<RunClaims>.Instance);
        await Assert.ThrowsAsync<StateException>(() => new JobIndexes(
            store, new DocumentStore(store), claims, NullLogger<JobIndexes>.Instance).StartAsync(default));

        await using var server = await StartAsync(Store);

        Assert.Equal(scheduled, await KeysAsync("scheduled/"));
        Assert.Equal(active, await KeysAsync("active/"));
    }

    [Fact]
    public async Task Building_the_indexes_resumes_where_it_stopped()
    {
        await FillAsync();
        await ForgetAsync();
        string after;
        await using (var server = await StartAsync(Store))
        {
            after = server.Definition().ToLowerInvariant();
        }

        await ForgetAsync();
        var documents = new DocumentStore(Store);
        await documents.PutAsync(
            JobIndexes.Key, new(JobIndexes.Version, after), SchedulingJson.Default.JobIndexVersion, DocumentCondition.Absent,
            new("test", "User", TimeProvider.System.GetUtcNow(), "c"), default);

        await using var next = await StartAsync(Store);

        Assert.EndsWith("/jobdefinitions/j2", Assert.Single(await KeysAsync("scheduled/")), StringComparison.Ordinal);
    }

    // Two definitions with schedules; the first has an active run.
    private async Task<(IReadOnlyList<string> Scheduled, IReadOnlyList<string> Active)> FillAsync()
    {
        await using var server = await StartAsync(Store);
        await server.CreateJobAsync();
        await server.CreateAsync(server.Definition("j2"), Some.DefinitionBody);
        await server.PatchAsync(server.Definition(), Daily);
        await server.PatchAsync(server.Definition("j2"), Daily);
        await server.PostAsync(server.Definition() + "/startJob");
        var (scheduled, active) = (await KeysAsync("scheduled/"), await KeysAsync("active/"));
        Assert.Equal((2, 3), (scheduled.Count, active.Count));
        return (scheduled, active);
    }

    private async Task ForgetAsync()
    {
        foreach (var prefix in new[] { "scheduled/", "active/", "indexes/" })
        {
            await Store.CommitAsync([], [.. (await KeysAsync(prefix)).Select(key => new StateWrite(key, null))], default);
        }
    }

    private async Task OwnedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await KeysAsync("loops/")).Contains("loops/schedules"))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    private async Task<IReadOnlyList<string>> KeysAsync(string prefix) =>
        [.. (await Store.ListAsync(prefix, null, 100, keysOnly: true, default)).Entries.Select(entry => entry.Key)];

    private Task<TestServer> StartAsync(IStateStore store) => StartAsync("one", new SharedStore(store));

    private sealed class ListedPrefixes(IStateStore inner) : PassingStore(inner, ownsInner: false)
    {
        public ConcurrentQueue<string> Seen { get; } = new();

        public override ValueTask<StatePage> ListAsync(string prefix, string? after, int limit, bool keysOnly, CancellationToken cancel)
        {
            Seen.Enqueue(prefix);
            return Inner.ListAsync(prefix, after, limit, keysOnly, cancel);
        }
    }
}
