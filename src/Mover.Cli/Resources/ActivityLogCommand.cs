using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client.Arm;

namespace Mover.Cli.Resources;

/// <summary><c>mover activity-log</c>: what was done and what was denied, with the flags of <c>az monitor activity-log</c>.</summary>
internal static class ActivityLogCommand
{
    private const string Version = "2015-04-01";
    private static readonly IReadOnlyList<Column> Columns =
    [
        new("Time", "eventTimestamp"), new("Caller", "caller"), new("Status", "status.value"), new("Operation", "operationName.value"),
        new("Resource", "resourceId"), new("CorrelationId", "correlationId"), new("Reason", "subStatus.value"),
    ];

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(new("event", string.Empty, [new("events", "event")], Columns), terminal);
        return new("activity-log", "Show which actions were performed or denied.") { List(verbs, new(terminal), terminal) };
    }

    private static Command List(NounVerbs verbs, ResultWriter results, Terminal terminal)
    {
        var start = new Option<DateTimeOffset?>("--start-time") { Description = "Start of the time range; overrides --offset." };
        var end = new Option<DateTimeOffset?>("--end-time") { Description = "End of the time range; now by default." };
        var offset = new Option<double>("--offset") { Description = "Hours before the end of the time "
            + "range.", DefaultValueFactory = _ => 6 };
        var most = new Option<int>("--max-events") { Description = "Maximum number of events, newest "
            + "first.", DefaultValueFactory = _ => 50 };
        var all = new Option<bool>("--tenant") { Description = "Events at tenant level, above all subscriptions." };
        var equal = new (Option<string?> Flag, string Name)[]
        {
            (new("--resource-group", "-g") { Description = "Only events of this resource group." }, "resourceGroupName"),
            (new("--resource-id") { Description = "Only events of this resource and the resources below it." }, "resourceUri"),
            (new("--namespace") { Description = "Only events of this resource provider." }, "resourceProvider"),
            (new("--caller") { Description = "Only events by this caller: a name, application id or object id." }, "caller"),
            (new("--status") { Description = "Only events with this status: Succeeded or Failed." }, "status"),
            (new("--correlation-id") { Description = "Only events of this request." }, "correlationId"),
        };
        return verbs.Build(
            "list", "List performed and denied actions, newest first.", null,
            [start, end, offset, most, all, .. equal.Select(e => e.Flag)],
            async (plane, parsed, format, cancel) =>
        {
            var until = parsed.GetValue(end) ?? terminal.Clock.GetUtcNow();
            var from = parsed.GetValue(start) ?? until - TimeSpan.FromHours(parsed.GetValue(offset));
            var filter = $"eventTimestamp ge '{Text(from)}' and eventTimestamp le '{Text(until)}'" + string.Concat(
                equal.Where(e => parsed.GetValue(e.Flag) is not null)
                    .Select(e => $" and {e.Name} eq '{parsed.GetValue(e.Flag)?.Replace("'", "''", StringComparison.Ordinal)}'"));
            var root = parsed.GetValue(all) ? string.Empty : "/subscriptions/" + await plane.GetSubscriptionAsync(cancel);
            results.WriteMany(format, await ReadAsync(plane, root, filter, parsed.GetValue(most), cancel), Columns);
        });
    }

    private static async Task<List<JsonObject>> ReadAsync(
        ControlPlane plane, string root, string filter, int eventsMax, CancellationToken cancel)
    {
        var events = new List<JsonObject>();
        var next = (string?)$"{root}/providers/Microsoft.Insights/eventtypes/management/values?api-version={Version}"
            + $"&$filter={Uri.EscapeDataString(filter)}";
        while (next is not null && events.Count < eventsMax)
        {
            var page = (await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, next), cancel)).Body;
            events.AddRange((page?["value"] as JsonArray ?? []).OfType<JsonObject>().Take(eventsMax - events.Count));
            next = page?["nextLink"]?.ToString() is { Length: > 0 } link ? ArmOperations.PathOf(link) : null;
        }

        return events;
    }

    private static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
