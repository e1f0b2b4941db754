using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Resources;

/// <summary>
/// From which version on a property is shown, written down from the documents and not read from the definitions: a second opinion.
/// </summary>
internal static class FirstSeenRules
{
    private static readonly (string Kind, string Property, string From)[] Table =
    [
        ("agents", "uploadLimitSchedule", "2024-07-01"), ("jobDefinitions", "jobType", "2025-07-01"),
        ("jobDefinitions", "connections", "2025-08-01"), ("jobDefinitions", "schedule", "2025-12-01"),
        ("jobDefinitions", "syncMode", "2026-05-01"), ("jobDefinitions", "moverSyncedUntil", "2026-05-01"),
        ("jobDefinitions", "isCrossTenantJob", "2026-05-01"), ("endpoints", "endpointKind", "2025-12-01"),
        ("endpoints", "sourceType", "2026-05-01"), ("endpoints.AzureStorageBlobContainer", "allowedStorageAccounts", "2026-05-01"),
        ("endpoints.AzureStorageBlobContainer", "enableCrossTenantTransfer", "2026-05-01"),
    ];

    private static readonly (string Type, string From)[] Types =
    [
        ("NfsMount", "2022-07-01-preview"), ("AzureStorageBlobContainer", "2022-07-01-preview"), ("SmbMount", "2023-07-01-preview"),
        ("AzureStorageSmbFileShare", "2023-07-01-preview"), ("AzureMultiCloudConnector", "2025-07-01"),
        ("AzureStorageNfsFileShare", "2025-07-01"), ("S3WithHMAC", "2025-12-01"),
    ];

    public static IReadOnlyList<Rule> All { get; } =
    [
        new Rule("ARM-VER-011", "A property is shown from the version that introduced it, and in no earlier one.", Properties)
            .From(Sources.Documents),
        new Rule("ARM-VER-013", "An endpoint type can be created from the version that introduced it, and in no earlier one.",
            EndpointTypes)
            .From(Sources.Documents),
        Rule.OfVersion("ARM-VER-014", "NFSv4_1 is stored from 2026-05-01 on, and breaks no earlier version.", NfsVersionAsync)
            .From(Sources.Documents),
        Rule.OfVersion("ARM-VER-015", "The system-assigned identity of an endpoint is shown from 2025-07-01 on.", IdentityAsync)
            .From(Sources.Documents),
        Rule.OfVersion("ARM-VER-016", "A run shows what triggered it from 2025-12-01 on.", TriggerAsync).From(Sources.Documents),
    ];

    private static bool Has(string version, string from) => string.CompareOrdinal(version, from) >= 0;

    private static Kind KindOf(string name) =>
        name.Split('.') is [_, var type] ? Kind.OfEndpoint(type) : Kind.Of(name);

    private static IEnumerable<Case> Properties(ApiDefinition api) => Table.Select(row => new Case($"{row.Kind}.{row.Property}",
        async bench =>
    {
        var kind = KindOf(row.Kind);
        var newest = bench.In(bench.Newest);
        if (!Has(bench.Newest, row.From))
        {
            throw new NotApplicableException($"the endpoint has no version with '{row.Property}'");
        }

        var body = kind.Full(newest);
        body["properties"]![row.Property] ??= Value(row.Property);
        var path = bench.Fresh(kind);
        var call = new Call("PUT", bench.Versioned(path, bench.Newest), body.ToJsonString());
        (await bench.SendAsync(call)).Status(200, 201);
        var get = (await bench.GetAsync(path)).Status(200);
        var isShown = get.Properties().ContainsKey(row.Property);
        get.Holds(isShown == Has(bench.Version, row.From), $"'{row.Property}' is {(isShown ? "shown" : "not shown")} in {bench.Version}.");
    }));

    private static JsonNode? Value(string property) => property == "isCrossTenantJob" ? false : null;

    private static IEnumerable<Case> EndpointTypes(ApiDefinition api) => Types.Select(row => new Case(row.Type, async bench =>
    {
        var kind = Kind.OfEndpoint(row.Type);
        var body = kind.Minimal(bench.In(bench.Newest));
        var answer = await bench.SendAsync(new Call("PUT", bench.Versioned(bench.Fresh(kind)),
            body.ToJsonString()) { BendsContract = true });
        answer.Holds(Has(bench.Version, row.From) ? answer.Status is 200 or 201 : answer.Status == 400,
            $"A PUT of {row.Type} in {bench.Version} returned {answer.Status}.");
    }));

    private static async Task NfsVersionAsync(Bench bench)
    {
        var body = Kind.OfEndpoint("NfsMount").Minimal(bench);
        body["properties"]!["nfsVersion"] = "NFSv4_1";
        var path = bench.Fresh(Kind.OfEndpoint("NfsMount"));
        var answer = await bench.SendAsync(new Call("PUT", bench.Versioned(path), body.ToJsonString()) { BendsContract = true });
        if (Has(bench.Version, "2026-05-01"))
        {
            answer.Status(200, 201).Same("NFSv4_1", answer.Properties()["nfsVersion"], "The version");
        }
        else
        {
            // The enum is extensible, so an older version may take the word; it must not break on it.
            answer.Status(200, 201, 400);
        }
    }

    private static async Task IdentityAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("AzureStorageBlobContainer");
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench.In(bench.Newest));
        body["identity"] = new JsonObject { ["type"] = "SystemAssigned" };
        (await bench.SendAsync(new Call("PUT", bench.Versioned(path, bench.Newest), body.ToJsonString()))).Status(200, 201);
        var get = (await bench.GetAsync(path)).Status(200);
        var isShown = get.Object().ContainsKey("identity");
        get.Holds(isShown == Has(bench.Version, "2025-07-01"), $"The identity is {(isShown ? "shown" : "not shown")} in {bench.Version}.");
    }

    private static async Task TriggerAsync(Bench bench)
    {
        var (path, _, run) = await JobRules.StartedAsync(bench);
        var get = (await bench.GetAsync(run)).Status(200);
        await JobRules.EndAsync(bench, path);
        var isShown = get.Properties().ContainsKey("triggerType");
        get.Holds(isShown == Has(bench.Version, "2025-12-01"), $"The trigger is {(isShown ? "shown" : "not shown")} in {bench.Version}.");
    }
}
