using Mover.Recovery.Drill;
using Mover.Recovery.Snapshots;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Drill;

/// <summary>The last drills of an estate are remembered, and a damaged record stops nothing.</summary>
public sealed class DrillHistoryFileTests : IDisposable
{
    private static readonly SnapshotSource East = new("https://east:7443", "s1", "g1", null, "eastus");
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_failed_drill_does_not_hide_the_last_good_one()
    {
        var file = new DrillHistoryFile(_folder.At("drills"));
        var (good, failed) = (DrillScheduleTests.Record(isGood: true), DrillScheduleTests.Record(isGood: false));

        var none = file.Read(East, out var absent);
        var problems = new[] { file.Add(East, good), file.Add(East, failed) };
        var history = file.Read(East, out var problem);

        Assert.Null(none);
        Assert.All([absent, problem, .. problems], Assert.Null);
        Assert.Equal((failed, good), (history!.Last, history.LastGood));
        Assert.Null(file.Read(East with { ResourceGroup = "g2" }, out _));
        Assert.Equal(history, file.Read(East with { ResourceGroup = "G1" }, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"format\":\"mover-drills/1\"")]
    [InlineData("{\"format\":\"mover-drills/9\",\"last\":{\"id\":\"x\",\"at\":\"2026-06-01T00:00:00Z\",\"isGood\":true,\"lossWindowSeconds\":1,"
        + "\"snapshotDigest\":\"\",\"snapshotTakenAt\":\"2026-06-01T00:00:00Z\"}}")]
    public void A_damaged_record_is_told_and_the_next_drill_takes_its_place(string text)
    {
        var file = new DrillHistoryFile(_folder.At("drills"));
        Assert.Null(file.Add(East, DrillScheduleTests.Record(isGood: true)));
        File.WriteAllText(file.PathOf(East), text);

        var damaged = file.Read(East, out var problem);
        var kept = file.Add(East, DrillScheduleTests.Record(isGood: false));
        var after = file.Read(East, out var later);

        Assert.Null(damaged);
        Assert.Contains(file.PathOf(East), problem, StringComparison.Ordinal);
        Assert.Null(kept);
        Assert.Null(later);
        Assert.False(after!.Last.IsGood);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told()
    {
        File.WriteAllText(_folder.At("file"), string.Empty);

        var problem = new DrillHistoryFile(_folder.At("file")).Add(East, DrillScheduleTests.Record(isGood: true));

        Assert.Contains("Cannot save the drill", problem, StringComparison.Ordinal);
    }
}
