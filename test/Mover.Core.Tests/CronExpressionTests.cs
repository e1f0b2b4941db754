using System.Globalization;
using Mover.Core.Jobs;
using Mover.Core.Resources;

namespace Mover.Core.Tests;

public sealed class CronExpressionTests
{
    [Theory]
    [InlineData("* * * * *", "2026-05-04T08:00", "2026-05-04T08:01")]
    [InlineData("30 8 * * *", "2026-05-04T08:29", "2026-05-04T08:30")]
    [InlineData("30 8 * * *", "2026-05-04T08:30", "2026-05-05T08:30")]
    [InlineData("*/15 9-17 * * MON-FRI", "2026-05-08T17:45", "2026-05-11T09:00")]
    [InlineData("5/20 * * * *", "2026-05-04T08:26", "2026-05-04T08:45")]
    [InlineData("0 0,12 1,15 * *", "2026-05-01T12:00", "2026-05-15T00:00")]
    [InlineData("0 0 1 jan *", "2026-05-01T12:00", "2027-01-01T00:00")]
    [InlineData("59 23 31 12 *", "2026-05-01T12:00", "2026-12-31T23:59")]
    [InlineData("0 3 * * 7", "2026-05-04T00:00", "2026-05-10T03:00")]
    [InlineData("0 3 * * sun", "2026-05-04T00:00", "2026-05-10T03:00")]
    [InlineData("0 3 * * FRI-SUN", "2026-05-09T04:00", "2026-05-10T03:00")]
    [InlineData("0 3 * * 5-7", "2026-05-10T04:00", "2026-05-15T03:00")]
    [InlineData("\t0   3 * *\t* ", "2026-05-04T00:00", "2026-05-04T03:00")]
    public void A_schedule_follows_its_expression(string expression, string after, string next) =>
        Assert.Equal(At(next), ScheduleTimes.Next(Schedule(expression), At(after)));

    [Theory]
    [InlineData("0 0 13 * FRI", "2026-05-09T00:00", "2026-05-13T00:00")]
    [InlineData("0 0 13 * FRI", "2026-05-13T00:00", "2026-05-15T00:00")]
    [InlineData("0 0 */2 * FRI", "2026-05-09T00:00", "2026-05-15T00:00")]
    [InlineData("0 0 13 * *", "2026-05-09T00:00", "2026-05-13T00:00")]
    [InlineData("0 0 * * FRI", "2026-05-09T00:00", "2026-05-15T00:00")]
    [InlineData("0 0 1-31 * FRI", "2026-05-09T00:00", "2026-05-10T00:00")]
    public void Two_restricted_day_fields_are_alternatives_and_a_star_restricts_nothing(string expression, string after, string next) =>
        Assert.Equal(At(next), ScheduleTimes.Next(Schedule(expression), At(after)));

    [Theory]
    [InlineData("0 0 29 2 *", "2026-05-01T00:00", "2028-02-29T00:00")]
    [InlineData("0 0 29 2 *", "2096-03-01T00:00", "2104-02-29T00:00")]
    [InlineData("0 0 29 2 */7", "2072-03-01T00:00", "2088-02-29T00:00")]
    [InlineData("0 0 31 4,5 *", "2026-01-01T00:00", "2026-05-31T00:00")]
    public void A_day_that_a_month_does_not_have_is_not_due(string expression, string after, string next)
    {
        var endless = Schedule(expression) with { EndDate = null };

        Assert.Equal(At(next), ScheduleTimes.Next(endless, At(after)));
    }

    [Theory]
    [InlineData("0 0 30 2 *")]
    [InlineData("0 0 30-31 feb *")]
    [InlineData("0 0 31 4,6,9,11 *")]
    public void An_expression_that_is_never_due_is_none(string expression)
    {
        Assert.False(CronExpression.TryParse(expression, out _, out var problem));
        Assert.Contains("No month has the day", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("0 0 12 * * *")]
    [InlineData("@daily")]
    [InlineData("60 * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("+1 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * 32 * *")]
    [InlineData("* * * 0 *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("5-1 * * * *")]
    [InlineData("* * * * SAT-MON")]
    [InlineData("*/0 * * * *")]
    [InlineData("*/61 * * * *")]
    [InlineData("*/x * * * *")]
    [InlineData("1,,2 * * * *")]
    [InlineData("1, * * * *")]
    [InlineData("1-2-3 * * * *")]
    [InlineData("1/2/3 * * * *")]
    [InlineData("JAN * * * *")]
    [InlineData("* * L * *")]
    [InlineData("* * ? * *")]
    [InlineData("* * * * MONDAY")]
    [InlineData("* * * * 1#2")]
    [InlineData("٣ * * * *")]
    public void Text_that_is_not_an_expression_is_refused_with_a_sentence(string text)
    {
        Assert.False(CronExpression.TryParse(text, out var expression, out var problem));
        Assert.Null(expression);
        Assert.EndsWith(".", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expression_has_at_most_256_characters()
    {
        var most = "0 0 * * " + string.Join(',', Enumerable.Repeat("1", (CronExpression.CharsMax - 8) / 2)).PadRight(CronExpression.CharsMax - 8);

        Assert.Equal(CronExpression.CharsMax, most.Length);
        Assert.True(CronExpression.TryParse(most, out _, out _));
        Assert.False(CronExpression.TryParse(most + " ", out _, out _));
    }

    [Fact]
    public void Its_first_and_last_day_count_and_nothing_beyond()
    {
        var hourly = Schedule("0 */12 * * *") with { StartDate = At("2026-05-04T00:00"), EndDate = At("2026-05-05T00:00") };

        var due = All(hourly, At("2026-05-01T00:00"));

        Assert.Equal([At("2026-05-04T00:00"), At("2026-05-04T12:00"), At("2026-05-05T00:00"), At("2026-05-05T12:00")], due);
    }

    [Fact]
    public void A_frequency_wins_over_an_expression_and_without_either_nothing_is_due()
    {
        var both = Schedule("0 1 * * *") with { Frequency = Frequencies.Daily, ExecutionTime = new(2) };

        Assert.Equal(At("2026-05-04T02:00"), ScheduleTimes.Next(both, At("2026-05-04T00:00")));
        Assert.Null(ScheduleTimes.Next(Schedule(" "), At("2026-05-04T00:00")));
        Assert.Null(ScheduleTimes.Next(Schedule("nonsense"), At("2026-05-04T00:00")));
        Assert.Null(ScheduleTimes.Next(Schedule("0 1 * * *") with { IsActive = false }, At("2026-05-04T00:00")));
    }

    [Fact]
    public void It_is_due_exactly_when_a_minute_by_minute_look_says_so()
    {
        const int Seed = 20261128;
        var random = new Random(Seed);
        for (var round = 0; round < 300; round++)
        {
            var (text, isDue) = RandomExpression(random);
            var after = At("2026-01-01T00:00") + TimeSpan.FromMinutes(random.Next(60 * 24 * 800));

            var expected = Slowly(isDue, after, days: 70);
            var next = ScheduleTimes.Next(Schedule(text) with { EndDate = null }, after);
            var latest = ScheduleTimes.Latest(Schedule(text) with { EndDate = null }, after, expected ?? after + TimeSpan.FromDays(70));

            Assert.True(
                expected is null ? next is null || next > after + TimeSpan.FromDays(70) : next == expected && latest == expected,
                $"seed {Seed}, round {round}: '{text}' after {after:u}: expected {expected:u}, next {next:u}, latest {latest:u}");
        }
    }

    // The expression as text, and what it means without reading the text.
    private static (string Text, Func<DateTimeOffset, bool> IsDue) RandomExpression(Random random)
    {
        var minutes = RandomField(random, 0, 59, []);
        var hours = RandomField(random, 0, 23, []);
        var days = RandomField(random, 1, 31, []);
        var months = RandomField(random, 1, 12, ["jan", "Feb", "MAR", "apr", "MAY", "Jun", "jul", "AUG", "sep", "OCT", "nov", "Dec"]);
        var week = RandomField(random, 0, 6, ["sun", "MON", "Tue", "wed", "THU", "Fri", "sat"]);
        return ($"{minutes.Text} {hours.Text} {days.Text} {months.Text} {week.Text}", time =>
            minutes.Values.Contains(time.Minute) && hours.Values.Contains(time.Hour) && months.Values.Contains(time.Month)
            && (days.Text[0] == '*' || week.Text[0] == '*'
                ? days.Values.Contains(time.Day) && week.Values.Contains((int)time.DayOfWeek)
                : days.Values.Contains(time.Day) || week.Values.Contains((int)time.DayOfWeek)));
    }

    private static (string Text, HashSet<int> Values) RandomField(Random random, int min, int max, string[] names)
    {
        var (texts, values) = (new List<string>(), new HashSet<int>());
        for (var item = random.Next(3); item >= 0; item--)
        {
            var (low, high) = (random.Next(min, max + 1), random.Next(min, max + 1));
            (low, high) = (Math.Min(low, high), Math.Max(low, high));
            var step = random.Next(1, 9);
            var (text, last) = random.Next(4) switch
            {
                0 => ("*", max),
                1 => (Word(low), low),
                2 => ($"{Word(low)}-{Word(high)}", high),
                _ => ($"{Word(low)}-{Word(high)}/{step}", high),
            };
            texts.Add(text);
            var (first, by) = (text == "*" ? min : low, text.Contains('/', StringComparison.Ordinal) ? step : 1);
            values.UnionWith(Enumerable.Range(0, 60).Select(at => first + (at * by)).Where(value => value <= last));
        }

        return (string.Join(',', texts), values);
        string Word(int value) => names.Length > 0 && random.Next(2) == 0 ? names[value - min] : value.ToString(CultureInfo.InvariantCulture);
    }

    private static DateTimeOffset? Slowly(Func<DateTimeOffset, bool> isDue, DateTimeOffset after, int days)
    {
        for (var minute = 1; minute <= days * 24 * 60; minute++)
        {
            if (isDue(after + TimeSpan.FromMinutes(minute)))
            {
                return after + TimeSpan.FromMinutes(minute);
            }
        }

        return null;
    }

    private static JobSchedule Schedule(string expression) => new()
    {
        IsActive = true,
        StartDate = At("2025-01-01T00:00"),
        EndDate = At("2029-12-31T00:00"),
        CronExpression = expression,
    };

    private static List<DateTimeOffset> All(JobSchedule schedule, DateTimeOffset after)
    {
        var all = new List<DateTimeOffset>();
        for (var next = ScheduleTimes.Next(schedule, after); next is not null; next = ScheduleTimes.Next(schedule, next.Value))
        {
            all.Add(next.Value);
        }

        return all;
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text + "Z", CultureInfo.InvariantCulture);
}
