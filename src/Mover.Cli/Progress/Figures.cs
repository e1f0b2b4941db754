using System.Globalization;

namespace Mover.Cli.Progress;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    private static readonly string[] ByteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (bytes >= 1024 && unit < ByteUnits.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes.ToString(unit == 0 || bytes >= 100 ? "F0" : "F1", CultureInfo.InvariantCulture)} {ByteUnits[unit]}");
    }

    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => "under a second",
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:F0} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.Minutes} min {span.Seconds:D2} s"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h {span.Minutes:D2} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:F1} days"),
    };
}
