using Mover.State.Mirror;
using Mover.State.Tests.Sqlite;

namespace Mover.State.Tests.Mirror;

/// <summary>The contract also holds of a state that lies in a generation of its store.</summary>
public sealed class RegionStoreContractTests : SqliteStateContractTests
{
    protected override async ValueTask<RegionSeat> SeatAsync(IStateStore engine)
    {
        var seat = await RegionSeat.ReadAsync(engine, default);
        return seat.Role is not null ? seat : (await seat.ChangeAsync(engine, MirrorPair.Serving("eastus", 7) with { Root = "g7/" }, [], default))!;
    }
}

/// <summary>Who serves, and who does not.</summary>
public sealed class RegionStoreTests
{
    [Fact]
    public async Task A_commit_after_the_role_changed_is_refused_and_writes_nothing()
    {
        await using var pair = await MirrorPair.StartAsync();
        var seat = await RegionSeat.ReadAsync(pair.Home, default);
        await using var served = new RegionStore(pair.Home, seat, owns: false);
        await served.CommitAsync([], [new("/a", "1"u8.ToArray())], default);
        await seat.ChangeAsync(pair.Home, seat.Role! with { Duty = RegionDuty.Draining }, [], default);

        var write = await Assert.ThrowsAsync<StateException>(
            async () => await served.CommitAsync([], [new("/a", "2"u8.ToArray())], default));
        var delete = await Assert.ThrowsAsync<StateException>(async () => await served.CommitAsync([], [new("/a", null)], default));

        Assert.Equal((StateFault.NotServing, StateFault.NotServing), (write.Fault, delete.Fault));
        Assert.Equal("1"u8.ToArray(), (await served.GetAsync("/a", default))!.Value.ToArray());
    }

    [Fact]
    public async Task A_store_in_no_pair_refuses_instances_that_have_not_heard_that_it_joined_one()
    {
        await using var pair = await MirrorPair.StartAsync(joined: false);
        await using var old = new RegionStore(pair.Home, await RegionSeat.ReadAsync(pair.Home, default), owns: false);
        await old.CommitAsync([], [new("/a", "1"u8.ToArray())], default);
        await new RegionSeat(null, 0).ChangeAsync(pair.Home, MirrorPair.Serving("eastus", 1), [], default);

        var refused = await Assert.ThrowsAsync<StateException>(
            async () => await old.CommitAsync([], [new("/a", "2"u8.ToArray())], default));

        Assert.Equal(StateFault.NotServing, refused.Fault);
    }

    [Fact]
    public async Task A_condition_that_fails_while_the_region_serves_is_an_ordinary_answer()
    {
        await using var pair = await MirrorPair.StartAsync();
        await using var served = new RegionStore(pair.Home, await RegionSeat.ReadAsync(pair.Home, default), owns: false);

        var result = await served.CommitAsync([new("/a", 77)], [new("/a", "1"u8.ToArray())], default);

        Assert.Equal(CommitOutcome.ConditionFailed, result.Outcome);
    }

    [Fact]
    public async Task A_full_commit_of_a_rooted_state_is_taken_by_the_engine()
    {
        await using var pair = await MirrorPair.StartAsync();
        var seat = await RegionSeat.ReadAsync(pair.Home, default);
        seat = (await seat.ChangeAsync(pair.Home, seat.Role! with { Root = "g123456/" }, [], default))!;
        await using var served = new RegionStore(pair.Home, seat, owns: false);
        var keys = Enumerable.Range(0, StateLimits.CommitOperationsMax).Select(at => $"/{at}").ToList();

        var result = await served.CommitAsync(
            [.. keys.Select(key => new StateCondition(key, 0))], [.. keys.Select(key => new StateWrite(key, new byte[10]))], default);

        Assert.Equal(CommitOutcome.Committed, result.Outcome);
    }
}
