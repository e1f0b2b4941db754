using System.Buffers;
using System.Globalization;
using System.Text;
using Mover.State.Mirror;

namespace Mover.State.Tests.Mirror;

/// <summary>The copy of a region's state in the store of its pair.</summary>
public sealed class RegionMirrorTests
{
    [Fact]
    public async Task A_copy_from_scratch_holds_everything_but_leases_markers_and_the_stores_own_notes()
    {
        await using var pair = await MirrorPair.StartAsync();
        var lease = await pair.Home.GrantLeaseAsync(TimeSpan.FromMinutes(1), default);
        await pair.Home.CommitAsync([], [new("lease/x", "1"u8.ToArray(), lease), new("commits/w/1", "1"u8.ToArray())], default);
        for (var at = 0; at < 2500; at++)
        {
            await pair.PutAsync($"/doc/{at}", $"{at}");
        }

        await pair.CatchUpAsync();

        var copy = await pair.ShowCopyAsync();
        Assert.Equal(await MirrorPair.ShowAsync(pair.Home, ""), copy);
        Assert.Equal(2500, copy.Split('\n').Length);
    }

    [Fact]
    public async Task What_changes_while_everything_is_listed_is_in_the_copy()
    {
        await using var pair = await MirrorPair.StartAsync();
        for (var at = 0; at < 1500; at++)
        {
            await pair.PutAsync($"/doc/{at:d4}", "before");
        }

        var source = new PagedSource(await pair.SourceAsync(), async () =>
        {
            await pair.PutAsync("/doc/0001", "after");
            await pair.DeleteAsync("/doc/0002");
            await pair.PutAsync("/doc/0000 new", "after");
        });

        await pair.CatchUpAsync(source);

        var copy = await pair.ShowCopyAsync();
        Assert.Equal(await MirrorPair.ShowAsync(pair.Home, ""), copy);
        Assert.Contains("/doc/0001=after", copy);
    }

    [Fact]
    public async Task At_every_moment_the_copy_is_a_state_that_home_was_in()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("MOVER_SEED") ?? "1", CultureInfo.InvariantCulture);
        var random = new Random(seed);
        await using var pair = await MirrorPair.StartAsync();
        var states = new Dictionary<long, string>();
        using var stop = new CancellationTokenSource();
        var mirroring = (await pair.MirrorAsync()).RunAsync(null, stop.Token);
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var looks = 0;
        for (var commit = 0; commit < 400; commit++)
        {
            var writes = Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.Next(30)).Distinct()
                .Select(key => new StateWrite($"/k{key:d2}", random.Next(4) == 0 ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes($"{commit}"))).ToList();
            var result = await pair.Home.CommitAsync([], writes, default);
            foreach (var write in writes)
            {
                model.Remove(write.Key);
                if (write.Value is { } value)
                {
                    model[write.Key] = Encoding.UTF8.GetString(value.Span);
                }
            }

            states[result.Revision] = string.Join('\n', model.Select(one => $"{one.Key}={one.Value}"));
            looks += await LookAsync(pair, states, seed) ? 1 : 0;
        }

        await stop.CancelAsync();
        await mirroring.ContinueWith(_ => { }, TaskScheduler.Default);
        await pair.CatchUpAsync();
        Assert.Equal(await MirrorPair.ShowAsync(pair.Home, ""), await pair.ShowCopyAsync());
        Assert.True(looks > 20, $"The copy was seen whole {looks} times only; seed {seed}.");
    }

    [Fact]
    public async Task Commits_are_applied_whole_also_where_several_do_not_fit_into_one()
    {
        const int Keys = 50;
        await using var pair = await MirrorPair.StartAsync();
        await pair.PutAsync("/a", "1");
        await pair.CatchUpAsync();
        var before = await RegionSeat.ReadAsync(pair.Pair, default);
        for (var commit = 0; commit < 5; commit++)
        {
            await pair.Home.CommitAsync([], [.. Enumerable.Range(0, Keys).Select(key => new StateWrite($"/{commit}/{key}", "x"u8.ToArray()))], default);
        }

        await pair.CatchUpAsync();

        var applied = new List<int>();
        await foreach (var seen in pair.Pair.WatchAsync(before.Role!.Root!, before.Revision, default))
        {
            applied.AddRange(seen.Changes.GroupBy(change => change.Revision).Select(commit => commit.Count()));
            if (applied.Sum() == 5 * Keys)
            {
                break;
            }
        }

        Assert.All(applied, count => Assert.Equal(0, count % Keys));
        Assert.True(applied.Count < 5, "Several commits go in one.");
    }

    [Fact]
    public async Task A_copy_continues_where_it_was_and_deletions_arrive()
    {
        await using var pair = await MirrorPair.StartAsync();
        await pair.PutAsync("/a", "1");
        await pair.PutAsync("/b", "1");
        await pair.CatchUpAsync();
        var before = (await RegionSeat.ReadAsync(pair.Pair, default)).Role!;
        await pair.DeleteAsync("/a");
        await pair.PutAsync("/c", "1");

        await pair.CatchUpAsync();

        var after = (await RegionSeat.ReadAsync(pair.Pair, default)).Role!;
        Assert.Equal("/b=1\n/c=1", await pair.ShowCopyAsync());
        Assert.Equal(before.Root, after.Root);
    }

    [Fact]
    public async Task After_an_absence_longer_than_the_history_everything_is_copied_again_and_deletions_are_found()
    {
        var clock = new TestClock();
        await using var pair = await MirrorPair.StartAsync(clock: clock);
        await pair.PutAsync("/a", "1");
        await pair.PutAsync("/b", "1");
        var source = await pair.SourceAsync();
        await CatchUpAsync(pair, source, clock);
        var before = (await RegionSeat.ReadAsync(pair.Pair, default)).Role!;
        await pair.DeleteAsync("/a");
        for (var minute = 0; minute < 30; minute++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await pair.PutAsync("/c", $"{minute}");
        }

        await CatchUpAsync(pair, source, clock);

        var after = (await RegionSeat.ReadAsync(pair.Pair, default)).Role!;
        Assert.Equal("/b=1\n/c=29", await pair.ShowCopyAsync());
        Assert.NotEqual(before.Root, after.Root);
        var tidied = await StaleRoots.TidyAsync(pair.Pair, await RegionSeat.ReadAsync(pair.Pair, default), default);
        Assert.Empty(tidied!.Role!.Stale);
        Assert.Empty((await pair.Pair.ListAsync(before.Root!, null, 10, default)).Entries);
    }

    [Fact]
    public async Task A_stale_state_is_deleted_whole_although_the_role_is_written_at_the_same_time()
    {
        await using var pair = await MirrorPair.StartAsync();
        for (var at = 0; at < 150; at++)
        {
            await pair.Pair.CommitAsync([], [new($"g1/doc/{at:d3}", "x"u8.ToArray())], default);
        }

        var seat = await RegionSeat.ReadAsync(pair.Pair, default);
        seat = (await seat.ChangeAsync(pair.Pair, seat.Role! with { Root = "g2/", Stale = ["g1/"] }, [], default))!;
        await seat.ChangeAsync(pair.Pair, seat.Role! with { By = "the mirror" }, [], default);

        var tidied = await StaleRoots.TidyAsync(pair.Pair, seat, default);

        Assert.Empty((await pair.Pair.ListAsync("g1/", null, 10, default)).Entries);
        Assert.Empty(tidied!.Role!.Stale);
        Assert.Equal("the mirror", tidied.Role.By);
    }

    [Fact]
    public async Task Until_a_new_copy_is_whole_the_old_one_is_served()
    {
        await using var pair = await MirrorPair.StartAsync();
        await pair.PutAsync("/a", "1");
        await pair.CatchUpAsync();
        await pair.PutAsync("/a", "2");
        var other = new OtherSource(await pair.SourceAsync());

        await Assert.ThrowsAsync<StateException>(async () => await (await pair.MirrorAsync(other)).RunAsync(null, default));

        var role = (await RegionSeat.ReadAsync(pair.Pair, default)).Role!;
        Assert.NotNull(role.Mirror!.Sync);
        Assert.Equal("/a=1", await pair.ShowCopyAsync());
        Assert.Equal("/a=2", await MirrorPair.ShowAsync(pair.Pair, role.Mirror.Sync!.Root));
        other.Fails = false;
        await pair.CatchUpAsync(other);
        Assert.Equal("/a=2", await pair.ShowCopyAsync());
    }

    [Fact]
    public async Task A_copy_is_not_replaced_by_a_region_that_was_restored_or_started_from_nothing()
    {
        await using var pair = await MirrorPair.StartAsync();
        await pair.PutAsync("/a", "1");
        await pair.CatchUpAsync();
        var restored = new OtherSource(await pair.SourceAsync()) { Epoch = 1, Fails = false };

        var refused = await Assert.ThrowsAsync<StateException>(async () => await (await pair.MirrorAsync(restored)).RunAsync(null, default));

        Assert.Contains("restored or started from scratch", refused.Message);
        Assert.Equal("/a=1", await pair.ShowCopyAsync());
        Assert.Null((await RegionSeat.ReadAsync(pair.Pair, default)).Role!.Mirror!.Sync);
    }

    [Fact]
    public async Task A_mirror_that_comes_late_changes_nothing_once_its_region_serves()
    {
        await using var pair = await MirrorPair.StartAsync();
        await pair.PutAsync("/a", "1");
        await pair.CatchUpAsync();
        var late = new PausedSource(await pair.SourceAsync());
        var mirroring = (await pair.MirrorAsync(late)).RunAsync(null, default);
        await late.Asked.Task;
        var seat = await RegionSeat.ReadAsync(pair.Pair, default);
        await seat.ChangeAsync(pair.Pair, seat.Role! with { Duty = RegionDuty.Serving, Epoch = 2, Holder = "westus" }, [], default);
        await pair.PutAsync("/a", "2");
        late.Continue.SetResult();

        await mirroring.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("/a=1", await pair.ShowCopyAsync());
    }

    [Fact]
    public async Task Parts_survive_their_way_and_damaged_ones_are_refused()
    {
        var random = new Random(5);
        var part = new MirrorPart(
            [new("/a", 5, "x"u8.ToArray()), new("/é", 6, null), new("/c", 7, ReadOnlyMemory<byte>.Empty)], 9, TimeSpan.FromMilliseconds(-3),
            HasMore: true);
        var buffer = new ArrayBufferWriter<byte>();
        MirrorFrames.Write(part, buffer);

        var read = MirrorFrames.Read(buffer.WrittenMemory);

        Assert.Equal((9, TimeSpan.FromMilliseconds(-3), true), (read.Revision, read.CompleteAfter, read.HasMore));
        Assert.Equal(part.Entries.Select(Show), read.Entries.Select(Show));
        for (var length = 0; length < buffer.WrittenCount; length++)
        {
            Assert.Throws<StateException>(() => MirrorFrames.Read(buffer.WrittenMemory[..length]));
        }

        for (var round = 0; round < 2000; round++)
        {
            var damaged = buffer.WrittenSpan.ToArray();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                MirrorFrames.Read(damaged);
            }
            catch (StateException fault)
            {
                Assert.Equal(StateFault.Damaged, fault.Fault);
            }
        }

        await Task.CompletedTask;
    }

    private static string Show(MirrorEntry entry) =>
        $"{entry.Key}@{entry.Revision}={(entry.Value is { } value ? Convert.ToHexString(value.Span) : "gone")}";

    // True when copy and position were seen at one moment.
    private static async Task<bool> LookAsync(MirrorPair pair, Dictionary<long, string> states, int seed)
    {
        var before = await RegionSeat.ReadAsync(pair.Pair, default);
        if (before.Role is not { Root: { } root, Mirror: { } position })
        {
            return false;
        }

        var shown = await MirrorPair.ShowAsync(pair.Pair, root);
        if ((await RegionSeat.ReadAsync(pair.Pair, default)).Revision != before.Revision)
        {
            return false;
        }

        var wanted = states.Where(one => one.Key <= position.Revision).OrderBy(one => one.Key).Select(one => one.Value).LastOrDefault("");
        Assert.True(wanted == shown, $"Seed {seed}, revision {position.Revision}: the copy is\n{shown}\nand home was\n{wanted}");
        return true;
    }

    // The clock of the stores stands still but for this.
    private static async Task CatchUpAsync(MirrorPair pair, IMirrorSource source, TestClock clock)
    {
        var revision = (await pair.Home.ListAsync("", null, 1, keysOnly: true, default)).Revision;
        var mirror = await pair.MirrorAsync(source);
        var copying = mirror.RunAsync(one => one.Revision >= revision, default);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!copying.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(200));
            await Task.WhenAny(copying, Task.Delay(5, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }

        await copying;
    }

    // Another store by its name, which fails once everything is listed.
    private sealed class OtherSource(IMirrorSource source) : IMirrorSource
    {
        public bool Fails { get; set; } = true;

        public long Epoch { get; init; } = 2;

        public async Task<MirrorIdentity> IdentifyAsync(CancellationToken cancel) =>
            (await source.IdentifyAsync(cancel)) with { StoreId = "another", Epoch = Epoch };

        public Task<MirrorPart> ListAsync(string? after, CancellationToken cancel) => source.ListAsync(after, cancel);

        public Task<MirrorPart> ChangesAsync(long after, bool isKept, CancellationToken cancel) =>
            Fails ? throw new StateException(StateFault.Unavailable, "gone") : source.ChangesAsync(after, isKept, cancel);
    }

    // Something happens behind the first page.
    private sealed class PagedSource(IMirrorSource source, Func<Task> afterFirst) : IMirrorSource
    {
        public Task<MirrorIdentity> IdentifyAsync(CancellationToken cancel) => source.IdentifyAsync(cancel);

        public async Task<MirrorPart> ListAsync(string? after, CancellationToken cancel)
        {
            var part = await source.ListAsync(after, cancel);
            if (after is null)
            {
                await afterFirst();
            }

            return part;
        }

        public Task<MirrorPart> ChangesAsync(long after, bool isKept, CancellationToken cancel) => source.ChangesAsync(after, isKept, cancel);
    }

    private sealed class PausedSource(IMirrorSource source) : IMirrorSource
    {
        public TaskCompletionSource Asked { get; } = new();

        public TaskCompletionSource Continue { get; } = new();

        public Task<MirrorIdentity> IdentifyAsync(CancellationToken cancel) => source.IdentifyAsync(cancel);

        public Task<MirrorPart> ListAsync(string? after, CancellationToken cancel) => source.ListAsync(after, cancel);

        public async Task<MirrorPart> ChangesAsync(long after, bool isKept, CancellationToken cancel)
        {
            Asked.TrySetResult();
            await Continue.Task;
            return await source.ChangesAsync(after, isKept, cancel);
        }
    }
}
