using System.Diagnostics.CodeAnalysis;

namespace Mover.Core.Jobs;

/// <summary>
/// A cron expression of five fields: minute, hour, day of the month, month, day of the week; in UTC. Fields hold lists, ranges, steps and
/// names. When both day fields restrict, a day that fits one of them is due; a field that begins with a star restricts nothing, so that
/// then both have to fit. Source: crontab(5), the POSIX rule of <c>crontab</c>. Immutable.
/// </summary>
public sealed class CronExpression
{
    /// <summary>Characters of an expression.</summary>
    public const int CharsMax = 256;

    /// <summary>
    /// Days within which whatever is ever due is due: 29 February on a given day of the week comes again within 40 years, over a century's
    /// end too.
    /// </summary>
    public const int DaysMax = 40 * 366;

    private const int FieldsMax = 5;

    private readonly CronField _minutes;
    private readonly CronField _hours;
    private readonly CronField _daysOfMonth;
    private readonly CronField _months;
    private readonly CronField _daysOfWeek;

    private CronExpression(CronField[] fields)
    {
        (_minutes, _hours, _daysOfMonth, _months, _daysOfWeek) = (fields[0], fields[1], fields[2], fields[3], fields[4]);
    }

    /// <summary>Reads an expression; false with one sentence that says what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CronExpression? expression, out string problem)
    {
        expression = null;
        if (text.Length > CharsMax)
        {
            problem = $"A cron expression can have at most {CharsMax} characters.";
            return false;
        }

        var parts = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != FieldsMax)
        {
            problem = "A cron expression has five fields (minute, hour, day of the month, month, day of the week); "
                + $"this one has {parts.Length}.";
            return false;
        }

        var fields = new CronField[FieldsMax];
        CronRange[] ranges = [CronRange.Minutes, CronRange.Hours, CronRange.DaysOfMonth, CronRange.Months, CronRange.DaysOfWeek];
        for (var at = 0; at < FieldsMax; at++)
        {
            if (!CronField.TryRead(parts[at], ranges[at], out fields[at], out problem))
            {
                return false;
            }
        }

        var read = new CronExpression(fields);
        if (!read.IsEverDue())
        {
            problem = "No month has the day that the expression specifies.";
            return false;
        }

        (expression, problem) = (read, string.Empty);
        return true;
    }

    /// <summary>Whether any time of the day is due.</summary>
    public bool IsDueOn(DateOnly day)
    {
        if (!_months.Has(day.Month))
        {
            return false;
        }

        var (ofMonth, ofWeek) = (_daysOfMonth.Has(day.Day), _daysOfWeek.Has((int)day.DayOfWeek));
        return _daysOfMonth.IsStar || _daysOfWeek.IsStar ? ofMonth && ofWeek : ofMonth || ofWeek;
    }

    /// <summary>The times of a day that is due, in order.</summary>
    public IEnumerable<TimeSpan> TimesOfDay()
    {
        for (var hour = 0; hour < 24; hour++)
        {
            for (var minute = 0; _hours.Has(hour) && minute < 60; minute++)
            {
                if (_minutes.Has(minute))
                {
                    yield return new(hour, minute, 0);
                }
            }
        }
    }

    private bool IsEverDue()
    {
        var first = new DateOnly(2000, 1, 1);
        for (var at = 0; at < DaysMax; at++)
        {
            if (IsDueOn(first.AddDays(at)))
            {
                return true;
            }
        }

        return false;
    }
}
