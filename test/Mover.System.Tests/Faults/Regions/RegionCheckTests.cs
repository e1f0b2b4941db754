namespace Mover.SystemTests.Faults.Regions;

/// <summary>The check of histories over two regions against histories made by hand, good and bad.</summary>
public sealed class RegionCheckTests
{
    private const string East = "eastus";
    private const string West = "westus";

    // East serves until 100, when West is told to take over with what is complete as of 90; East is the standby at 200.
    private const long CompleteAt = 90;
    private const long TakenOver = 100;
    private const long Closed = 200;

    [Fact]
    public void A_write_that_was_copied_is_right() =>
        AssertRight(Planned(), Write(East, "k", "a", 10, 11, 1), Write(West, "k", "b", 110, 111, 2), Read(West, "k", "b", 300, 301, 2));

    [Fact]
    public void A_write_lost_in_a_hand_over_is_found() => AssertWrong(
        "missing", Planned(), Write(East, "k", "a", 10, 11, 1), Write(West, "w", "b", 110, 111, 1), Read(West, "w", "b", 300, 301, 1), Absent(West, "k", 300, 301));

    [Fact]
    public void A_lost_write_in_the_window_that_is_listed_is_right()
    {
        var check = AssertRight(Unplanned(("k", 1)), Write(East, "k", "a", 91, 95, 1), Absent(West, "k", 300, 301));

        Assert.Equal(1, Assert.Single(check.Losses).Writes);
    }

    [Fact]
    public void A_lost_write_that_is_not_listed_is_found() =>
        AssertWrong("is not listed", Unplanned(), Write(East, "k", "a", 91, 95, 1), Absent(West, "k", 300, 301));

    [Fact]
    public void A_lost_write_that_is_listed_with_an_older_version_is_found() => AssertWrong(
        "is not listed", Unplanned(("own-0", 2)), Write(East, "own-0", "a", 10, 11, 1), Write(East, "own-0", "b", 91, 92, 2),
        Write(East, "own-0", "c", 93, 94, 3), Write(West, "own-0", "d", 110, 111, 2), Read(West, "own-0", "d", 300, 301, 2));

    [Fact]
    public void A_lost_write_from_before_the_moment_that_was_named_is_found() =>
        AssertWrong("before the moment", Unplanned(("k", 1)), Write(East, "k", "a", 10, 11, 1), Absent(West, "k", 300, 301));

    [Fact]
    public void Two_ends_of_one_key_are_right_when_the_lost_one_is_listed() => AssertRight(
        LivedOn(Unplanned(("own-0", 3))), Write(East, "own-0", "a", 10, 11, 1), Write(East, "own-0", "b", 91, 92, 2), Read(East, "own-0", "b", 92, 93, 2),
        Write(West, "own-0", "c", 110, 111, 2), Write(East, "own-0", "d", 120, 121, 3), Read(West, "own-0", "c", 300, 301, 2));

    [Fact]
    public void What_the_lost_region_acknowledges_after_the_take_over_has_to_be_listed() => AssertWrong(
        "is not listed", Unplanned(("own-0", 1)), Write(East, "own-0", "a", 10, 11, 1), Write(West, "own-0", "b", 110, 111, 2),
        Write(East, "own-0", "c", 120, 121, 2), Read(West, "own-0", "b", 300, 301, 2));

    [Fact]
    public void A_region_that_comes_back_acknowledges_nothing_although_it_is_listed() => AssertWrong(
        "came back", Unplanned(("own-0", 2)), Write(East, "own-0", "a", 10, 11, 1), Write(East, "own-0", "b", 120, 121, 2), Read(West, "own-0", "a", 300, 301, 1));

    [Fact]
    public void What_was_made_and_deleted_in_the_lost_end_leaves_nothing_to_list() => AssertRight(
        LivedOn(Unplanned()), Write(West, "own-1", "a", 105, 106, 1), Write(East, "gone-0", "a", 110, 111, 1), Delete(East, "gone-0", 120, 121),
        Absent(West, "gone-0", 300, 301), Read(West, "own-1", "a", 300, 301, 1));

    [Fact]
    public void Two_regions_that_acknowledge_at_once_after_a_hand_over_are_found() => AssertWrong(
        "acknowledged what was sent when", Planned(), Write(West, "w", "a", 105, 106, 1), Read(West, "w", "a", 300, 301, 1),
        Write(East, "k", "b", 110, 111, 1), Read(West, "k", "b", 300, 301, 1));

    [Fact]
    public void A_lost_end_that_contradicts_itself_is_found() => AssertWrong(
        "in what 'eastus' had", Unplanned(("own-0", 2)), Write(East, "own-0", "a", 10, 11, 1), Write(East, "own-0", "b", 91, 92, 2),
        Write(East, "own-0", "c", 93, 94, 2), Read(West, "own-0", "a", 300, 301, 1));

    [Fact]
    public void A_deletion_that_was_lost_in_a_hand_over_is_found() => AssertWrong(
        "is there again", Planned(), Write(East, "gone-0", "a", 10, 11, 1), Delete(East, "gone-0", 12, 13), Read(West, "gone-0", "a", 300, 301, 1));

    [Fact]
    public void A_deletion_that_was_lost_and_is_listed_is_right() => AssertRight(
        Unplanned(("gone-0", 0)), Write(East, "gone-0", "a", 10, 11, 1), Delete(East, "gone-0", 92, 93), Read(West, "gone-0", "a", 300, 301, 1));

    [Fact]
    public void A_deletion_that_was_lost_and_is_not_listed_is_found() => AssertWrong(
        "is not listed", Unplanned(), Write(East, "gone-0", "a", 10, 11, 1), Delete(East, "gone-0", 92, 93), Read(West, "gone-0", "a", 300, 301, 1));

    [Fact]
    public void A_copy_that_is_older_than_it_says_is_found() => AssertWrong(
        "does not have", Planned(), Write(East, "own-0", "a", 10, 11, 1), Write(East, "own-0", "b", 20, 21, 2),
        Read(West, "own-0", "a", 40, 41, 1) with { StaleAsOf = DateTimeOffset.UnixEpoch.AddTicks(30) }, Read(West, "own-0", "b", 300, 301, 2));

    [Fact]
    public void A_copy_that_is_as_old_as_it_says_is_right() => AssertRight(
        Planned(), Write(East, "own-0", "a", 10, 11, 1), Write(East, "own-0", "b", 20, 21, 2),
        Read(West, "own-0", "a", 40, 41, 1) with { StaleAsOf = DateTimeOffset.UnixEpoch.AddTicks(15) }, Read(West, "own-0", "b", 300, 301, 2));

    [Fact]
    public void Reads_without_a_mark_in_the_region_that_handed_over_are_counted()
    {
        var check = AssertRight(
            Planned(), Write(East, "own-0", "a", 10, 11, 1), Write(West, "own-0", "b", 110, 111, 2), Read(East, "own-0", "a", 120, 121, 1),
            Read(West, "own-0", "b", 300, 301, 2));

        Assert.Equal(1, check.OldReadsAfterHandover);
    }

    private static RegionEvents Planned() => Events(isPlanned: true);

    private static RegionEvents Unplanned(params (string Key, long Version)[] listed)
    {
        var events = Events(isPlanned: false);
        events.Forks.Add(new()
        {
            Lost = East, Epoch = 1, From = 0, TakenOver = TakenOver, Closed = Closed, CompleteAt = CompleteAt,
            Bases = new Dictionary<string, long>(StringComparer.Ordinal) { ["own-0"] = 1 },
            Listed = listed.Select(one => new ListedDocument(one.Key, 1, "Differs", one.Version)).ToLookup(one => one.Key, StringComparer.Ordinal),
        });
        return events;
    }

    private static RegionEvents LivedOn(RegionEvents events)
    {
        events.Forks[0] = events.Forks[0] with { LivedOn = true };
        return events;
    }

    private static RegionEvents Events(bool isPlanned)
    {
        var events = new RegionEvents(0, DateTimeOffset.UnixEpoch, TimeSpan.TicksPerSecond);
        events.Reigns.Add(new(East, 1, 0, IsPlanned: true));
        events.Reigns.Add(new(West, 2, TakenOver, isPlanned));
        return events;
    }

    private static RegionCheck Check(RegionEvents events, Attempt[] attempts) =>
        new RegionCheck(attempts.ToLookup(one => one.Key, StringComparer.Ordinal), events).Run();

    private static RegionCheck AssertRight(RegionEvents events, params Attempt[] attempts)
    {
        var check = Check(events, attempts);
        Assert.Empty(check.Violations);
        return check;
    }

    private static void AssertWrong(string why, RegionEvents events, params Attempt[] attempts) =>
        Assert.Contains(Check(events, attempts).Violations, what => what.Contains(why, StringComparison.Ordinal));

    private static Attempt Write(string region, string key, string value, long begin, long end, long version) => new()
    {
        Key = key, IsWrite = true, Value = value, Begin = begin, End = end, Outcome = Outcome.Done, Version = version, Region = region,
    };

    private static Attempt Delete(string region, string key, long begin, long end) => new()
    {
        Key = key, IsWrite = true, Begin = begin, End = end, Outcome = Outcome.Done, Region = region,
    };

    private static Attempt Read(string region, string key, string value, long begin, long end, long version) => new()
    {
        Key = key, IsWrite = false, Value = value, Begin = begin, End = end, Outcome = Outcome.Done, Version = version, Region = region,
    };

    private static Attempt Absent(string region, string key, long begin, long end) =>
        new() { Key = key, IsWrite = false, Begin = begin, End = end, Outcome = Outcome.Done, Region = region };
}
