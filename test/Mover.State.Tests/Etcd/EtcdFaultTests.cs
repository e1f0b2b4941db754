using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.State.Documents;
using Mover.State.Etcd;
using Mover.State.Tests.Documents;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.State.Tests.Etcd;

/// <summary>Members that die, stand still or were never there, while others write and watch.</summary>
public sealed class EtcdFaultTests(ITestOutputHelper output)
{
    private const int Writers = 4;
    private const int CommitsBefore = 200;
    private const int CommitsAfter = 200;

    // Only ends a test that would hang.
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(90));
    private readonly ConcurrentQueue<Ack> _acks = new();
    private readonly ConcurrentQueue<string> _unknown = new();
    private readonly List<(StateChanges Seen, long At)> _seen = [];
    private volatile bool _stopWriting;

    [RequiresTheory("MOVER_ETCD")]
    [InlineData("leader killed")]
    [InlineData("leader stopped")]
    [InlineData("leader stopped and goes on")]
    [InlineData("leader killed and started")]
    public async Task No_acknowledged_write_is_lost_and_a_watch_sees_each_once_when_a_member_fails(string fault)
    {
        await using var server = await EtcdServer.StartAsync(3);
        var leader = await server.LeaderAsync();
        await using var store = await OpenAsync([server.Endpoint(leader), .. server.Endpoints.Where((_, member) => member != leader)]);
        var watching = Task.Run(() => WatchAsync(store));
        var writing = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(store, writer))).ToList();
        await AcknowledgedAsync(CommitsBefore);

        var at = Stopwatch.GetTimestamp();
        await FailAsync(server, leader, fault);
        await AcknowledgedAsync(_acks.Count + CommitsAfter);
        _stopWriting = true;
        await Task.WhenAll(writing);
        var last = await EndAsync(store);
        await watching;

        await CheckAsync(store, last);
        Report(fault, at);
    }

    [RequiresTheory("MOVER_ETCD")]
    [InlineData("leader killed", true)]
    [InlineData("leader stopped and goes on", false)]
    public async Task Every_increment_of_a_document_counts_once_when_a_member_fails(string fault, bool isRoutine)
    {
        await using var server = await EtcdServer.StartAsync(3);
        var leader = await server.LeaderAsync();
        await using var store = await OpenAsync([server.Endpoint(leader), .. server.Endpoints.Where((_, member) => member != leader)]);
        var documents = new DocumentStore(store);
        var id = ResourceId.OfGroup("s", "g");
        var counted = ExactCommitTests.CounterJson.Default.Counter;
        await documents.PutAsync(id, new(0), counted, DocumentCondition.Absent, ExactCommitTests.Stamp(isRoutine), default);
        var acknowledged = 0;
        var counting = Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (!_stopWriting)
            {
                await documents.UpdateAsync(id, counted, found => new(found.Value.Count + 1), ExactCommitTests.Stamp(isRoutine), default);
                Interlocked.Increment(ref acknowledged);
            }
        })).ToList();
        await PastAsync(50);
        await FailAsync(server, leader, fault);
        await PastAsync(Volatile.Read(ref acknowledged) + 50);
        _stopWriting = true;
        await Task.WhenAll(counting);

        Assert.Equal(acknowledged, (await documents.GetAsync(id, counted, default))?.Value.Count);
        output.WriteLine($"{fault}: {acknowledged} increments");

        async Task PastAsync(int count)
        {
            while (Volatile.Read(ref acknowledged) < count)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, _patience.Token);
                Assert.DoesNotContain(counting, one => one.IsFaulted);
            }
        }
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Endpoints_that_are_dead_or_silent_delay_a_call_and_fail_none()
    {
        await using var server = await EtcdServer.StartQuickAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        List<Uri> endpoints = [Address(closed), Address(silent), .. server.Endpoints];
        closed.Stop();

        await using var store = await OpenAsync(endpoints, TimeSpan.FromSeconds(2));
        var started = Stopwatch.GetTimestamp();
        for (var at = 0; at < 50; at++)
        {
            Assert.Equal(CommitOutcome.Committed, (await store.CommitAsync([], [new($"k{at}", new byte[10])], default)).Outcome);
            Assert.NotNull(await store.GetAsync($"k{at}", default));
        }

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_member_that_comes_back_is_used_again()
    {
        await using var server = await EtcdServer.StartAsync(1);
        await using var store = await OpenAsync(server.Endpoints, TimeSpan.FromSeconds(2));
        await store.CommitAsync([], [new("a", new byte[1])], default);
        await server.KillAsync(0);
        var fault = await Assert.ThrowsAsync<StateException>(async () => await store.GetAsync("a", default));

        await server.StartMemberAsync(0);
        var found = await store.GetAsync("a", default);

        Assert.Equal(StateFault.Unavailable, fault.Fault);
        Assert.Contains(server.Endpoint(0).ToString(), fault.Message, StringComparison.Ordinal);
        Assert.NotNull(found);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_store_without_its_majority_is_unavailable_and_says_which_members_did_not_answer()
    {
        await using var server = await EtcdServer.StartAsync(3);
        await using var store = await OpenAsync(server.Endpoints, TimeSpan.FromSeconds(2));
        await server.KillAsync(0);
        await server.KillAsync(1);

        var fault = await Assert.ThrowsAsync<StateException>(async () => await store.GetAsync("a", default));

        Assert.Equal(StateFault.Unavailable, fault.Fault);
        Assert.All(server.Endpoints, endpoint => Assert.Contains(endpoint.ToString(), fault.Message, StringComparison.Ordinal));
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_lease_that_is_kept_outlives_its_leader_and_one_that_is_not_lapses()
    {
        await using var server = await EtcdServer.StartAsync(3);
        var leader = await server.LeaderAsync();

        // Longer than an election takes where etcd waits for a core.
        var time = TimeSpan.FromSeconds(6);
        await using var store = await OpenAsync(server.Endpoints, TimeSpan.FromSeconds(2));
        var kept = await store.GrantLeaseAsync(time, default);
        var left = await store.GrantLeaseAsync(time, default);
        var written = await store.CommitAsync([], [new("kept", new byte[1], kept), new("left", new byte[1], left)], default);
        var keeping = Task.Run(async () =>
        {
            while (!_stopWriting)
            {
                Assert.True(await store.KeepLeaseAsync(kept, _patience.Token));
                await Task.Delay(300);
            }
        });

        await server.KillAsync(leader);
        var lapsed = await NextGoneAsync(store, written.Revision);
        var later = await store.GrantLeaseAsync(time, default);
        await store.CommitAsync([], [new("later", new byte[1], later)], default);
        var second = await NextGoneAsync(store, lapsed.Revision);

        Assert.Equal(("left", "later"), (lapsed.Key, second.Key));
        Assert.NotNull(await store.GetAsync("kept", default));
        _stopWriting = true;
        await keeping;
    }

    [Fact]
    public async Task A_member_that_is_behind_the_others_is_left_and_what_its_watches_have_seen_is_not_called_fresh()
    {
        await using var behind = await ScriptedMember.StartAsync();
        await using var good = await ScriptedMember.StartAsync();
        (behind.Revision, good.Revision, good.WatchRevision) = (9, 9, 9);
        await using var store = await OpenAsync([behind.Address, good.Address], TimeSpan.FromSeconds(5));
        await using var watch = store.WatchAsync("", 5, _patience.Token).GetAsyncEnumerator();

        await watch.MoveNextAsync();

        Assert.Equal((1, 1), (behind.Calls("Watch"), good.Calls("Watch")));
        Assert.Equal(9, watch.Current.Revision);
        Assert.NotNull(watch.Current.AsOf);
    }

    [Fact]
    public async Task A_watch_leaves_a_member_that_says_nothing_although_nothing_is_missed_yet()
    {
        await using var silent = await ScriptedMember.StartAsync();
        await using var good = await ScriptedMember.StartAsync();
        silent.IsSilent = true;
        await using var store = await OpenAsync([silent.Address, good.Address], TimeSpan.FromSeconds(5));
        await using var watch = store.WatchAsync("", 5, _patience.Token).GetAsyncEnumerator();

        while (good.Calls("Watch") == 0)
        {
            Assert.True(await watch.MoveNextAsync());
        }

        Assert.Equal(1, silent.Calls("Watch"));
    }

    private static Uri Address(TcpListener listener) => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    // With the limit that an operator gets, or with more, where a slow machine must not look like a member that is silent.
    private static async Task<EtcdStateStore> OpenAsync(IReadOnlyList<Uri> endpoints, TimeSpan? limit = null)
    {
        var options = new EtcdStateOptions { Endpoints = endpoints };
        options = limit is { } longer ? new() { Endpoints = endpoints, CallTimeout = longer } : options;
        return await EtcdStateStore.OpenAsync(options, TimeProvider.System, NullLogger<EtcdStateStore>.Instance, default);
    }

    private static async Task FailAsync(EtcdServer server, int leader, string fault)
    {
        switch (fault)
        {
            case "leader killed":
                await server.KillAsync(leader);
                break;
            case "leader stopped":
                server.Pause(leader);
                break;
            case "leader stopped and goes on":
                server.Pause(leader);
                await server.LeaderAsync(leader);
                server.Resume(leader);
                break;
            default:
                await server.KillAsync(leader);
                await server.StartMemberAsync(leader);
                break;
        }
    }

    private async Task<StateChange> NextGoneAsync(EtcdStateStore store, long after)
    {
        await foreach (var seen in store.WatchAsync("", after, _patience.Token))
        {
            if (seen.Changes.FirstOrDefault(change => change.Entry is null) is { Key: not null } gone)
            {
                return gone;
            }
        }

        throw new InvalidOperationException("The watch ended.");
    }

    private async Task WriteAsync(EtcdStateStore store, int writer)
    {
        for (var at = 0; !_stopWriting; at++)
        {
            var key = $"w/{writer}/{at}";
            try
            {
                var result = await store.CommitAsync([new(key, 0)], [new(key, Encoding.UTF8.GetBytes(key))], _patience.Token);
                Assert.Equal(CommitOutcome.Committed, result.Outcome);
                _acks.Enqueue(new(key, result.Revision, TimeProvider.System.GetTimestamp()));
            }
            catch (StateException fault) when (fault.Fault == StateFault.OutcomeUnknown)
            {
                _unknown.Enqueue(key);
            }
        }
    }

    private static async Task<long> EndAsync(EtcdStateStore store)
    {
        while (true)
        {
            try
            {
                await store.CommitAsync([new("w/end", 0)], [new("w/end", Encoding.UTF8.GetBytes("end"))], default);
                return (await store.GetAsync("w/end", default))!.ModRevision;
            }
            catch (StateException fault) when (fault.Fault == StateFault.OutcomeUnknown)
            {
                // Once it is there, the condition keeps it as it is.
            }
        }
    }

    private async Task WatchAsync(EtcdStateStore store)
    {
        await foreach (var seen in store.WatchAsync("w/", 0, _patience.Token))
        {
            _seen.Add((seen, TimeProvider.System.GetTimestamp()));
            if (seen.Changes.Any(change => change.Key == "w/end"))
            {
                return;
            }
        }
    }

    private async Task AcknowledgedAsync(int count)
    {
        while (_acks.Count < count)
        {
            await Task.Delay(10, _patience.Token);
        }
    }

    private async Task CheckAsync(EtcdStateStore store, long last)
    {
        var changes = _seen.SelectMany(seen => seen.Seen.Changes).ToList();
        Assert.Equal(changes.Select(change => change.Revision).Order(), changes.Select(change => change.Revision));
        Assert.Equal(changes.Count, changes.DistinctBy(change => change.Key).Count());
        var watched = changes.ToDictionary(change => change.Key, change => change.Revision);
        Assert.Equal(last, watched["w/end"]);
        foreach (var ack in _acks)
        {
            Assert.Equal(ack.Revision, (await store.GetAsync(ack.Key, default))?.ModRevision);
            Assert.Equal(ack.Revision, watched[ack.Key]);
        }

        foreach (var key in _unknown)
        {
            var found = await store.GetAsync(key, default);
            Assert.Equal(found?.ModRevision, watched.TryGetValue(key, out var revision) ? revision : null);
        }

        // What an element says it knows of: nothing that was acknowledged before is missing.
        var byTime = _acks.OrderBy(ack => ack.At).ToList();
        var (at, highest) = (0, 0L);
        foreach (var (seen, _) in _seen.Where(seen => seen.Seen.AsOf is not null))
        {
            for (; at < byTime.Count && byTime[at].At < seen.AsOf; at++)
            {
                highest = Math.Max(highest, byTime[at].Revision);
            }

            Assert.InRange(seen.Revision, highest, long.MaxValue);
        }
    }

    private void Report(string fault, long at)
    {
        var times = _acks.Select(ack => ack.At).Where(time => time >= at).Prepend(at).Order().ToList();
        var gap = times.Zip(times.Skip(1), (from, to) => Stopwatch.GetElapsedTime(from, to)).Max();
        var told = _seen.Select(seen => seen.At).Append(at).Order().ToList();
        var silence = told.Zip(told.Skip(1), (from, to) => Stopwatch.GetElapsedTime(from, to)).Max();
        var ages = _seen.Where(seen => seen.Seen.AsOf is not null).Select(seen => Stopwatch.GetElapsedTime(seen.Seen.AsOf!.Value, seen.At));
        output.WriteLine(
            $"{fault}: {_acks.Count} acknowledged, {_unknown.Count} unknown; longest gap {gap.TotalSeconds:0.0} s, " +
            $"of the watch {silence.TotalSeconds:0.0} s; oldest told {ages.Max().TotalSeconds:0.0} s");
    }

    private sealed record Ack(string Key, long Revision, long At);
}
