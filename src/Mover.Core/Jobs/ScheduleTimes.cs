using Mover.Core.Resources;
using Mover.Core.Rules;

namespace Mover.Core.Jobs;

/// <summary>
/// When a schedule is due. Times are UTC. A schedule covers the days from its start to its end, both included; an hour of 24 is the
/// midnight after the day. A day of the month that a month does not have is its last day. A schedule without a frequency follows its cron
/// expression, and means its days as cron does. Only an active schedule is ever due. Pure.
/// </summary>
public static class ScheduleTimes
{
    /// <summary>A recurring schedule without an end is looked through this far; a monthly one is due within it.</summary>
    private const int DaysMax = 400;

    /// <summary>The first due time after a moment; null when there is none any more.</summary>
    public static DateTimeOffset? Next(JobSchedule schedule, DateTimeOffset after)
    {
        if (Span(schedule) is not { } span)
        {
            return null;
        }

        // A day before, because an hour of 24 belongs to the day that ended.
        var from = Max(DayOf(after).AddDays(-1), span.First);
        var to = Min(from.AddDays(Math.Min(span.Cron is null ? DaysMax : CronExpression.DaysMax, Left(from))), span.Last);
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            foreach (var due in Of(schedule, span, day))
            {
                if (due > after)
                {
                    return due;
                }
            }
        }

        return null;
    }

    /// <summary>The last due time after one moment and not after another; null when there is none.</summary>
    public static DateTimeOffset? Latest(JobSchedule schedule, DateTimeOffset after, DateTimeOffset until)
    {
        if (Span(schedule) is not { } span)
        {
            return null;
        }

        var from = Max(DayOf(after).AddDays(-1), span.First);
        for (var day = Min(DayOf(until), span.Last); day >= from; day = day.AddDays(-1))
        {
            DateTimeOffset? latest = null;
            foreach (var due in Of(schedule, span, day))
            {
                latest = due > after && due <= until ? due : latest;
            }

            if (latest is not null)
            {
                return latest;
            }
        }

        return null;
    }

    /// <summary>The days of an active schedule; null when it is never due.</summary>
    private static Days? Span(JobSchedule schedule)
    {
        if (schedule is not { IsActive: true, StartDate: { } start })
        {
            return null;
        }

        var first = DayOf(start);
        var last = schedule.Frequency == Frequencies.Onetime ? first
            : schedule.EndDate is { } end ? DayOf(end)
            : DateOnly.MaxValue;
        if (JobScheduleRules.FollowsCron(schedule))
        {
            return CronExpression.TryParse(schedule.CronExpression ?? string.Empty, out var cron, out _)
                ? new(first, last, TimeSpan.Zero, cron)
                : null;
        }

        return schedule.ExecutionTime is { } time
            ? new(first, last, TimeSpan.FromHours(time.Hour ?? 0) + TimeSpan.FromMinutes((double)(time.Minute ?? 0)), null)
            : null;
    }

    /// <summary>The due times of one day, in order.</summary>
    private static IEnumerable<DateTimeOffset> Of(JobSchedule schedule, Days span, DateOnly day)
    {
        if (span.Cron is { } cron)
        {
            return cron.IsDueOn(day) ? cron.TimesOfDay().Select(time => MidnightOf(day) + time) : [];
        }

        if (schedule.Frequency == Frequencies.Hourly)
        {
            return Hours(span.First, span.Time, JobScheduleRules.RepeatOf(schedule.RepeatInterval) ?? TimeSpan.FromHours(1), day);
        }

        var isDue = schedule.Frequency switch
        {
            Frequencies.Onetime => day == span.First,
            Frequencies.Daily => true,
            Frequencies.Weekly => schedule.DaysOfWeek?.Contains(day.DayOfWeek.ToString(), StringComparer.OrdinalIgnoreCase) == true,
            Frequencies.Monthly => IsMonthDay(schedule.DaysOfMonth, day),
            _ => false,
        };
        return isDue ? [MidnightOf(day) + span.Time] : [];
    }

    private static IEnumerable<DateTimeOffset> Hours(DateOnly first, TimeSpan time, TimeSpan step, DateOnly day)
    {
        var begin = MidnightOf(first) + time;
        var (from, to) = (MidnightOf(day), MidnightOf(day) + TimeSpan.FromDays(1));
        var steps = Math.Max(0, (long)Math.Ceiling((from - begin) / step));
        for (var due = begin + (steps * step); due < to; due += step)
        {
            yield return due;
        }
    }

    private static bool IsMonthDay(IReadOnlyList<int>? days, DateOnly day)
    {
        var length = DateTime.DaysInMonth(day.Year, day.Month);
        return days?.Any(wanted => Math.Min(wanted, length) == day.Day) == true;
    }

    private static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    private static DateTimeOffset MidnightOf(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static int Left(DateOnly day) => DateOnly.MaxValue.DayNumber - day.DayNumber;

    private static DateOnly Max(DateOnly left, DateOnly right) => left > right ? left : right;

    private static DateOnly Min(DateOnly left, DateOnly right) => left < right ? left : right;

    /// <summary>What a schedule covers, and when on each day; cron says its times itself.</summary>
    private sealed record Days(DateOnly First, DateOnly Last, TimeSpan Time, CronExpression? Cron);
}
