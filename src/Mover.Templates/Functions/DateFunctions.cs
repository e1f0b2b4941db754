using System.Globalization;
using System.Xml;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions of dates and times, all in UTC. A year of a duration is 365 days and a month 30.</summary>
internal static class DateFunctions
{
    private const string Iso = "yyyy-MM-ddTHH:mm:ssZ";
    private const string Basic = "yyyyMMddTHHmmssZ";

    public static IReadOnlyList<Function> All { get; } =
    [
        new("utcNow", 0, 1, call => call.Scope.IsParameterDefault
            ? Text(call, call.Scope.Context.Now.UtcDateTime, call.TextOrNull(0) ?? Basic)
            : throw ReferenceFunctions.NotHere(call.Name)),
        new("dateTimeAdd", 2, 3, Add),
        new("dateTimeToEpoch", 1, 1, call => TemplateValue.Of(
            (long)Math.Floor((Parse(call, call.Text(0)) - DateTime.UnixEpoch).TotalSeconds))),
        new("dateTimeFromEpoch", 1, 1, FromEpoch),
    ];

    private static TemplateValue Add(FunctionCall call)
    {
        var start = Parse(call, call.Text(0));
        try
        {
            return Text(call, start + XmlConvert.ToTimeSpan(call.Text(1)), call.TextOrNull(2) ?? Iso);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException)
        {
            throw Invalid(call, $"The second parameter '{call.Text(1)}' is not a valid ISO8601 Duration string");
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Invalid(call, $"The result of '{call.Text(0)}' and '{call.Text(1)}' is not a date between the years 1 and 9999");
        }
    }

    private static TemplateValue FromEpoch(FunctionCall call)
    {
        var seconds = call[0] switch
        {
            IntegerValue number => number.Value,
            StringValue text when long.TryParse(text.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number,
            _ => throw call.WrongType(0, "Integer"),
        };
        try
        {
            return Text(call, DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime, Iso);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Invalid(call, $"The first parameter '{seconds}' is not a date between the years 1 and 9999");
        }
    }

    private static DateTime Parse(FunctionCall call, string text) =>
        DateTime.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Invalid(call, $"The first parameter '{text}' is not a valid ISO8601 date time string");

    private static TemplateValue Text(FunctionCall call, DateTime time, string format)
    {
        try
        {
            return TemplateValue.Of(time.ToString(format, CultureInfo.InvariantCulture));
        }
        catch (FormatException)
        {
            throw Invalid(call, $"The format '{format}' is not valid");
        }
    }

    private static TemplateException Invalid(FunctionCall call, string why) =>
        new($"The template function '{call.Name}' has an invalid parameter. {why}. Please see https://aka.ms/arm-syntax-functions");
}
