using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules;

/// <summary>What single resource types add: endpoints, agents, connections, schedules. Source: the definitions and documents.</summary>
internal static class ResourceRules
{
    private static readonly Kind Agents = Kind.Of("agents");
    private static readonly Kind Definitions = Kind.Of("jobDefinitions");

    private static readonly (string Subject, Func<JsonObject> Value)[] Allowed =
    [
        ("day", () => Samples.UploadLimits(10)),
        ("pause", () => Samples.UploadLimits(0)),
        ("most", () => Samples.UploadLimits(int.MaxValue)),
        ("midnight", () => Samples.UploadLimits(10, startHour: 18, endHour: 24, minute: 0)),
        ("two", () => Two(Samples.Recurrence(10, "Monday", 0, 9), Samples.Recurrence(20, "Monday", 9, 18))),
    ];

    private static readonly (string Subject, Func<JsonObject> Value)[] Refused =
    [
        ("negative", () => Samples.UploadLimits(-1)),
        ("backwards", () => Samples.UploadLimits(10, startHour: 18, endHour: 9)),
        ("quarter", () => Samples.UploadLimits(10, minute: 15)),
        ("hour-25", () => Samples.UploadLimits(10, endHour: 25, minute: 0)),
        ("past-midnight", () => Samples.UploadLimits(10, endHour: 24, minute: 30)),
        ("day-unknown", () => Samples.UploadLimits(10, day: "Funday")),
        ("overlap", () => Two(Samples.Recurrence(10, "Monday", 8, 12), Samples.Recurrence(20, "Monday", 11, 18))),
        ("limit-missing", () => WithoutLimit()),
    ];

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("END-001", "Every enum value that the definition lists is accepted and returned.", EnumValues),
        new("END-002", "A value that an extensible enum does not list is either accepted or refused with 400.", UnknownValues),
        new("END-003", "An id of another resource type is refused: 400.", WrongIds),
        Rule.OfVersion("END-004", "An endpoint without its type is refused: 400.", NoTypeAsync),
        Rule.OfVersion("END-005", "An unknown endpoint type is refused: 400.", UnknownTypeAsync),
        Rule.OfVersion("END-006", "The type of an endpoint cannot be changed: 400.", OtherTypeAsync),
        Rule.OfVersion("END-007", "A system-assigned identity is created once, returned in full, and kept by a PATCH.", IdentityAsync,
            api => api.Definition("Endpoint")?["properties"]?["identity"] is not null),
        Rule.OfVersion("END-008", "A secret's address must be https, and a secret value is refused.", SecretAsync,
            api => Kind.OfEndpoint("SmbMount").IsIn(api)),
        Rule.OfVersion("END-009", "An endpoint kind that the type does not support is refused: 400.", EndpointKindAsync,
            api => Kind.OfEndpoint("AzureMultiCloudConnector") is { } cloud && cloud.IsIn(api)
                && cloud.PropertiesOf(api).Properties.ContainsKey("endpointKind")),
        new("AGENT-001", "An upload limit that the documentation allows is stored unchanged.", Limits(Allowed, isAllowed: true)),
        new("AGENT-002", "An upload limit that the documentation does not allow is refused: 400.", Limits(Refused, isAllowed: false)),
        Rule.OfVersion("AGENT-003", "An agent with an invalid machine id or VM id is refused: 400.", MachineAsync),
        Rule.OfVersion("AGENT-004", "Telemetry in a request is ignored.", TelemetryAsync),
        Rule.OfVersion("CONN-001", "A new connection is pending and names its private endpoint.", PendingAsync,
            api => Kind.Of("connections").IsIn(api)),
        Rule.OfVersion("SCHED-001", "A schedule's dates are cut to midnight UTC.", MidnightAsync, HasSchedule),
        new("SCHED-002", "An impossible schedule is refused: 400.", BadSchedules),
        new("SCHED-003", "Each frequency that the definition lists is accepted.", Frequencies),
    ];

    private static JsonObject Two(JsonObject one, JsonObject other) => new() { ["weeklyRecurrences"] = new JsonArray(one, other) };

    private static JsonObject WithoutLimit()
    {
        var recurrence = Samples.Recurrence(10, "Monday", 9, 18);
        recurrence.Remove("limitInMbps");
        return new() { ["weeklyRecurrences"] = new JsonArray(recurrence) };
    }

    private static IEnumerable<(Kind Kind, string Property, JsonObject Schema)> Enums(ApiDefinition api) =>
        from kind in Kind.In(api)
        from property in kind.PropertiesOf(api).Properties.OrderBy(p => p.Key, StringComparer.Ordinal)
        where property.Key is not ("endpointType" or "endpointKind" or "jobType") && !ObjectShape.IsReadOnly(api, property.Value)
        let schema = api.Resolve(property.Value)
        where schema["enum"] is JsonArray
        select (kind, property.Key, schema);

    private static IEnumerable<Case> EnumValues(ApiDefinition api) =>
        from one in Enums(api)
        from value in one.Schema["enum"]!.AsArray().Select(v => (string?)v ?? string.Empty)
        select new Case($"{one.Kind.Name}.{one.Property}.{value}", bench => EnumValueAsync(bench, one.Kind, one.Property, value));

    private static async Task EnumValueAsync(Bench bench, Kind kind, string property, string value)
    {
        var body = kind.Minimal(bench);
        body["properties"]![property] = value;
        var put = (await bench.SendAsync("PUT", bench.Fresh(kind), body)).Status(200, 201);
        if (property is not "dataIntegrityValidation")
        {
            put.Same(value, put.Properties()[property], $"The property '{property}'");
        }
    }

    private static IEnumerable<Case> UnknownValues(ApiDefinition api) =>
        Enums(api).Select(one => new Case($"{one.Kind.Name}.{one.Property}", bench => UnknownValueAsync(bench, one.Kind, one.Property)));

    private static async Task UnknownValueAsync(Bench bench, Kind kind, string property)
    {
        var body = kind.Minimal(bench);
        body["properties"]![property] = "NotYetInvented";
        var answer = (await bench.SendAsync("PUT", bench.Fresh(kind), body)).Status(200, 201, 400);
        if (answer.Status != 400)
        {
            answer.Same("NotYetInvented", answer.Properties()[property], $"The property '{property}'");
        }
    }

    private static IEnumerable<Case> WrongIds(ApiDefinition api) =>
        from kind in Kind.In(api)
        from property in kind.PropertiesOf(api).Properties
        where (string?)api.Resolve(property.Value)["format"] == "arm-id" && kind.RequiredIn(api).Contains(property.Key,
            StringComparer.Ordinal)
        from value in new[] { ("type", "/subscriptions/s/resourceGroups/g/providers/Contoso.Homes/houses/h"), ("text", "not an id") }
        select new Case($"{kind.Name}.{property.Key}.{value.Item1}", bench => WrongIdAsync(bench, kind, property.Key, value.Item2));

    private static async Task WrongIdAsync(Bench bench, Kind kind, string property, string value)
    {
        var body = kind.Minimal(bench);
        body["properties"]![property] = value;
        (await bench.SendAsync("PUT", bench.Fresh(kind), body)).Error(400);
    }

    private static async Task NoTypeAsync(Bench bench)
    {
        var body = Kind.Of("endpoints").Minimal(bench);
        body["properties"]!.AsObject().Remove("endpointType");
        (await bench.SendAsync("PUT", bench.Fresh(Kind.Of("endpoints")), body)).Error(400);
    }

    private static async Task UnknownTypeAsync(Bench bench)
    {
        var body = new JsonObject { ["properties"] = new JsonObject { ["endpointType"] = "Floppy", ["host"] = "h" } };
        (await bench.SendAsync("PUT", bench.Fresh(Kind.Of("endpoints")), body)).Error(400);
    }

    private static async Task OtherTypeAsync(Bench bench)
    {
        var path = bench.Fresh(Kind.Of("endpoints"));
        await bench.CreateAsync(Kind.Of("endpoints"), path);
        (await bench.SendAsync("PUT", path, Kind.OfEndpoint("AzureStorageBlobContainer").Minimal(bench))).Error(400);
    }

    private static async Task IdentityAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("AzureStorageBlobContainer");
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        body["identity"] = new JsonObject { ["type"] = "SystemAssigned" };
        var put = (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        put.Holds(Guid.TryParse((string?)put.Object()["identity"]?["principalId"], out _), "The principal id is missing.")
            .Holds(Guid.TryParse((string?)put.Object()["identity"]?["tenantId"], out _), "The tenant id is missing.");
        var patch = await bench.SendAsync("PATCH", path, PatchRules.Body(bench, kind, ("description", "patched")));
        patch.Status(200).Same(put.Object()["identity"], patch.Object()["identity"], "The identity");
    }

    private static async Task SecretAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("SmbMount");
        var body = kind.Full(bench);
        body["properties"]!["credentials"]!["passwordUri"] = "pa$$word";
        var answer = (await bench.SendAsync("PUT", bench.Fresh(kind), body)).Error(400);
        answer.Holds(!answer.Body.Contains("pa$$word", StringComparison.Ordinal), "The response repeats a value that may be a secret.");
    }

    private static async Task EndpointKindAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("AzureMultiCloudConnector");
        var body = kind.Minimal(bench);
        body["properties"]!["endpointKind"] = "Target";
        (await bench.SendAsync("PUT", bench.Fresh(kind), body)).Error(400, "InvalidRequestPropertyValue");
    }

    private static Func<ApiDefinition, IEnumerable<Case>> Limits((string Subject, Func<JsonObject> Value)[] table, bool isAllowed) => api =>
        Agents.PropertiesOf(api).Properties.ContainsKey("uploadLimitSchedule")
            ? table.Select(row => new Case(row.Subject, bench => LimitAsync(bench, row.Value(), isAllowed)))
            : [];

    private static async Task LimitAsync(Bench bench, JsonObject limits, bool isAllowed)
    {
        var body = Agents.Minimal(bench);
        body["properties"]!["uploadLimitSchedule"] = limits;
        var put = await bench.SendAsync("PUT", bench.Fresh(Agents), body);
        if (isAllowed)
        {
            put.Status(200, 201).Same(limits, put.Properties()["uploadLimitSchedule"], "The upload limit");
        }
        else
        {
            put.Error(400);
        }
    }

    private static async Task MachineAsync(Bench bench)
    {
        var body = Agents.Minimal(bench);
        body["properties"]!["arcVmUuid"] = "not a uuid";
        (await bench.SendAsync("PUT", bench.Fresh(Agents), body)).Error(400);
        body = Agents.Minimal(bench);
        body["properties"]!["arcResourceId"] = $"{bench.Group}/providers/Microsoft.Compute/virtualMachines/v";
        (await bench.SendAsync("PUT", bench.Fresh(Agents), body)).Error(400);
    }

    private static async Task TelemetryAsync(Bench bench)
    {
        var body = Agents.Minimal(bench);
        body["properties"]!["agentVersion"] = "999.0.0";
        body["properties"]!["memoryInMB"] = 1;
        var put = (await bench.SendAsync("PUT", bench.Fresh(Agents), body)).Status(200, 201);
        put.Holds((string?)put.Properties()["agentVersion"] != "999.0.0" && !put.Properties().ContainsKey("memoryInMB"),
            "The value was accepted.");
    }

    private static async Task PendingAsync(Bench bench)
    {
        var put = await bench.CreateAsync(Kind.Of("connections"), bench.Fresh(Kind.Of("connections")));
        put.Holds((string?)put.Properties()["connectionStatus"] is "Pending" or "Approved", "The status is neither pending nor approved.")
            .Holds(put.Properties().ContainsKey("privateEndpointResourceId"), "The private endpoint is not named.");
    }

    private static bool HasSchedule(ApiDefinition api) => Definitions.PropertiesOf(api).Properties.ContainsKey("schedule");

    private static async Task<Exchange> ScheduleAsync(Bench bench, JsonObject schedule)
    {
        var body = Definitions.Minimal(bench);
        body["properties"]!["agentName"] = Bench.Agent;
        body["properties"]!["schedule"] = schedule;
        return await bench.SendAsync("PUT", bench.Fresh(Definitions), body);
    }

    private static async Task MidnightAsync(Bench bench)
    {
        var schedule = Samples.Schedule(bench, isActive: false);
        schedule["startDate"] = Samples.Day(bench, 1).Replace("T00:00:00Z", "T06:06:13.988Z", StringComparison.Ordinal);
        var put = (await ScheduleAsync(bench, schedule)).Status(200, 201);
        put.Same(Samples.Day(bench, 1), put.Properties()["schedule"]?["startDate"], "The start date");
    }

    private static IEnumerable<Case> BadSchedules(ApiDefinition api)
    {
        (string Subject, Action<Bench, JsonObject> Spoil)[] table =
        [
            ("hour-25", (_, s) => s["executionTime"] = new JsonObject { ["hour"] = 25, ["minute"] = 0 }),
            ("minute-15", (_, s) => s["executionTime"] = new JsonObject { ["hour"] = 1, ["minute"] = 15 }),
            ("day-unknown", (_, s) => s["daysOfWeek"] = new JsonArray("Funday")),
            ("start-is-no-date", (_, s) => s["startDate"] = "tomorrow"),
        ];
        return HasSchedule(api)
            ? table.Select(row => new Case(row.Subject, async bench =>
            {
                var schedule = Samples.Schedule(bench, isActive: true);
                row.Spoil(bench, schedule);
                (await ScheduleAsync(bench, schedule)).Error(400);
            }))
            : [];
    }

    private static IEnumerable<Case> Frequencies(ApiDefinition api) => HasSchedule(api)
        ? (api.Definition("Frequency")?["enum"] as JsonArray ?? []).Select(v => (string?)v ?? string.Empty)
            .Select(frequency => new Case(frequency, bench => FrequencyAsync(bench, frequency)))
        : [];

    private static async Task FrequencyAsync(Bench bench, string frequency)
    {
        var schedule = Samples.Schedule(bench, isActive: false);
        schedule["frequency"] = frequency;
        if (frequency != "Weekly")
        {
            schedule.Remove("daysOfWeek");
        }

        if (frequency == "Monthly")
        {
            schedule["daysOfMonth"] = new JsonArray(1, 15);
        }

        if (frequency == "Hourly")
        {
            schedule["repeatInterval"] = "1H";
        }

        var put = (await ScheduleAsync(bench, schedule)).Status(200, 201);
        put.Same(frequency, put.Properties()["schedule"]?["frequency"], "The frequency");
    }
}
