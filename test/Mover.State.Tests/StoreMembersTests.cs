using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Etcd;
using Mover.State.Tests.Etcd;
using Mover.Testing;

namespace Mover.State.Tests;

public sealed class StoreMembersTests
{
    [Theory]
    [InlineData(1, 1, "1 of 1 voters left: its loss stops the control plane.")]
    [InlineData(3, 3, "3 of 3 voters left: one may be lost without harm, a second loss stops writes.")]
    [InlineData(3, 2, "2 of 3 voters left: one more loss stops writes.")]
    [InlineData(3, 1, "1 of 3 voters left: writes are blocked until 2 are back.")]
    [InlineData(5, 5, "5 of 5 voters left: 2 may be lost without harm, one more loss stops writes.")]
    [InlineData(4, 4, "4 of 4 voters left: one may be lost without harm, a second loss stops writes.")]
    public void What_a_further_loss_would_mean_is_one_sentence(int voters, int left, string outlook)
    {
        var members = Enumerable.Range(0, voters).Select(at => new StoreMember { Name = $"m{at}", IsReachable = at < left });

        Assert.Equal(outlook, new StoreMembers(true, [.. members]).Outlook);
    }

    [Fact]
    public void One_that_only_learns_counts_for_nothing()
    {
        StoreMember[] members =
        [
            new() { Name = "a", IsReachable = true }, new() { Name = "b", IsReachable = true, IsVoter = false },
        ];

        Assert.Equal("1 of 1 voters left: its loss stops the control plane.", new StoreMembers(true, members).Outlook);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Members_that_nobody_named_are_told_and_one_that_is_dead_or_stands_still_is_not_reachable()
    {
        await using var etcd = await EtcdServer.StartAsync(3);
        await using var store = await EtcdStateStore.OpenAsync(
            new() { Endpoints = [etcd.Endpoint(0)] }, TimeProvider.System, NullLogger<EtcdStateStore>.Instance, default);

        var well = await UntilAsync(store, members => members.All(member => member.IsReachable));
        await etcd.KillAsync(2);
        var dead = await UntilAsync(store, members => members is [{ IsReachable: true }, { IsReachable: true }, { IsReachable: false }]);
        await etcd.StartMemberAsync(2);
        await UntilAsync(store, members => members.All(member => member.IsReachable));
        etcd.Pause(1);
        var still = await UntilAsync(store, members => members is [{ IsReachable: true }, { IsReachable: false }, { IsReachable: true }]);
        etcd.Resume(1);

        Assert.Equal(["m0", "m1", "m2"], well.Members.Select(member => member.Name));
        Assert.All(well.Members, member => Assert.True(member is { IsReachable: true, IsVoter: true, Version: not null, Bytes: > 0 }));
        Assert.Single(well.Members, member => member.IsLeader);
        Assert.NotNull(dead.Members[2].Problem);
        Assert.NotNull(still.Members[1].Problem);
    }

    // Until another member leads, none does, and nobody is well.
    private static async Task<StoreMembers> UntilAsync(EtcdStateStore store, Func<IReadOnlyList<StoreMember>, bool> shows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var told = await store.ReadMembersAsync(limit.Token);
            if (shows(told.Members))
            {
                return told;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }
}
