using System.Globalization;
using System.Text;

namespace Mover.State.Tests.Contract;

public abstract partial class StateContract
{
    [Fact]
    public async Task A_key_that_was_never_written_reads_as_none() => Assert.Null(await Store.GetAsync("a", None));

    [Fact]
    public async Task A_written_key_reads_back_with_the_revision_of_its_commit()
    {
        var revision = await CommitAsync(Put("a", "1"));

        var entry = await Store.GetAsync("a", None);

        Assert.Equal("a", entry?.Key);
        Assert.Equal(Bytes("1"), entry?.Value.ToArray());
        Assert.Equal(revision, entry?.ModRevision);
        Assert.Equal(0, entry?.LeaseId);
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        await CommitAsync(Put("a", ""));

        Assert.Equal("", await ValueAsync("a"));
    }

    [Fact]
    public async Task Every_byte_of_a_value_comes_back()
    {
        var value = new byte[StateLimits.ValueBytesMax];
        new Random(1).NextBytes(value);

        await Store.CommitAsync([], [new("a", value)], None);

        Assert.Equal(value, (await Store.GetAsync("a", None))?.Value.ToArray());
    }

    [Fact]
    public async Task The_revision_grows_by_one_with_each_commit_and_is_shared_by_its_writes()
    {
        var first = await CommitAsync(Put("a", "1"), Put("b", "1"));
        var second = await CommitAsync(Put("a", "2"));

        Assert.Equal(first + 1, second);
        Assert.Equal(first, (await Store.GetAsync("b", None))?.ModRevision);
        Assert.Equal(second, (await Store.GetAsync("a", None))?.ModRevision);
    }

    [Fact]
    public async Task Deleting_an_absent_key_is_not_an_error_and_changes_nothing()
    {
        var before = await CommitAsync(Put("a", "1"));

        var after = await CommitAsync(Delete("b"), Delete("c"));

        Assert.Equal(before, after);
    }

    [Fact]
    public async Task A_deleted_key_reads_as_none_and_can_be_written_again()
    {
        await CommitAsync(Put("a", "1"));
        await CommitAsync(Delete("a"));

        var absent = await ValueAsync("a");
        await CommitAsync(Put("a", "2"));

        Assert.Null(absent);
        Assert.Equal("2", await ValueAsync("a"));
    }

    [Fact]
    public async Task A_condition_on_revision_zero_holds_only_while_the_key_is_absent()
    {
        var created = await Store.CommitAsync([new("a", 0)], [Put("a", "1")], None);
        var refused = await Store.CommitAsync([new("a", 0)], [Put("a", "2")], None);

        Assert.Equal(CommitOutcome.Committed, created.Outcome);
        Assert.Equal(CommitOutcome.ConditionFailed, refused.Outcome);
        Assert.Equal("1", await ValueAsync("a"));
    }

    [Fact]
    public async Task A_condition_holds_for_the_last_writing_revision_and_no_other()
    {
        var old = await CommitAsync(Put("a", "1"));
        var last = await CommitAsync(Put("a", "2"));

        var refused = await Store.CommitAsync([new("a", old)], [Put("a", "3")], None);
        var done = await Store.CommitAsync([new("a", last)], [Put("a", "3")], None);

        Assert.Equal(CommitOutcome.ConditionFailed, refused.Outcome);
        Assert.Equal(CommitOutcome.Committed, done.Outcome);
    }

    [Fact]
    public async Task A_key_deleted_and_written_again_no_longer_meets_its_old_condition()
    {
        var old = await CommitAsync(Put("a", "1"));
        await CommitAsync(Delete("a"));
        await CommitAsync(Put("a", "1"));

        var refused = await Store.CommitAsync([new("a", old)], [Put("a", "2")], None);

        Assert.Equal(CommitOutcome.ConditionFailed, refused.Outcome);
    }

    [Fact]
    public async Task One_failed_condition_leaves_everything_unwritten()
    {
        var revision = await CommitAsync(Put("a", "1"), Put("b", "1"));

        var result = await Store.CommitAsync(
            [new("a", revision), new("b", revision + 7), new("c", 9)], [Put("a", "2"), Put("c", "2"), Delete("b")], None);

        Assert.Equal(CommitOutcome.ConditionFailed, result.Outcome);
        Assert.Equal(("1", "1", null), (await ValueAsync("a"), await ValueAsync("b"), await ValueAsync("c")));
    }

    [Fact]
    public async Task A_commit_that_writes_nothing_checks_its_conditions()
    {
        var revision = await CommitAsync(Put("a", "1"));

        var holds = await Store.CommitAsync([new("a", revision)], [], None);
        var fails = await Store.CommitAsync([new("a", 0)], [], None);

        Assert.Equal((CommitOutcome.Committed, revision), (holds.Outcome, holds.Revision));
        Assert.Equal(CommitOutcome.ConditionFailed, fails.Outcome);
    }

    [Fact]
    public async Task Of_racing_commits_on_the_same_condition_exactly_one_wins()
    {
        var revision = await CommitAsync(Put("a", "0"));

        var results = await Task.WhenAll(Enumerable.Range(0, 32).Select(
            at => Task.Run(async () => await Store.CommitAsync([new("a", revision)], [Put("a", $"{at}"), Put($"by/{at}", "x")], None))));

        var winner = Assert.Single(results.Index(), result => result.Item.Outcome == CommitOutcome.Committed);
        Assert.Equal($"{winner.Index}", await ValueAsync("a"));
        Assert.Equal([$"by/{winner.Index}"], await KeysAsync("by/"));
    }

    [Fact]
    public async Task Racing_counters_lose_no_increment_and_every_commit_has_its_own_revision()
    {
        var start = await CommitAsync(Put("n", "0"));

        var revisions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => IncrementAsync("n", 10))));

        Assert.Equal("80", await ValueAsync("n"));
        var all = revisions.SelectMany(r => r).ToList();
        Assert.Equal(80, all.Where(revision => revision > start).Distinct().Count());
    }

    [Fact]
    public async Task A_read_sees_every_commit_acknowledged_before_it()
    {
        for (var at = 0; at < 100; at++)
        {
            var revision = await CommitAsync(Put("a", $"{at}"));

            var reads = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ValueAsync("a"))));

            Assert.All(reads, value => Assert.Equal($"{at}", value));
            Assert.InRange((await Store.ListAsync("a", null, 1, None)).Revision, revision, long.MaxValue);
        }
    }

    [Fact]
    public async Task Many_keys_are_read_at_one_revision_in_the_order_asked()
    {
        var first = await CommitAsync(Put("b", "1"), Put("a", "2"));
        var second = await CommitAsync(Put("c", "3"));

        var read = await Store.ReadAsync(["c", "none", "a", "b", "a"], None);

        Assert.Equal(["3", null, "2", "1", "2"], read.Entries.Select(entry => entry is null ? null : Encoding.UTF8.GetString(entry.Value.Span)));
        Assert.Equal([second, null, first, first, first], read.Entries.Select(entry => entry?.ModRevision));
        Assert.InRange(read.Revision, second, long.MaxValue);
        Assert.Empty((await Store.ReadAsync([], None)).Entries);
    }

    [Fact]
    public async Task A_read_of_many_keys_never_sees_half_a_commit()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token);
        await CommitAsync(Put("a", "0"), Put("b", "0"));
        var writing = Task.Run(async () =>
        {
            for (var at = 1; !stop.IsCancellationRequested; at++)
            {
                await CommitAsync(Put("a", $"{at}"), Put("b", $"{at}"));
            }
        });

        for (var at = 0; at < 200; at++)
        {
            var read = await Store.ReadAsync(["a", "b"], None);

            Assert.Equal(read.Entries[0]?.ModRevision, read.Entries[1]?.ModRevision);
            Assert.InRange(read.Revision, read.Entries[0]?.ModRevision ?? long.MaxValue, long.MaxValue);
        }

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task A_cancelled_commit_throws_and_writes_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CommitAsync([], [Put("a", "1")], cancelled.Token));

        Assert.Null(await ValueAsync("a"));
    }

    [Fact]
    public async Task A_commit_cancelled_at_any_moment_is_either_refused_or_done_and_never_half()
    {
        for (var at = 0; at < 50; at++)
        {
            using var stop = new CancellationTokenSource();
            var key = $"k{at}";

            var commit = Store.CommitAsync([], [Put($"{key}/a", "1"), Put($"{key}/b", "1")], stop.Token).AsTask();
            await Task.WhenAny(commit, stop.CancelAsync());
            var done = await commit.ContinueWith(task => task.IsCompletedSuccessfully, None, TaskContinuationOptions.None, TaskScheduler.Default);

            Assert.Equal(done ? 2 : 0, (await KeysAsync($"{key}/")).Count);
        }
    }

    [Fact]
    public async Task Everything_is_there_after_a_restart_and_revisions_continue()
    {
        var before = await CommitAsync(Put("a", "1"), Put("b", "2"));
        var last = await CommitAsync(Delete("b"));

        await RestartAsync();

        Assert.Equal(("1", null), (await ValueAsync("a"), await ValueAsync("b")));
        Assert.InRange(last, before + 1, long.MaxValue);
        Assert.InRange(await CommitAsync(Put("c", "3")), last + 1, long.MaxValue);
    }

    [Fact]
    public async Task A_closed_store_answers_that_it_is_unavailable()
    {
        await Store.DisposeAsync();

        var read = await FaultAsync(async () => await Store.GetAsync("a", None));
        var write = await FaultAsync(async () => await Store.CommitAsync([], [Put("a", "1")], None));

        Assert.Equal([StateFault.Unavailable, StateFault.Unavailable], [read.Fault, write.Fault]);
    }

    private async Task<List<long>> IncrementAsync(string key, int times)
    {
        var revisions = new List<long>();
        while (revisions.Count < times)
        {
            var found = await Store.GetAsync(key, None);
            var next = int.Parse(found is null ? "0" : Encoding.UTF8.GetString(found.Value.Span), CultureInfo.InvariantCulture) + 1;
            var result = await Store.CommitAsync([new(key, found?.ModRevision ?? 0)], [Put(key, $"{next}")], None);
            if (result.Outcome == CommitOutcome.Committed)
            {
                revisions.Add(result.Revision);
            }
        }

        return revisions;
    }
}
