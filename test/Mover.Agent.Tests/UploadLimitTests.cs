using Mover.Core.AgentProtocol;

namespace Mover.Agent.Tests;

public sealed class UploadLimitTests
{
    private static readonly UploadLimitWindow[] Schedule =
    [
        new(DayOfWeek.Monday, 9 * 60, 17 * 60, 8),
        new(DayOfWeek.Monday, 17 * 60, 24 * 60, 0),
    ];

    [Theory]
    [InlineData("2026-03-02T08:59:59", null)]
    [InlineData("2026-03-02T09:00:00", 1_000_000L)]
    [InlineData("2026-03-02T16:59:59", 1_000_000L)]
    [InlineData("2026-03-02T17:00:00", 0L)]
    [InlineData("2026-03-02T23:59:59", 0L)]
    [InlineData("2026-03-03T09:00:00", null)]
    public void The_limit_is_the_windows_that_holds_the_local_time(string local, long? bytesPerSecond) =>
        Assert.Equal(bytesPerSecond, UploadLimitRules.At(Schedule, new(DateTime.Parse(local), TimeSpan.FromHours(-5))));

    [Fact]
    public void Runs_share_a_limit_and_a_pause_stays_a_pause()
    {
        Assert.Equal(250, UploadLimitRules.Share(1000, 4));
        Assert.Equal(1, UploadLimitRules.Share(2, 4));
        Assert.Equal(0, UploadLimitRules.Share(0, 4));
        Assert.Null(UploadLimitRules.Share(null, 4));
    }
}
