namespace Mover.State.Tests.Contract;

public abstract partial class StateContract
{
    [Fact]
    public async Task A_watch_yields_later_changes_of_its_prefix_in_order()
    {
        var start = await CommitAsync(Put("w/a", "0"));
        await CommitAsync(Put("w/b", "1"), Put("v", "1"), Put("w/a", "1"));
        await CommitAsync(Delete("w/a"), Put("w0", "2"));
        await CommitAsync(Put("w/c", ""));

        var changes = await ChangesAsync("w/", start, 4);

        Assert.Equal(["w/b=1", "w/a=1", "w/a gone", "w/c="], changes.Select(Show));
        Assert.Equal(changes[0].Revision, changes[1].Revision);
        Assert.Equal(3, changes.Select(change => change.Revision).Where(revision => revision > start).Distinct().Count());
        Assert.Equal(changes.Select(change => change.Revision).Order(), changes.Select(change => change.Revision));
        Assert.All(changes.Where(change => change.Entry is not null), change => Assert.Equal(change.Revision, change.Entry?.ModRevision));
    }

    [Fact]
    public async Task A_waiting_watch_is_woken_by_a_commit()
    {
        var start = await CommitAsync(Put("a", "0"));
        await using var watch = Store.WatchAsync("w/", start, _patience.Token).GetAsyncEnumerator();

        await watch.MoveNextAsync();
        var first = watch.Current;
        var next = NextChangeAsync(watch);
        var waits = !next.IsCompleted;
        await CommitAsync(Put("w/a", "1"));

        Assert.Empty(first.Changes);
        Assert.True(waits);
        Assert.Equal("w/a=1", Show(await next));
    }

    [Fact]
    public async Task A_watch_from_a_pages_revision_misses_nothing_and_repeats_nothing()
    {
        await CommitAsync(Put("w/a", "0"));
        var page = await Store.ListAsync("w/", null, 10, None);
        await CommitAsync(Put("w/b", "1"));

        var change = Assert.Single(await ChangesAsync("w/", page.Revision, 1));

        Assert.Equal("w/b=1", Show(change));
    }

    [Fact]
    public async Task A_watch_resumes_in_the_middle_of_what_it_saw()
    {
        var revisions = new List<long>();
        for (var at = 0; at < 10; at++)
        {
            revisions.Add(await CommitAsync(Put($"w/{at}", "x")));
        }

        var rest = await ChangesAsync("w/", revisions[5], 4);

        Assert.Equal(["w/6=x", "w/7=x", "w/8=x", "w/9=x"], rest.Select(Show));
    }

    [Fact]
    public async Task A_watch_may_start_ahead_of_the_store()
    {
        var start = await CommitAsync(Put("w/a", "0"));
        await using var watch = Store.WatchAsync("w/", start + 3, _patience.Token).GetAsyncEnumerator();

        var next = NextChangeAsync(watch);
        var revision = start;
        for (var at = 1; revision <= start + 3; at++)
        {
            revision = await CommitAsync(Put("w/a", $"{at}"));
        }

        Assert.Equal(revision, (await next).Revision);
    }

    [Fact]
    public async Task Watches_see_every_change_once_and_in_order_while_writers_race()
    {
        const int Writers = 6;
        const int Each = 40;
        var start = await CommitAsync(Put("a", "0"));
        var watches = Enumerable.Range(0, 4).Select(_ => Task.Run(() => ChangesAsync("w/", start, Writers * Each * 2))).ToList();
        var one = Task.Run(() => ChangesAsync("w/3/", start, Each * 2));

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteManyAsync(writer, Each))));
        var late = await ChangesAsync("w/", start, Writers * Each * 2);

        Assert.All(await Task.WhenAll(watches), seen => Assert.Equal(late.Select(Sight), seen.Select(Sight)));
        Assert.Equal(late.Where(change => change.Key.StartsWith("w/3/", StringComparison.Ordinal)).Select(Sight), (await one).Select(Sight));
        Assert.Equal(late.Select(change => change.Revision).Order(), late.Select(change => change.Revision));
        Assert.Equal(Writers * Each, late.Select(change => change.Revision).Distinct().Count());
    }

    [Fact]
    public async Task A_long_backlog_arrives_whole()
    {
        var start = await CommitAsync(Put("a", "0"));
        for (var at = 0; at < 10; at++)
        {
            await CommitAsync([.. Enumerable.Range(0, 100).Select(n => Put($"w/{at}/{n}", "x"))]);
        }

        var changes = await ChangesAsync("w/", start, 1000);

        Assert.Equal(1000, changes.Select(change => change.Key).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_cancelled_watch_ends()
    {
        using var stop = new CancellationTokenSource();
        await using var watch = Store.WatchAsync("", 0, stop.Token).GetAsyncEnumerator();
        await watch.MoveNextAsync();
        var next = NextChangeAsync(watch);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task A_watch_continues_without_a_gap_after_a_restart()
    {
        var start = await CommitAsync(Put("w/a", "0"));
        await CommitAsync(Put("w/a", "1"));

        await RestartAsync();
        await CommitAsync(Delete("w/a"));

        Assert.Equal(["w/a=1", "w/a gone"], (await ChangesAsync("w/", start, 2)).Select(Show));
    }

    [Fact]
    public async Task A_watch_from_before_the_kept_history_is_told_so_at_once()
    {
        var start = await CommitAsync(Put("w/a", "0"));
        var last = await CommitAsync(Put("w/a", "1"));
        await DropHistoryAsync(last);

        var gone = await FaultAsync(() => ChangesAsync("w/", start, 1));
        var page = await Store.ListAsync("w/", null, 10, None);
        await CommitAsync(Put("w/a", "2"));

        Assert.Equal(StateFault.HistoryGone, gone.Fault);
        Assert.Equal("w/a=2", Show(Assert.Single(await ChangesAsync("w/", page.Revision, 1))));
    }

    [Fact]
    public async Task History_is_kept_for_its_time()
    {
        var start = await CommitAsync(Put("w/a", "0"));
        await CommitAsync(Put("w/a", "1"));

        await PassAsync(StateLimits.HistoryMin / 2);

        Assert.Equal("w/a=1", Show(Assert.Single(await ChangesAsync("w/", start, 1))));
    }

    [Fact]
    public async Task A_watch_that_waited_while_old_history_went_is_still_good()
    {
        var start = await CommitAsync(Put("v", "0"));
        await using var watch = Store.WatchAsync("w/", start, _patience.Token).GetAsyncEnumerator();
        await watch.MoveNextAsync();
        var next = NextChangeAsync(watch);
        await DropHistoryAsync(await CommitAsync(Put("v", "1")));

        await CommitAsync(Put("w/a", "1"));

        Assert.Equal("w/a=1", Show(await next));
    }

    [Fact]
    public async Task A_watch_ends_when_the_store_closes()
    {
        await using var watch = Store.WatchAsync("", 0, _patience.Token).GetAsyncEnumerator();
        await watch.MoveNextAsync();
        var next = NextChangeAsync(watch);

        await Store.DisposeAsync();

        Assert.Equal(StateFault.Unavailable, (await FaultAsync(() => next)).Fault);
    }

    [Fact]
    public async Task A_watch_says_how_far_it_has_seen_while_nothing_changes()
    {
        var start = await CommitAsync(Put("w/a", "0"));
        await using var watch = Store.WatchAsync("w/", start, _patience.Token).GetAsyncEnumerator();
        await watch.MoveNextAsync();
        var established = watch.Current;
        var other = await CommitAsync(Put("v", "1"));

        var seen = watch.Current;
        while (seen.Revision < other || seen.AsOf <= established.AsOf)
        {
            var next = watch.MoveNextAsync();
            await PassAsync(StateLimits.WatchProgressEvery);
            Assert.True(await next);
            seen = watch.Current;
            Assert.Empty(seen.Changes);
        }

        await CommitAsync(Put("w/a", "2"));
        Assert.Equal("w/a=2", Show(Assert.Single(await ChangesAsync("w/", seen.Revision, 1))));
    }

    [Fact]
    public async Task A_watch_yields_commits_whole()
    {
        var start = await CommitAsync(Put("a", "0"));
        for (var at = 0; at < 20; at++)
        {
            await CommitAsync([.. Enumerable.Range(0, 7 + at).Select(n => new StateWrite($"w/{at}/{n}", new byte[40 * 1024]))]);
        }

        var (sizes, seen) = (new List<(long Revision, int Count)>(), start);
        await foreach (var part in Store.WatchAsync("w/", start, _patience.Token))
        {
            Assert.All(part.Changes, change => Assert.InRange(change.Revision, seen + 1, part.Revision));
            sizes.AddRange(part.Changes.GroupBy(change => change.Revision).Select(group => (group.Key, group.Count())));
            seen = part.Revision;
            if (sizes.Count >= 20)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(7, 20), sizes.Select(size => size.Count));
    }

    private static (long Revision, string What) Sight(StateChange change) => (change.Revision, Show(change));

    private async Task WriteManyAsync(int writer, int times)
    {
        for (var at = 0; at < times; at++)
        {
            await CommitAsync(Put($"w/{writer}/a", $"{at}"), Put($"w/{writer}/b", $"{at}"), Put("other", $"{writer}"));
        }
    }
}
