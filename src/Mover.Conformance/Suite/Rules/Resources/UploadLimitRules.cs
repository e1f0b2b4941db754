using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Resources;

/// <summary>The upload limits of agents. Source: Storage Mover's documents on bandwidth management; recorded behaviour.</summary>
internal static class UploadLimitRules
{
    private const string Property = "uploadLimitSchedule";
    private static readonly Kind Agents = Kind.Of("agents");

    public static IReadOnlyList<Rule> All { get; } =
    [
        Of("AGENT-005", "An empty list in a PATCH removes the upload limit.", Sources.Documents, ClearAsync),
        Of("AGENT-006", "A PUT without the upload limit removes it.", Sources.Recorded, LeftOutAsync),
        Of("AGENT-007", "A PATCH replaces the whole upload limit.", Sources.Documents, ReplaceAsync),
        Of("AGENT-008", "A time without minutes is the full hour.", Sources.Definition, NoMinuteAsync),
        Of("AGENT-009", "Minutes may be written as a number with a zero fraction.", Sources.Documents, FractionAsync),
        Of("AGENT-010", "A recurrence without a day, or with a day twice, is refused: 400.", Sources.Definition, DaysAsync),
        Of("AGENT-011", "Several days share one recurrence.", Sources.Documents, ManyDaysAsync),
        Of("AGENT-012", "Recurrences on different days do not overlap.", Sources.Documents, PerDayAsync),
        Of("AGENT-013", "Recurrences that overlap on one shared day are refused: 400.", Sources.Documents, SharedDayAsync),
        Of("AGENT-014", "A recurrence that ends when it starts is refused: 400.", Sources.Documents, NothingAsync),
        Of("AGENT-015", "A limit that is not a whole number is refused: 400.", Sources.Definition, WrongLimitAsync),
        Of("AGENT-016", "A recurrence without a start or an end is refused: 400.", Sources.Definition, NoTimeAsync),
        Of("AGENT-017", "A PATCH of another property keeps the upload limit.", Sources.Rpc, StaysAsync),
        Rule.OfVersion("AGENT-018", "An agent's status is one of the definition's.", StatusAsync).From(Sources.Definition),
        Rule.OfVersion("AGENT-019", "The id of an agent's machine is not case-sensitive: another casing is not a change.",
            MachineCasingAsync).From(Sources.Rpc),
    ];

    private static Rule Of(string id, string title, string source, Func<Bench, Task> run) => Rule.OfVersion(
        id, title, run, api => Agents.PropertiesOf(api).Properties.ContainsKey(Property)).From(source);

    private static JsonObject Limits(params JsonObject[] recurrences) => new() { ["weeklyRecurrences"] = new JsonArray([.. recurrences]) };

    private static JsonObject OnDays(JsonObject recurrence, params string[] days)
    {
        recurrence["days"] = new JsonArray([.. days.Select(day => (JsonNode?)JsonValue.Create(day))]);
        return recurrence;
    }

    private static Task<Exchange> PutAsync(Bench bench, JsonObject limits, string? path = null)
    {
        var body = Agents.Minimal(bench);
        body["properties"]![Property] = limits;
        return bench.SendAsync("PUT", path ?? bench.Fresh(Agents), body);
    }

    private static async Task<string> MadeAsync(Bench bench)
    {
        var path = bench.Fresh(Agents);
        (await PutAsync(bench, Samples.UploadLimits(10), path)).Status(200, 201);
        return path;
    }

    private static Task<Exchange> PatchAsync(Bench bench, string path, string name, JsonNode value) =>
        bench.SendAsync("PATCH", path, PatchRules.Body(bench, Agents, (name, value)));

    private static async Task IsGoneAsync(Bench bench, string path)
    {
        var get = (await bench.GetAsync(path)).Status(200);
        var left = get.Properties()[Property]?["weeklyRecurrences"] as JsonArray ?? [];
        get.Holds(left.Count == 0, $"{left.Count} recurrences are left.");
    }

    private static async Task ClearAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        (await PatchAsync(bench, path, Property, Limits())).Status(200);
        await IsGoneAsync(bench, path);
    }

    private static async Task LeftOutAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        (await bench.SendAsync("PUT", path, Agents.Minimal(bench))).Status(200);
        await IsGoneAsync(bench, path);
    }

    private static async Task ReplaceAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var other = Samples.UploadLimits(20, day: "Friday");
        var patch = (await PatchAsync(bench, path, Property, other.DeepClone())).Status(200);
        patch.Same(other, patch.Properties()[Property], "The upload limit");
    }

    private static async Task NoMinuteAsync(Bench bench)
    {
        var recurrence = Samples.Recurrence(10, "Monday", 9, 18);
        recurrence["startTime"]!.AsObject().Remove("minute");
        var put = (await PutAsync(bench, Limits(recurrence))).Status(200, 201);
        var start = put.Properties()[Property]?["weeklyRecurrences"]?[0]?["startTime"];
        put.Same(9, start?["hour"], "The hour").Same(0, start?["minute"] ?? 0, "The minute");
    }

    private static async Task FractionAsync(Bench bench)
    {
        var recurrence = Samples.Recurrence(10, "Monday", 9, 18);
        recurrence["startTime"]!["minute"] = JsonNode.Parse("30.0");
        (await PutAsync(bench, Limits(recurrence))).Status(200, 201);
    }

    private static async Task DaysAsync(Bench bench)
    {
        (await PutAsync(bench, Limits(OnDays(Samples.Recurrence(10, "Monday", 9, 18))))).Error(400);
        (await PutAsync(bench, Limits(OnDays(Samples.Recurrence(10, "Monday", 9, 18), "Monday", "Monday")))).Error(400);
    }

    private static async Task ManyDaysAsync(Bench bench)
    {
        var limits = Limits(OnDays(Samples.Recurrence(10, "Monday", 9, 18), "Monday", "Wednesday", "Sunday"));
        var put = (await PutAsync(bench, limits.DeepClone().AsObject())).Status(200, 201);
        put.Same(limits, put.Properties()[Property], "The upload limit");
    }

    private static async Task PerDayAsync(Bench bench) => (await PutAsync(
        bench, Limits(Samples.Recurrence(10, "Monday", 9, 18), Samples.Recurrence(20, "Tuesday", 9, 18)))).Status(200, 201);

    private static async Task SharedDayAsync(Bench bench) => (await PutAsync(bench, Limits(
        OnDays(Samples.Recurrence(10, "Monday", 9, 18), "Monday", "Tuesday"),
        OnDays(Samples.Recurrence(20, "Monday", 17, 20), "Tuesday", "Friday")))).Error(400);

    private static async Task NothingAsync(Bench bench) =>
        (await PutAsync(bench, Samples.UploadLimits(10, startHour: 9, endHour: 9, minute: 0))).Error(400);

    private static async Task WrongLimitAsync(Bench bench)
    {
        foreach (var wrong in new JsonNode[] { 1.5, "10", 2_147_483_648 })
        {
            var recurrence = Samples.Recurrence(10, "Monday", 9, 18);
            recurrence["limitInMbps"] = wrong;
            (await PutAsync(bench, Limits(recurrence))).Error(400);
        }
    }

    private static async Task NoTimeAsync(Bench bench)
    {
        foreach (var missing in new[] { "startTime", "endTime" })
        {
            var recurrence = Samples.Recurrence(10, "Monday", 9, 18);
            recurrence.Remove(missing);
            (await PutAsync(bench, Limits(recurrence))).Error(400);
        }
    }

    private static async Task StaysAsync(Bench bench)
    {
        var path = await MadeAsync(bench);
        var patch = (await PatchAsync(bench, path, "description", "patched")).Status(200);
        patch.Same(Samples.UploadLimits(10), patch.Properties()[Property], "The upload limit");
    }

    private static async Task StatusAsync(Bench bench)
    {
        var get = (await bench.GetAsync($"{bench.Mover}/agents/{Bench.Agent}")).Status(200);
        get.Holds(
            (string?)get.Properties()["agentStatus"] is "Registering" or "Offline" or "Online" or "Executing" or "RequiresAttention"
                or "Unregistering",
            $"The status is '{get.Properties()["agentStatus"]}'.");
    }

    private static async Task MachineCasingAsync(Bench bench)
    {
        var path = bench.Fresh(Agents);
        await bench.CreateAsync(Agents, path);
        var body = Agents.Minimal(bench);
        var machine = (string?)body["properties"]?["arcResourceId"] ?? string.Empty;
        body["properties"]!["arcResourceId"] = machine.Replace("resourceGroups", "resourcegroups", StringComparison.Ordinal);
        (await bench.SendAsync("PUT", path, body)).Status(200);
    }
}
