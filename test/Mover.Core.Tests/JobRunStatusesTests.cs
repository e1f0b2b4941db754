using Mover.Core.Jobs;

namespace Mover.Core.Tests;

public sealed class JobRunStatusesTests
{
    private static readonly string[] All =
    [
        "Queued", "Started", "Running", "PausedByBandwidthManagement", "CancelRequested", "Canceling", "Canceled", "Failed", "Succeeded",
    ];

    [Theory]
    [InlineData("Queued", "Started Running CancelRequested Canceled Failed")]
    [InlineData("Started", "Running PausedByBandwidthManagement Succeeded Failed CancelRequested")]
    [InlineData("Running", "PausedByBandwidthManagement Succeeded Failed CancelRequested")]
    [InlineData("PausedByBandwidthManagement", "Running Succeeded Failed CancelRequested")]
    [InlineData("CancelRequested", "Canceling Canceled Failed Succeeded")]
    [InlineData("Canceling", "Canceled Failed Succeeded")]
    [InlineData("Canceled", "")]
    [InlineData("Failed", "")]
    [InlineData("Succeeded", "")]
    public void A_run_moves_only_along_the_graph(string from, string to)
    {
        var allowed = All.Where(status => status != from && JobRunStatuses.CanMove(from, status)).Order(StringComparer.Ordinal);

        Assert.Equal(to.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), allowed);
    }

    [Fact]
    public void A_run_is_active_until_it_is_canceled_failed_or_succeeded()
    {
        Assert.Equal(["Canceled", "Failed", "Succeeded"], All.Where(status => !JobRunStatuses.IsActive(status)));
        Assert.False(JobRunStatuses.IsActive(null));
    }
}
