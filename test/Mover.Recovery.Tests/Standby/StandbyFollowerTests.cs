using Mover.Recovery.Standby;

namespace Mover.Recovery.Tests.Standby;

/// <summary>A standby follows snapshots until it is in use; what fails is told and tried again.</summary>
public sealed class StandbyFollowerTests
{
    [Fact]
    public async Task Failures_are_told_and_an_active_standby_is_left_alone_for_good()
    {
        var said = new List<string>();
        var outcomes = new Queue<Func<StandbyRepair?>>(
        [
            () => null,
            () => throw new RecoveryException("TooManyDeletions", "Many.", "Look."),
            () => null,
            () => new(3, ["/a"], []),
            () => throw new RecoveryException("StandbyActive", "In use.", "Name another."),
        ]);
        var follower = new StandbyFollower(_ => Task.FromResult(outcomes.Dequeue()()), said.Add);

        for (var snapshot = 0; snapshot < 7; snapshot++)
        {
            await follower.FollowAsync(CancellationToken.None);
        }

        Assert.Equal(
            [
                "standby: NOT in step: TooManyDeletions: Many. Look. Retrying after the next snapshot.",
                "standby: in step",
                "standby: in step again, 3 resources written, 1 deleted",
                "standby: In use. No longer keeping it in step.",
            ],
            said);
    }
}
