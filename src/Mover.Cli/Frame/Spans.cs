using System.CommandLine;
using System.Globalization;

namespace Mover.Cli.Frame;

/// <summary>Spans of time on the command line: a whole number and <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>, such as <c>15m</c>.</summary>
internal static class Spans
{
    private static readonly TimeSpan Min = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromDays(30);

    public static Option<string> Flag(string name, string description, TimeSpan usual) => new(name)
    {
        Description = description,
        HelpName = "time",
        DefaultValueFactory = _ => Text(usual),
    };

    public static TimeSpan Read(ParseResult parsed, Option<string> flag) => Read(parsed.GetRequiredValue(flag), flag.Name);

    /// <summary>The span that a text says; <paramref name="flag"/> stands in the refusal.</summary>
    public static TimeSpan Read(string text, string flag)
    {
        var unit = text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        return unit > 0 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && TimeSpan.FromSeconds((long)number * unit) is var span && span >= Min && span <= Max
                ? span
                : throw CliException.Usage(
                    $"'{text}' is not a valid duration for {flag}.", "Use a whole number with s, m, h or d, "
                        + "such as 30s or 15m; at most 30d.");
    }

    private static string Text(TimeSpan span) => span.TotalSeconds % 60 == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:F0}m")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:F0}s");
}
