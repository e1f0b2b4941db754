using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Core.Arm;

namespace Mover.Recovery.Snapshots;

/// <summary>A schedule in a few words. Times are UTC.</summary>
internal static class ScheduleSummary
{
    private const int CharsMax = 200;

    public static string Of(JsonObject schedule)
    {
        var frequency = Estate.TextOf(schedule["frequency"]);
        var when = Estate.TextOf(schedule["cronExpression"]) is { Length: > 0 } cron && frequency is null or "None"
            ? $"cron {Estate.TextOf(schedule["cronExpression"])} UTC"
            : $"{Named(frequency, schedule)}{TimeOf(schedule["executionTime"])}";
        var end = Estate.TextOf(schedule["endDate"]) is { Length: >= 10 } last ? $", until {last[..10]}" : string.Empty;
        var isActive = schedule["isActive"] is JsonValue active && active.TryGetValue<bool>(out var on) && on;
        return PrintedText.Of($"{when}{end}, {(isActive ? "active" : "switched off")}", CharsMax);
    }

    private static string Named(string? frequency, JsonObject schedule) => frequency switch
    {
        "Daily" => "daily",
        "Weekly" => $"weekly on {List(schedule["daysOfWeek"])}",
        "Monthly" => $"monthly on day {List(schedule["daysOfMonth"])}",
        "Hourly" => $"every {Estate.TextOf(schedule["repeatInterval"]) ?? "1H"}",
        "Onetime" => $"once on {(Estate.TextOf(schedule["startDate"]) is { Length: >= 10 } day ? day[..10] : "no date")}",
        null or "None" => "no frequency",
        var other => other,
    };

    private static string List(JsonNode? node) => string.Join(", ", (node as JsonArray ?? []).Select(one => one?.ToString()));

    private static string TimeOf(JsonNode? node) =>
        node is JsonObject time && Number(time["hour"]) is { } hour
            ? string.Create(CultureInfo.InvariantCulture, $" at {hour:D2}:{Number(time["minute"]) ?? 0:D2} UTC")
            : string.Empty;

    private static int? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;
}
