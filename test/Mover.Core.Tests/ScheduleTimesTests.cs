using System.Globalization;
using Mover.Core.Jobs;
using Mover.Core.Resources;

namespace Mover.Core.Tests;

public sealed class ScheduleTimesTests
{
    private static readonly JobSchedule Daily = new()
    {
        Frequency = Frequencies.Daily,
        IsActive = true,
        StartDate = At("2026-01-30T00:00"),
        EndDate = At("2026-03-02T00:00"),
        ExecutionTime = new(6, 30),
    };

    [Theory]
    [InlineData("2026-01-01T00:00", "2026-01-30T06:30")]
    [InlineData("2026-01-30T06:29", "2026-01-30T06:30")]
    [InlineData("2026-01-30T06:30", "2026-01-31T06:30")]
    [InlineData("2026-03-02T06:29", "2026-03-02T06:30")]
    [InlineData("2026-03-02T06:30", null)]
    public void A_daily_schedule_is_due_every_day_from_its_start_to_its_end(string after, string? next)
    {
        Assert.Equal(AtOrNone(next), ScheduleTimes.Next(Daily, At(after)));
    }

    [Theory]
    [InlineData("2026-02-01T00:00", "2026-02-28T06:30")]
    [InlineData("2026-01-30T07:00", "2026-01-31T06:30")]
    public void The_31st_is_the_last_day_of_a_shorter_month(string after, string next)
    {
        var monthly = Daily with { Frequency = Frequencies.Monthly, DaysOfMonth = [31, 30] };

        Assert.Equal(At(next), ScheduleTimes.Next(monthly, At(after)));
    }

    [Fact]
    public void A_month_without_its_days_is_due_once()
    {
        var monthly = Daily with { Frequency = Frequencies.Monthly, DaysOfMonth = [29, 30, 31] };

        var due = All(monthly, At("2026-02-01T00:00"), At("2026-03-01T00:00"));

        Assert.Equal([At("2026-02-28T06:30")], due);
    }

    [Fact]
    public void A_weekly_schedule_is_due_on_its_days()
    {
        var weekly = Daily with { Frequency = Frequencies.Weekly, DaysOfWeek = ["monday", "Saturday"] };

        var due = All(weekly, At("2026-01-30T00:00"), At("2026-02-08T00:00"));

        Assert.Equal([At("2026-01-31T06:30"), At("2026-02-02T06:30"), At("2026-02-07T06:30")], due);
    }

    [Fact]
    public void An_hourly_schedule_continues_in_its_steps_from_its_first_time()
    {
        var hourly = Daily with { Frequency = Frequencies.Hourly, RepeatInterval = "7H", EndDate = At("2026-01-31T00:00") };

        var due = All(hourly, At("2026-01-01T00:00"), At("2026-04-01T00:00"));

        Assert.Equal(
            ["2026-01-30T06:30", "2026-01-30T13:30", "2026-01-30T20:30", "2026-01-31T03:30", "2026-01-31T10:30", "2026-01-31T17:30"],
            due.Select(time => time.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void One_time_is_one_time_and_hour_24_is_the_midnight_after()
    {
        var once = Daily with { Frequency = Frequencies.Onetime, ExecutionTime = new(24), EndDate = null };

        Assert.Equal(At("2026-01-31T00:00"), ScheduleTimes.Next(once, At("2026-01-30T23:59")));
        Assert.Null(ScheduleTimes.Next(once, At("2026-01-31T00:00")));
        Assert.Equal(At("2026-01-31T00:00"), ScheduleTimes.Latest(once, At("2026-01-01T00:00"), At("2026-06-01T00:00")));
    }

    [Fact]
    public void What_is_switched_off_ends_before_it_starts_or_has_no_time_is_never_due()
    {
        JobSchedule[] never =
        [
            Daily with { IsActive = false }, Daily with { IsActive = null }, Daily with { Frequency = Frequencies.None },
            Daily with { EndDate = At("2025-01-01T00:00") }, Daily with { ExecutionTime = null }, Daily with { StartDate = null },
            Daily with { Frequency = Frequencies.Weekly, DaysOfWeek = null },
        ];

        Assert.All(never, schedule => Assert.Null(ScheduleTimes.Next(schedule, At("2026-01-01T00:00"))));
        Assert.All(never, schedule => Assert.Null(ScheduleTimes.Latest(schedule, At("2026-01-01T00:00"), At("2027-01-01T00:00"))));
    }

    [Fact]
    public void The_latest_due_time_is_the_last_that_next_finds()
    {
        JobSchedule[] schedules =
        [
            Daily, Daily with { Frequency = Frequencies.Hourly, RepeatInterval = "5H" },
            Daily with { Frequency = Frequencies.Monthly, DaysOfMonth = [1, 31] },
            Daily with { Frequency = Frequencies.Weekly, DaysOfWeek = ["Sunday"], ExecutionTime = new(24) },
        ];
        var random = new Random(20260122);

        for (var i = 0; i < 200; i++)
        {
            var schedule = schedules[i % schedules.Length];
            var after = At("2026-01-25T00:00") + TimeSpan.FromMinutes(random.Next(60 * 24 * 40));
            var until = after + TimeSpan.FromMinutes(random.Next(60 * 24 * 20));

            Assert.Equal(All(schedule, after, until).Cast<DateTimeOffset?>().LastOrDefault(), ScheduleTimes.Latest(schedule, after, until));
        }
    }

    private static List<DateTimeOffset> All(JobSchedule schedule, DateTimeOffset after, DateTimeOffset until)
    {
        var all = new List<DateTimeOffset>();
        for (var next = ScheduleTimes.Next(schedule, after); next <= until; next = ScheduleTimes.Next(schedule, next.Value))
        {
            all.Add(next.Value);
        }

        return all;
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text + "Z", CultureInfo.InvariantCulture);

    private static DateTimeOffset? AtOrNone(string? text) => text is null ? null : At(text);
}
