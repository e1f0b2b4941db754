namespace Mover.SystemTests.Faults;

/// <summary>The checks of histories against histories made by hand, good and bad, and against each other.</summary>
public sealed class HistoryCheckTests
{
    private const int RandomHistories = 4_000;

    [Fact]
    public void Writes_and_reads_one_after_the_other_are_right() =>
        AssertRight(Write("a", 0, 1, 1), Read("a", 2, 3, 1), Write("b", 4, 5, 2), Read("b", 6, 7, 2));

    [Fact]
    public void A_read_during_a_write_may_see_either_value() =>
        AssertRight(Write("a", 0, 1, 1), Write("b", 2, 9, 2), Read("a", 3, 4, 1), Read("b", 5, 6, 2));

    [Fact]
    public void A_write_without_an_answer_may_happen_late_or_never() => AssertRight(
        Write("a", 0, 1, 1), Unknown("late", 2, 3), Unknown("never", 2, 3), Read("a", 4, 5, 1), Write("b", 6, 7, 2), Read("late", 8, 9, 3));

    [Fact]
    public void A_write_without_an_answer_explains_a_version_that_nobody_saw() =>
        AssertRight(Write("a", 0, 1, 1), Unknown("b", 2, 3), Write("c", 4, 5, 3), Read("c", 6, 7, 3));

    [Fact]
    public void A_lost_write_is_found() =>
        AssertWrong("missing", Write("a", 0, 1, 1), Write("b", 2, 3, 2), Read("a", 4, 5, 1));

    [Fact]
    public void A_key_that_is_gone_is_found() =>
        AssertWrong("missing", Write("a", 0, 1, 1), Absent(2, 3));

    [Fact]
    public void A_lost_write_whose_version_is_given_again_is_found() =>
        AssertWrong("given twice", Write("a", 0, 1, 1), Write("b", 2, 3, 2), Write("c", 4, 5, 2), Read("c", 6, 7, 2));

    [Fact]
    public void A_stale_read_is_found_although_a_later_one_is_right() =>
        AssertWrong("missing", Write("a", 0, 1, 1), Write("b", 2, 3, 2), Read("a", 4, 5, 1), Read("b", 6, 7, 2));

    [Fact]
    public void Reads_that_go_back_in_time_during_a_write_are_found() =>
        AssertWrong("missing", Write("a", 0, 1, 1), Write("b", 2, 9, 2), Read("b", 3, 4, 2), Read("a", 5, 6, 1));

    [Fact]
    public void A_write_that_was_applied_twice_is_found_by_its_version() =>
        AssertWrong("applied twice", Write("a", 0, 1, 1), Write("b", 2, 3, 3), Read("b", 4, 5, 3));

    [Fact]
    public void A_write_that_was_seen_at_two_versions_is_found() =>
        AssertWrong("two versions", Write("a", 0, 1, 1), Unknown("b", 2, 3), Read("b", 4, 5, 2), Write("c", 6, 7, 3), Read("b", 8, 9, 4));

    [Fact]
    public void A_write_whose_own_success_was_told_as_a_failed_condition_is_found() =>
        AssertWrong("refused was carried out", Write("a", 0, 1, 1), Failed("b", 2, 3, expected: 1), Read("b", 4, 5, 2));

    [Fact]
    public void A_condition_that_held_and_was_refused_is_found() =>
        AssertWrong("missing", Write("a", 0, 1, 1), Failed("b", 2, 3, expected: 1), Read("a", 4, 5, 1), Write("c", 6, 7, 2));

    [Fact]
    public void A_condition_that_was_not_looked_at_is_found() => AssertWrong(
        "not the newest", Write("a", 0, 1, 1), Write("b", 2, 3, 2), Write("c", 4, 5, 3) with { Expected = 1 }, Read("c", 6, 7, 3));

    [Fact]
    public void One_version_with_two_values_is_found() =>
        AssertWrong("two values", Write("a", 0, 1, 1), Unknown("b", 2, 3), Read("a", 4, 5, 1), Read("b", 4, 5, 1));

    [Fact]
    public void A_value_that_nobody_wrote_is_found() => AssertWrong("Nobody wrote", Write("a", 0, 1, 1), Read("x", 2, 3, 1));

    [Fact]
    public void A_value_that_was_read_before_it_was_written_is_found() =>
        AssertWrong("missing", Write("a", 0, 1, 1), Read("b", 2, 3, 2), Write("b", 4, 5, 2));

    [Fact]
    public void A_version_that_only_a_later_write_can_have_made_is_found() =>
        AssertWrong("missing", Write("a", 0, 1, 1), Write("c", 2, 3, 3), Unknown("b", 4, 5));

    [Fact]
    public void Both_checks_agree_on_random_histories_right_and_wrong()
    {
        var verdicts = new int[2];
        for (var seed = 0; seed < RandomHistories; seed++)
        {
            var history = RandomHistory.Of(seed);
            var (byVersions, byOrders) = (HistoryCheck.Violations(history), ExhaustiveCheck.IsLinearizable(history));

            Assert.True(byVersions.Count == 0 == byOrders, $"seed {seed}: orders say {byOrders}, versions {string.Join(' ', byVersions)}\n{string.Join('\n', history)}");
            verdicts[byOrders ? 1 : 0]++;
        }

        Assert.All(verdicts, count => Assert.InRange(count, RandomHistories / 10, RandomHistories));
    }

    private static void AssertRight(params Attempt[] history)
    {
        Assert.Empty(HistoryCheck.Violations(history));
        Assert.True(ExhaustiveCheck.IsLinearizable(history));
        Assert.Null(ExhaustiveCheck.Windows(history).Bad);
    }

    private static void AssertWrong(string says, params Attempt[] history)
    {
        Assert.Contains(HistoryCheck.Violations(history), what => what.Contains(says, StringComparison.Ordinal));
        Assert.False(ExhaustiveCheck.IsLinearizable(history));
        Assert.NotNull(ExhaustiveCheck.Windows(history).Bad);
    }

    private static Attempt Write(string value, long begin, long end, long version) =>
        new() { Key = "key", IsWrite = true, Value = value, Begin = begin, End = end, Version = version };

    private static Attempt Read(string value, long begin, long end, long version) =>
        new() { Key = "key", IsWrite = false, Value = value, Begin = begin, End = end, Version = version };

    private static Attempt Absent(long begin, long end) => new() { Key = "key", IsWrite = false, Begin = begin, End = end };

    private static Attempt Unknown(string value, long begin, long end) =>
        new() { Key = "key", IsWrite = true, Value = value, Begin = begin, End = end, Outcome = Outcome.Unknown };

    private static Attempt Failed(string value, long begin, long end, long expected) =>
        new() { Key = "key", IsWrite = true, Value = value, Begin = begin, End = end, Expected = expected, Outcome = Outcome.ConditionFailed };
}
