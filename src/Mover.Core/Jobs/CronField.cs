using System.Globalization;

namespace Mover.Core.Jobs;

/// <summary>One field of a cron expression: which values it names.</summary>
/// <param name="Values">A bit for each value.</param>
/// <param name="IsStar">Whether the field begins with a star: it then restricts nothing by itself.</param>
internal readonly record struct CronField(ulong Values, bool IsStar)
{
    /// <summary>Whether the field names the value.</summary>
    public bool Has(int value) => (Values >> value & 1) != 0;

    /// <summary>
    /// Reads a list of stars, values and ranges, each with a step or without; false with what is wrong. A single value with a step goes to
    /// the field's end.
    /// </summary>
    public static bool TryRead(string text, CronRange range, out CronField field, out string problem)
    {
        field = default;
        problem = string.Empty;
        var values = 0UL;
        foreach (var part in text.Split(','))
        {
            if (!TryReadPart(part, range, ref values, out problem))
            {
                return false;
            }
        }

        field = new(values, text.StartsWith('*'));
        return true;
    }

    private static bool TryReadPart(string part, CronRange range, ref ulong values, out string problem)
    {
        problem = $"'{part}' is not a valid {range.Title}: use {range.Min} to {range.Max}, a range such as {range.Min}-{range.Max}, or * "
            + "with a step such as */2.";
        var slash = part.IndexOf('/', StringComparison.Ordinal);
        var (span, step) = (slash < 0 ? part : part[..slash], 1);
        if (slash >= 0 && (!TryNumber(part[(slash + 1)..], out step) || step is < 1 or > 60))
        {
            return false;
        }

        var (first, last) = (range.Min, range.Max);
        var dash = span.IndexOf('-', StringComparison.Ordinal);
        if (span != "*" && !(dash < 0
            ? range.TryValue(span, out first)
            : range.TryValue(span[..dash], out first) && range.TryValue(span[(dash + 1)..], out last)))
        {
            return false;
        }

        // Without a step one value is one value. Sunday ends a week as well as it begins one.
        last = span != "*" && dash < 0 && slash < 0 ? first : last;
        last = dash >= 0 && range.IsWeek && last == 0 && first > 0 ? range.Max : last;
        for (var value = first; value <= last; value += step)
        {
            values |= 1UL << (range.IsWeek && value == range.Max ? 0 : value);
        }

        return first <= last;
    }

    /// <summary>Digits only: no sign, no blank.</summary>
    internal static bool TryNumber(string text, out int value)
    {
        value = 0;
        return text.Length is 1 or 2 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}

/// <summary>What a field may hold.</summary>
/// <param name="Title">What it is called.</param>
/// <param name="Min">The least value.</param>
/// <param name="Max">The greatest value; for days of the week 7, which is Sunday as 0 is.</param>
/// <param name="Names">Names of the values from <paramref name="Min"/> on; none for numbers alone.</param>
internal sealed record CronRange(string Title, int Min, int Max, IReadOnlyList<string> Names)
{
    public static readonly CronRange Minutes = new("minute", 0, 59, []);
    public static readonly CronRange Hours = new("hour", 0, 23, []);
    public static readonly CronRange DaysOfMonth = new("day of the month", 1, 31, []);
    public static readonly CronRange Months = new(
        "month", 1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]);

    public static readonly CronRange DaysOfWeek = new("day of the week", 0, 7, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]);

    public bool IsWeek => Max == 7;

    /// <summary>Reads a number or a name.</summary>
    public bool TryValue(string text, out int value)
    {
        for (var at = 0; at < Names.Count; at++)
        {
            if (Names[at].Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                value = Min + at;
                return true;
            }
        }

        return CronField.TryNumber(text, out value) && value >= Min && value <= Max;
    }
}
