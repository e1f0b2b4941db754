using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Jobs;

/// <summary>Schedules of jobs. Source: the documents on scheduled jobs; recorded behaviour.</summary>
internal static class ScheduleRules
{
    private static readonly Kind Definitions = Kind.Of("jobDefinitions");

    public static IReadOnlyList<Rule> All { get; } =
    [
        Of("SCHED-004", "A start earlier on the same day is accepted.", Sources.Recorded, TodayAsync),
        Of("SCHED-005", "A start more than 90 days away is refused: 400.", Sources.Documents, FarAsync),
        Of("SCHED-006", "The end of a schedule is also cut to midnight UTC.", Sources.Recorded, EndAsync),
        Of("SCHED-007", "The hour 24 is accepted without minutes and refused with minutes.", Sources.Definition, MidnightAsync),
        Of("SCHED-008", "A day of the month outside 1 to 31 is refused: 400.", Sources.Definition, DayOfMonthAsync),
        Of("SCHED-009", "An inactive schedule has no required properties.", Sources.Definition, EmptyAsync),
        Of("SCHED-010", "An active weekly schedule without a day is refused: 400.", Sources.Mover, NoDayAsync),
        Of("SCHED-011", "An active schedule starts no run before it is due.", Sources.Documents, NotYetAsync),
        Of("SCHED-012", "A schedule can be switched off and on again.", Sources.Documents, SwitchAsync),
        Of("SCHED-013", "A schedule keeps all its days of the week, in order.", Sources.Recorded, DaysAsync),
        Of("SCHED-014", "A PUT without the schedule removes it.", Sources.Rpc, GoneAsync),
        Rule.OfVersion("SCHED-015", "The interval of an hourly schedule is in whole hours, such as 1H.", IntervalAsync, HasInterval)
            .From(Sources.Definition),
        Rule.OfVersion("SCHED-016", "An invalid interval is refused: 400.", WrongIntervalAsync, HasInterval).From(Sources.Mover),
        Of("SCHED-017", "A job with a schedule can also be started manually.", Sources.Documents, ByHandAsync),
    ];

    private static Rule Of(string id, string title, string source, Func<Bench, Task> run) => Rule.OfVersion(
        id, title, run, api => Definitions.PropertiesOf(api).Properties.ContainsKey("schedule")).From(source);

    private static bool HasInterval(ApiDefinition api) => api.Find("JobDefinitions_ReconcileJob") is not null;

    private static Task<Exchange> PutAsync(Bench bench, JsonObject schedule, string? path = null)
    {
        var body = Definitions.Minimal(bench);
        body["properties"]!["agentName"] = Bench.Agent;
        body["properties"]!["schedule"] = schedule;
        return bench.SendAsync("PUT", path ?? bench.Fresh(Definitions), body);
    }

    private static JsonObject With(Bench bench, string property, JsonNode? value, bool isActive = false)
    {
        var schedule = Samples.Schedule(bench, isActive);
        schedule[property] = value;
        return schedule;
    }

    private static async Task TodayAsync(Bench bench)
    {
        var put = (await PutAsync(bench, With(bench, "startDate", Samples.Day(bench, 0)))).Status(200, 201);
        put.Same(Samples.Day(bench, 0), put.Properties()["schedule"]?["startDate"], "The start");
    }

    private static async Task FarAsync(Bench bench) => (await PutAsync(bench, With(bench, "startDate", Samples.Day(bench, 95)))).Error(400);

    private static async Task EndAsync(Bench bench)
    {
        var end = Samples.Day(bench, 30).Replace("T00:00:00Z", "T23:59:59.9999999Z", StringComparison.Ordinal);
        var put = (await PutAsync(bench, With(bench, "endDate", end))).Status(200, 201);
        put.Same(Samples.Day(bench, 30), put.Properties()["schedule"]?["endDate"], "The end");
    }

    private static async Task MidnightAsync(Bench bench)
    {
        (await PutAsync(bench, With(bench, "executionTime", new JsonObject { ["hour"] = 24, ["minute"] = 0 }))).Status(200, 201);
        (await PutAsync(bench, With(bench, "executionTime", new JsonObject { ["hour"] = 24, ["minute"] = 30 }))).Error(400);
    }

    private static async Task DayOfMonthAsync(Bench bench)
    {
        foreach (var day in new[] { 0, 32, -1 })
        {
            var schedule = With(bench, "daysOfMonth", new JsonArray(day));
            schedule["frequency"] = "Monthly";
            (await PutAsync(bench, schedule)).Error(400);
        }
    }

    private static async Task EmptyAsync(Bench bench) => (await PutAsync(bench, [])).Status(200, 201);

    private static async Task NoDayAsync(Bench bench) => (await PutAsync(bench, With(bench, "daysOfWeek", new JsonArray(),
        true))).Error(400);

    private static async Task NotYetAsync(Bench bench)
    {
        var put = (await PutAsync(bench, Samples.Schedule(bench, isActive: true))).Status(200, 201);
        var runs = (await bench.GetAsync(put.Path + "/jobRuns")).Status(200);
        runs.Same(new JsonArray(), runs.Object()["value"], "The list of runs");
    }

    private static async Task SwitchAsync(Bench bench)
    {
        var path = bench.Fresh(Definitions);
        foreach (var isActive in new[] { true, false, true })
        {
            var put = (await PutAsync(bench, Samples.Schedule(bench, isActive), path)).Status(200, 201);
            put.Same(isActive, put.Properties()["schedule"]?["isActive"], "The property isActive");
        }
    }

    private static async Task DaysAsync(Bench bench)
    {
        var days = new JsonArray("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");
        var put = (await PutAsync(bench, With(bench, "daysOfWeek", days.DeepClone()))).Status(200, 201);
        put.Same(days, put.Properties()["schedule"]?["daysOfWeek"], "The days");
    }

    private static async Task GoneAsync(Bench bench)
    {
        var path = bench.Fresh(Definitions);
        (await PutAsync(bench, Samples.Schedule(bench, isActive: true), path)).Status(200, 201);
        var put = (await bench.SendAsync("PUT", path, Definitions.Minimal(bench))).Status(200);
        put.Holds(!put.Properties().ContainsKey("schedule"), "The schedule is still set.");
    }

    private static JsonObject Hourly(Bench bench, string interval)
    {
        var schedule = With(bench, "repeatInterval", interval);
        schedule["frequency"] = "Hourly";
        schedule.Remove("daysOfWeek");
        return schedule;
    }

    private static async Task IntervalAsync(Bench bench)
    {
        var put = (await PutAsync(bench, Hourly(bench, "6H"))).Status(200, 201);
        put.Same("6H", put.Properties()["schedule"]?["repeatInterval"], "The interval");
    }

    private static async Task WrongIntervalAsync(Bench bench)
    {
        foreach (var wrong in new[] { "H", "0H", "25H", "1.5H", "-1H", "1D", "hourly" })
        {
            (await PutAsync(bench, Hourly(bench, wrong))).Error(400);
        }
    }

    private static async Task ByHandAsync(Bench bench)
    {
        var put = (await PutAsync(bench, Samples.Schedule(bench, isActive: true))).Status(200, 201);
        var start = (await bench.SendAsync("POST", put.Path + "/startJob")).Status(200);
        var run = (await bench.GetAsync((string?)start.Object()["jobRunResourceId"] ?? string.Empty)).Status(200);
        await JobRules.EndAsync(bench, put.Path);
        run.Same("Manual", run.Properties()["triggerType"], "The trigger")
            .Holds(!run.Properties().ContainsKey("scheduledExecutionTime"), "The run has a scheduled time.");
    }
}
