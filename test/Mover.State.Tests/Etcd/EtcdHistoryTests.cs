using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Etcd;
using Mover.Testing;

namespace Mover.State.Tests.Etcd;

/// <summary>Old history goes, once for all servers, and never too early.</summary>
public sealed class EtcdHistoryTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    [Fact]
    public void A_note_is_old_when_as_much_time_passed_since_it_as_history_is_kept()
    {
        var (history, revision, dropped) = (EtcdHistory.Parse(string.Empty), 0L, new List<long>());
        for (var minute = 0; minute < 13; minute++)
        {
            var (next, old) = EtcdHistory.Parse(history.Text()).After(Minute, revision, Kept);
            (history, revision) = (next, 100 + minute);
            dropped.Add(old);
        }

        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 101, 102], dropped);
        Assert.Equal(9, history.Former.Count);
    }

    [Fact]
    public void Time_in_which_no_server_ran_does_not_count()
    {
        var before = new EtcdHistory(TimeSpan.FromMinutes(3), [(TimeSpan.Zero, 5)]);

        var (after, old) = EtcdHistory.Parse(before.Text()).After(TimeSpan.Zero, 9, Kept);

        Assert.Equal(0, old);
        Assert.Equal(before.Time, after.Time);
        Assert.Equal([(TimeSpan.Zero, 5L), (before.Time, 9L)], after.Former);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("12 x y\nz")]
    [InlineData("-5 7")]
    public void Notes_that_cannot_be_read_drop_nothing(string text) => Assert.Equal(0, EtcdHistory.Parse(text).After(Minute, 7, Kept).Old);

    [RequiresFact("MOVER_ETCD")]
    public async Task Two_servers_note_and_drop_history_once()
    {
        await using var server = await EtcdServer.StartQuickAsync();
        TestClock[] clocks = [new(), new()];
        await using var one = await OpenAsync(server, clocks[0]);
        await using var two = await OpenAsync(server, clocks[1]);
        var first = (await one.CommitAsync([], [new("a", new byte[1])], default)).Revision;
        using var endpoint = new EtcdEndpoint(server.Endpoint(0), new(new() { Endpoints = server.Endpoints }));

        var minutes = 0;
        while (await IsKeptAsync(one, first - 1))
        {
            minutes++;
            var before = await NotesAsync(endpoint);
            Array.ForEach(clocks, clock => clock.Advance(Minute));
            while (await NotesAsync(endpoint) == before)
            {
                await Task.Delay(10);
            }
        }

        Assert.InRange(minutes, 11, 13);
        Assert.InRange(await NotesAsync(endpoint), minutes, minutes + 1);
        Assert.Equal(["a"], (await one.ListAsync("", null, 10, default)).Entries.Select(entry => entry.Key));
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_watch_from_exactly_where_somebody_dropped_history_is_refused_because_a_deletion_may_be_missing()
    {
        await using var server = await EtcdServer.StartQuickAsync();
        await using var store = await OpenAsync(server, new());
        using var endpoint = new EtcdEndpoint(server.Endpoint(0), new(new() { Endpoints = server.Endpoints }));
        var written = (await store.CommitAsync([], [new("a", new byte[1])], default)).Revision;
        var deleted = (await store.CommitAsync([], [new("a", null)], default)).Revision;

        await endpoint.Kv.CompactAsync(new() { Revision = deleted });

        Assert.False(await IsKeptAsync(store, written));
        Assert.True(await IsKeptAsync(store, deleted));
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task The_engines_own_notes_are_seen_by_no_listing_and_no_watch()
    {
        await using var server = await EtcdServer.StartQuickAsync();
        var clock = new TestClock();
        await using var store = await OpenAsync(server, clock);
        using var endpoint = new EtcdEndpoint(server.Endpoint(0), new(new() { Endpoints = server.Endpoints }));
        clock.Advance(Minute);
        while (await NotesAsync(endpoint) == 0)
        {
            await Task.Delay(10);
        }

        var last = (await store.CommitAsync([], [new("a", new byte[1])], default)).Revision;

        Assert.Equal(["a"], (await store.ListAsync("", null, 10, default)).Entries.Select(entry => entry.Key));
        await foreach (var seen in store.WatchAsync("", 0, default))
        {
            Assert.All(seen.Changes, change => Assert.Equal("a", change.Key));
            if (seen.Revision >= last)
            {
                break;
            }
        }
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_note_does_not_overwrite_a_newer_one_of_another_server()
    {
        await using var server = await EtcdServer.StartQuickAsync();
        var options = new EtcdStateOptions { Endpoints = server.Endpoints, CallTimeout = TimeSpan.FromSeconds(10) };
        await using var cluster = await EtcdStart.ConnectAsync(options, NullLogger.Instance, default);
        var commits = new EtcdCommits(cluster, new(options.Prefix));

        var first = await commits.PutOwnAsync("history", "1", 0, default);
        var late = await commits.PutOwnAsync("history", "2", 0, default);
        var next = await commits.PutOwnAsync("history", "3", first.Revision, default);

        Assert.Equal(
            [CommitOutcome.Committed, CommitOutcome.ConditionFailed, CommitOutcome.Committed], [first.Outcome, late.Outcome, next.Outcome]);
    }

    private static async Task<long> NotesAsync(EtcdEndpoint endpoint) =>
        (await endpoint.Kv.RangeAsync(new() { Key = new EtcdKeys("mover/").Own("history") })).Kvs.SingleOrDefault()?.Version ?? 0;

    private static async Task<bool> IsKeptAsync(EtcdStateStore store, long revision)
    {
        await using var watch = store.WatchAsync("", revision, default).GetAsyncEnumerator();
        try
        {
            return await watch.MoveNextAsync();
        }
        catch (StateException gone) when (gone.Fault == StateFault.HistoryGone)
        {
            return false;
        }
    }

    private static Task<EtcdStateStore> OpenAsync(EtcdServer server, TestClock clock) => EtcdStateStore.OpenAsync(
        new() { Endpoints = server.Endpoints, CallTimeout = TimeSpan.FromSeconds(10) }, clock, NullLogger<EtcdStateStore>.Instance, default);
}
