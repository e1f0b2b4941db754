using System.Globalization;
using Mover.Core.Jobs;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>
/// Rules of a job's schedule. Dates are cut to midnight UTC of their date, as the live service was recorded doing. A schedule that ends
/// before it starts is kept even when it is switched on, because the API's own examples have one; it is never due. Pure.
/// </summary>
public static class JobScheduleRules
{
    private const string Path = "properties.schedule";

    /// <summary>The latest start. Source: Storage Mover's scheduled jobs.</summary>
    public static readonly TimeSpan StartWithin = TimeSpan.FromDays(90);

    private const int RepeatHoursMax = 24;

    /// <summary>Adds every problem of the schedule, and returns it as it is kept.</summary>
    public static JobSchedule? Check(Problems problems, JobSchedule? asked, DateTimeOffset now)
    {
        if (asked is null)
        {
            return null;
        }

        var frequency = problems.Known(Path + ".frequency", asked.Frequency, Frequencies.All);
        if (asked.ExecutionTime is not null)
        {
            HalfHours.Check(problems, Path + ".executionTime", asked.ExecutionTime);
        }

        Days(problems, asked);
        var start = Midnight(asked.StartDate);
        var end = Midnight(asked.EndDate);
        if (start > now + StartWithin)
        {
            problems.Add(Path + ".startDate", $"A schedule must start within {StartWithin.Days} days.");
        }

        if (asked.RepeatInterval is not null && RepeatOf(asked.RepeatInterval) is null)
        {
            problems.Add(Path + ".repeatInterval", $"The interval must be 1 to {RepeatHoursMax} hours, such as '1H'.");
        }

        if (asked.IsActive == true)
        {
            Active(problems, asked, frequency);
        }

        return asked with { Frequency = frequency, StartDate = start, EndDate = end };
    }

    /// <summary>Whether the cron expression says when the schedule is due: there is one, and no frequency.</summary>
    public static bool FollowsCron(JobSchedule schedule) =>
        schedule.Frequency is null or Frequencies.None && !string.IsNullOrWhiteSpace(schedule.CronExpression);

    /// <summary>The time between two runs of an hourly schedule; an hour when nothing is said, null when the text is none.</summary>
    public static TimeSpan? RepeatOf(string? interval) =>
        interval is null ? TimeSpan.FromHours(1)
            : interval.EndsWith('H') && int.TryParse(interval.AsSpan(0, interval.Length - 1), NumberStyles.None,
                CultureInfo.InvariantCulture, out var hours) && hours is >= 1 and <= RepeatHoursMax
                ? TimeSpan.FromHours(hours)
                : null;

    private static DateTimeOffset? Midnight(DateTimeOffset? time) => time is { } t ? new(t.UtcDateTime.Date, TimeSpan.Zero) : null;

    private static void Days(Problems problems, JobSchedule asked)
    {
        if (asked.DaysOfWeek is { } week && week.Any(day => !WeekDays.All.Contains(day, StringComparer.OrdinalIgnoreCase)))
        {
            problems.Add(Path + ".daysOfWeek", $"Days of the week must be '{string.Join("', '", WeekDays.All)}'.");
        }

        if (asked.DaysOfMonth is { } month && month.Any(day => day is < 1 or > 31))
        {
            problems.Add(Path + ".daysOfMonth", "Days of the month must be 1 to 31.");
        }

        if (!string.IsNullOrWhiteSpace(asked.CronExpression)
            && !CronExpression.TryParse(asked.CronExpression, out _, out var wrong))
        {
            problems.Add(Path + ".cronExpression", wrong);
        }
    }

    private static void Active(Problems problems, JobSchedule asked, string? frequency)
    {
        if (!string.IsNullOrWhiteSpace(asked.CronExpression))
        {
            ActiveCron(problems, asked, frequency);
            return;
        }

        if (frequency is Frequencies.Weekly && asked.DaysOfWeek is not { Count: > 0 })
        {
            problems.Add(Path + ".daysOfWeek", "An active weekly schedule must have at least one day.");
        }

        if (frequency is Frequencies.Monthly && asked.DaysOfMonth is not { Count: > 0 })
        {
            problems.Add(Path + ".daysOfMonth", "An active monthly schedule must have at least one day.");
        }

        if (frequency is null or Frequencies.None)
        {
            problems.Add(Path + ".frequency", "An active schedule must have a frequency or a cronExpression.");
        }
        else if (asked.StartDate is null || asked.ExecutionTime is null)
        {
            problems.Add(Path, "An active schedule must have a startDate and an executionTime.");
        }
        else if (frequency != Frequencies.Onetime && asked.EndDate is null)
        {
            problems.Add(Path + ".endDate", "An active recurring schedule must have an endDate.");
        }
    }

    // Two answers to when runs start are none: nobody has to guess which one counts.
    private static void ActiveCron(Problems problems, JobSchedule asked, string? frequency)
    {
        if (frequency is not null and not Frequencies.None || asked.ExecutionTime is not null || asked.RepeatInterval is not null
            || asked.DaysOfWeek is { Count: > 0 } || asked.DaysOfMonth is { Count: > 0 })
        {
            problems.Add(
                Path + ".cronExpression", "A schedule with a cronExpression cannot use other timing properties. Set the frequency to None "
                + "and omit executionTime, repeatInterval, daysOfWeek and daysOfMonth, or omit the cronExpression.");
        }

        if (asked.StartDate is null || asked.EndDate is null)
        {
            problems.Add(Path, "An active schedule with a cronExpression must have a startDate and an endDate.");
        }
    }
}
