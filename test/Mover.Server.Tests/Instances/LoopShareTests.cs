using System.Collections.Concurrent;
using Mover.Server.Background;
using Mover.Server.Tests.Operations;
using Mover.State.Documents;

namespace Mover.Server.Tests.Instances;

/// <summary>The work of the instances is spread evenly, and nobody takes it from an owner.</summary>
public sealed class LoopShareTests : SharedStoreTests
{
    [Fact]
    public async Task Work_is_spread_evenly_over_instances_that_come_and_go()
    {
        using var end = new CancellationTokenSource();
        var owners = new ConcurrentQueue<(string Loop, string? Owner)>();
        var following = FollowAsync(owners, end.Token);
        var stores = Enumerable.Range(0, 3).Select(_ => new SharedStore(Store)).ToList();
        var one = await StartAsync("one", stores[0]);
        var two = await StartAsync("two", stores[1]);
        await SharesAsync(3, 3);

        var came = TimeProvider.System.GetTimestamp();
        var three = await StartAsync("three", stores[2]);
        await SharesAsync(2, 2, 2);
        var spread = TimeProvider.System.GetElapsedTime(came);

        stores[2].Die();
        await LapseAsync("three");
        var key = InstanceRecord.KeyOf(new("three")).Stored;
        await Store.RevokeLeaseAsync((await Store.ListAsync(key, null, 1, true, default)).Entries.Single().LeaseId, default);
        await SharesAsync(3, 3);
        await EndAsync(three);
        await EndAsync(two);
        await EndAsync(one);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);

        // Time of the machine's own on top of what is named.
        Assert.InRange(spread, TimeSpan.Zero, LoopShares.SpreadMax + TimeSpan.FromSeconds(20));
        Assert.All(owners.GroupBy(change => change.Loop), loop => Assert.All(
            loop.Zip(loop.Skip(1)), pair => Assert.True(pair.First.Owner is null || pair.Second.Owner is null, $"{pair}")));
    }

    private async Task FollowAsync(ConcurrentQueue<(string Loop, string? Owner)> owners, CancellationToken cancel)
    {
        await foreach (var seen in Store.WatchAsync("loops/", 0, cancel))
        {
            foreach (var change in seen.Changes)
            {
                owners.Enqueue((
                    change.Key, change.Entry is { } entry ? DocumentStore.Open(entry, LoopJson.Default.LoopOwner).Value.Instance : null));
            }
        }
    }

    private async Task SharesAsync(params int[] wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (true)
        {
            var shares = new List<int>();
            foreach (var name in new[] { "one", "two", "three" })
            {
                shares.Add((await LoopsAsync(name)).Count);
            }

            if (shares.Where(share => share > 0).Order().SequenceEqual(wanted))
            {
                return;
            }

            Assert.False(limit.IsCancellationRequested, $"The shares are {string.Join(", ", shares)}.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, default);
        }
    }
}
