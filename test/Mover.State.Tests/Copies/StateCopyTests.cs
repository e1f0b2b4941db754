using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Copies;
using Mover.State.Documents;
using Mover.State.Sqlite;
using Mover.Testing;

namespace Mover.State.Tests.Copies;

/// <summary>A state goes from store to store, whichever engine they have, and wherever the copy is cut off.</summary>
public sealed class StateCopyTests : IAsyncLifetime
{
    private readonly Engines _engines = new();

    private static int Seed => Setting.Seed(20261130);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _engines.DisposeAsync();

    [RequiresTheory("MOVER_ETCD")]
    [InlineData(Engines.Sqlite, Engines.Sqlite)]
    [InlineData(Engines.Sqlite, Engines.Etcd)]
    [InlineData(Engines.Etcd, Engines.Sqlite)]
    [InlineData(Engines.Etcd, Engines.Etcd)]
    public async Task A_copy_holds_all_but_leases_and_markers_and_leaves_the_source_alone(string from, string to)
    {
        for (var round = 0; round < 3; round++)
        {
            var (source, target) = (await _engines.FilledAsync(from, $"s{round}", Seed + round), await _engines.PlaceAsync(to, $"t{round}"));
            var before = await source.AllAsync();

            var result = await CopyAsync(source, target);

            var after = await target.AllAsync();
            Assert.Contains(before, one => one.IsLeased);
            Assert.Equal(before.Moved(), after.Taken(source));
            Assert.Equal((before.Moved().Count, false), ((int)result.Sum.Entries, result.Resumed));
            Assert.Contains(after, one => one.Key == "store/copied");
            Assert.Equal(before.Select(one => one.Key), (await source.AllAsync()).Select(one => one.Key));
        }
    }

    [RequiresTheory("MOVER_ETCD")]
    [InlineData(Engines.Sqlite)]
    [InlineData(Engines.Etcd)]
    public async Task Writes_to_the_source_during_a_copy_are_not_in_it(string from)
    {
        var (source, target) = (await _engines.FilledAsync(from, "s", Seed), await _engines.PlaceAsync(Engines.Sqlite, "t"));
        var before = await source.AllAsync();
        await using var snapshot = await source.SnapshotAsync();
        await using var used = await source.OpenAsync();
        await using (var store = new MeanwhileStore(await target.OpenAsync(), 2, async () => await used.CommitAsync(
            [], [new("empty", null), new("new", "x"u8.ToArray()), new("z", "other"u8.ToArray())], default)))
        {
            await new StateCopy(snapshot, store, Estates.Copying, TimeProvider.System).RunAsync(null, default);
        }

        Assert.Equal(before.Moved(), (await target.AllAsync()).Taken(source));
    }

    [RequiresTheory("MOVER_ETCD")]
    [InlineData(Engines.Sqlite)]
    [InlineData(Engines.Etcd)]
    public async Task A_target_that_is_not_empty_is_refused_and_not_touched(string to)
    {
        var (source, target) = (await _engines.FilledAsync(Engines.Sqlite, "s", Seed), await _engines.PlaceAsync(to, "t"));
        await using (var store = await target.OpenAsync())
        {
            await store.CommitAsync([], [new("a", "b"u8.ToArray())], default);
        }

        var refused = await Assert.ThrowsAsync<StateException>(() => CopyAsync(source, target));

        Assert.Contains("not empty", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], (await target.AllAsync()).Select(one => one.Key));
    }

    [RequiresTheory("MOVER_ETCD")]
    [InlineData(Engines.Sqlite)]
    [InlineData(Engines.Etcd)]
    public async Task A_copy_that_is_killed_at_any_commit_is_not_served_and_is_resumed(string to)
    {
        var source = await _engines.FilledAsync(Engines.Sqlite, "s", Seed);
        var before = await source.AllAsync();
        var commits = await CountAsync(source, await _engines.PlaceAsync(to, "count"));
        for (var at = 1; at <= commits; at++)
        {
            foreach (var applies in new[] { false, true })
            {
                var target = await _engines.PlaceAsync(to, $"t{at}{applies}");
                await Assert.ThrowsAsync<InvalidOperationException>(() => CopyAsync(source, target, store => new DyingStore(store, at, applies)));

                // Only what has not begun, and what is finished, may be served.
                var isServed = (at == 1 && !applies) || (at == commits && applies);
                Assert.Equal(isServed, await IsServedAsync(target));
                if (at < commits || !applies)
                {
                    var result = await CopyAsync(source, target);
                    Assert.Equal(at > 1 || applies, result.Resumed);
                }

                Assert.True(await IsServedAsync(target));
                Assert.Equal(before.Moved(), (await target.AllAsync()).Taken(source));
            }
        }

        Assert.Equal(before, await source.AllAsync());
    }

    [Fact]
    public async Task A_copy_is_resumed_from_a_source_that_has_changed_since()
    {
        var (source, target) = (await _engines.FilledAsync(Engines.Sqlite, "s", Seed), await _engines.PlaceAsync(Engines.Sqlite, "t"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => CopyAsync(source, target, store => new DyingStore(store, 8, applies: true)));
        await using (var store = await source.OpenAsync())
        {
            await store.CommitAsync([], [new("empty", null), new("/first", "1"u8.ToArray()), new("z", "2"u8.ToArray())], default);
        }

        var result = await CopyAsync(source, target);

        Assert.True(result.Resumed);
        Assert.Equal((await source.AllAsync()).Moved(), (await target.AllAsync()).Taken(source));
    }

    [Fact]
    public async Task The_beginning_of_another_copy_is_overwritten_only_when_told_to()
    {
        var (one, two) = (await _engines.FilledAsync(Engines.Sqlite, "one", Seed), await _engines.FilledAsync(Engines.Sqlite, "two", Seed + 1));
        var target = await _engines.PlaceAsync(Engines.Sqlite, "t");
        await Assert.ThrowsAsync<InvalidOperationException>(() => CopyAsync(one, target, store => new DyingStore(store, 6, applies: true)));

        var refused = await Assert.ThrowsAsync<StateException>(() => CopyAsync(two, target));
        var begun = await CopyAsync(two, target, terms: Estates.Copying with { OverwritesUnfinished = true });

        Assert.Contains("--overwrite-unfinished", refused.Message, StringComparison.Ordinal);
        Assert.True(begun.Resumed);
        Assert.Equal((await two.AllAsync()).Moved(), (await target.AllAsync()).Taken(two));
    }

    [Fact]
    public async Task An_unfinished_copy_is_not_a_source()
    {
        var (source, target) = (await _engines.FilledAsync(Engines.Sqlite, "s", Seed), await _engines.PlaceAsync(Engines.Sqlite, "t"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => CopyAsync(source, target, store => new DyingStore(store, 4, applies: true)));

        var refused = await Assert.ThrowsAsync<StateException>(target.SnapshotAsync);

        Assert.Contains("Finish that copy first", refused.Message, StringComparison.Ordinal);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Of_two_copies_into_one_store_the_later_takes_over_and_the_other_writes_no_more()
    {
        var (source, target) = (await _engines.FilledAsync(Engines.Sqlite, "s", Seed), await _engines.PlaceAsync(Engines.Etcd, "t"));
        await using var snapshot = await source.SnapshotAsync();
        CopyResult? second = null;
        await using var first = new MeanwhileStore(
            await target.OpenAsync(), 3, async () => second = await CopyAsync(source, target));

        var overtaken = await Assert.ThrowsAsync<StateException>(
            () => new StateCopy(snapshot, first, Estates.Copying, TimeProvider.System).RunAsync(null, default));

        Assert.Equal(StateFault.Contended, overtaken.Fault);
        Assert.True(second!.Resumed);
        Assert.Equal((await source.AllAsync()).Moved(), (await target.AllAsync()).Taken(source));
    }

    [Fact]
    public async Task A_target_that_lost_or_changed_something_is_found_out_and_not_served()
    {
        var source = await _engines.FilledAsync(Engines.Sqlite, "s", Seed);
        foreach (var breaks in new Func<StateWrite, StateWrite?>[]
        {
            write => write.Key == "z" ? null : write,
            write => write.Key == "large/1" ? write with { Value = write.Value!.Value.Span.ToArray().Select((b, at) => at == 7 ? (byte)(b ^ 1) : b).ToArray() } : write,
            write => write.Key == "empty" ? write with { Key = "empty2" } : write,
        })
        {
            var target = await _engines.PlaceAsync(Engines.Sqlite, Guid.NewGuid().ToString());

            var found = await Assert.ThrowsAsync<StateException>(() => CopyAsync(source, target, store => new LyingStore(store, breaks)));

            Assert.Equal(StateFault.Damaged, found.Fault);
            Assert.False(await IsServedAsync(target));
            Assert.True((await CopyAsync(source, target)).Resumed);
            Assert.Equal((await source.AllAsync()).Moved(), (await target.AllAsync()).Taken(source));
        }
    }

    [Fact]
    public async Task A_full_target_ends_the_copy_which_is_resumed_when_there_is_room()
    {
        var (source, target) = (await _engines.FilledAsync(Engines.Sqlite, "s", Seed), await _engines.PlaceAsync(Engines.Sqlite, "t"));
        await using (var store = SqliteStateStore.Open(
            new() { Path = Path.Combine(target.Folder, "state.db"), FileBytesMax = 1536 * 1024 }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance))
        {
            await using var snapshot = await source.SnapshotAsync();
            var full = await Assert.ThrowsAsync<StateException>(
                () => new StateCopy(snapshot, store, Estates.Copying, TimeProvider.System).RunAsync(null, default));
            Assert.Equal(StateFault.Full, full.Fault);
        }

        Assert.False(await IsServedAsync(target));
        Assert.True((await CopyAsync(source, target)).Resumed);
        Assert.Equal((await source.AllAsync()).Moved(), (await target.AllAsync()).Taken(source));
    }

    [Fact]
    public async Task A_copy_that_is_cancelled_is_resumed()
    {
        var (source, target) = (await _engines.FilledAsync(Engines.Sqlite, "s", Seed), await _engines.PlaceAsync(Engines.Sqlite, "t"));
        using var stop = new CancellationTokenSource();
        await using (var store = await target.OpenAsync())
        {
            await using var snapshot = await source.SnapshotAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new StateCopy(snapshot, store, Estates.Copying, TimeProvider.System)
                .RunAsync(new Told(count => { if (count == 150) { stop.Cancel(); } }), stop.Token));
        }

        Assert.False(await IsServedAsync(target));
        Assert.True((await CopyAsync(source, target)).Resumed);
    }

    [Fact]
    public async Task A_claim_that_was_copied_never_names_a_lease_of_the_new_file()
    {
        var ids = new HashSet<long>();
        foreach (var name in new[] { "a", "b", "c" })
        {
            await using var store = await (await _engines.PlaceAsync(Engines.Sqlite, name)).OpenAsync();
            for (var at = 0; at < 3; at++)
            {
                Assert.True(ids.Add(await store.GrantLeaseAsync(TimeSpan.FromMinutes(1), default)));
            }
        }
    }

    private static async Task<CopyResult> CopyAsync(
        Place source, Place target, Func<IStateStore, IStateStore>? breaks = null, CopyTerms? terms = null)
    {
        await using var snapshot = await source.SnapshotAsync();
        var opened = await target.OpenAsync();
        await using var store = breaks?.Invoke(opened) ?? opened;
        return await new StateCopy(snapshot, store, terms ?? Estates.Copying, TimeProvider.System).RunAsync(null, default);
    }

    private static async Task<int> CountAsync(Place source, Place target)
    {
        await using var snapshot = await source.SnapshotAsync();
        await using var store = new DyingStore(await target.OpenAsync(), int.MaxValue, applies: false);
        await new StateCopy(snapshot, store, Estates.Copying, TimeProvider.System).RunAsync(null, default);
        return store.Commits;
    }

    private static async Task<bool> IsServedAsync(Place place)
    {
        await using var store = await place.OpenAsync();
        try
        {
            await UnfinishedMark.RefuseAsync(new DocumentStore(store), "of the test", default);
            return true;
        }
        catch (StateException refused) when (refused.Message.Contains("no server will use it", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private sealed class LyingStore(IStateStore store, Func<StateWrite, StateWrite?> breaks) : PassingStore(store)
    {
        public override ValueTask<CommitResult> CommitAsync(
            IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel) =>
            base.CommitAsync(conditions, [.. writes.Select(breaks).OfType<StateWrite>()], cancel);
    }

    /// <summary>Something else happens before one of the commits.</summary>
    private sealed class MeanwhileStore(IStateStore store, int at, Func<Task> act) : PassingStore(store)
    {
        private int _commits;

        public override async ValueTask<CommitResult> CommitAsync(
            IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
        {
            if (Interlocked.Increment(ref _commits) == at)
            {
                await act();
            }

            return await base.CommitAsync(conditions, writes, cancel);
        }
    }

    private sealed class Told(Action<long> act) : IProgress<long>
    {
        public void Report(long value) => act(value);
    }
}
