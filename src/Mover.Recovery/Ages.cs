using System.Globalization;

namespace Mover.Recovery;

/// <summary>Spans of time as people say them.</summary>
public static class Ages
{
    /// <summary>Such as <c>40 s</c>, <c>12 min</c>, <c>3 h 05 min</c> or <c>4 days</c>; negative spans count for none.</summary>
    public static string Of(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => "0 s",
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:F0} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes} min"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h {span.Minutes:D2} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} days"),
    };
}
