using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Jobs;

/// <summary>Job definitions: what is derived, what is ignored, jobs into another tenant. Source: the definitions and documents.</summary>
internal static class DefinitionRules
{
    private const string Tenant = "6f6d4fa0-6d1f-4a5e-9a55-6d8b7a3b1f01";
    private static readonly Kind Definitions = Kind.Of("jobDefinitions");

    public static IReadOnlyList<Rule> All { get; } =
    [
        Rule.OfVersion("JOB-DEF-009", "A definition without an agent has neither agent name nor agent id.", NoAgentAsync)
            .From(Sources.Recorded),
        Rule.OfVersion("JOB-DEF-010", "The ids of source, target and agent in a request are ignored.", IdsAsync).From(Sources.Definition),
        Rule.OfVersion("JOB-DEF-011", "The latest run in a request is ignored.", LatestAsync).From(Sources.Definition),
        Rule.OfVersion("JOB-DEF-012", "Endpoint names are not case-sensitive.", CasingAsync).From(Sources.Rpc),
        Rule.OfVersion("JOB-DEF-013", "A subpath with and without its outer slashes is the same subpath.", SlashesAsync)
            .From(Sources.Mover),
        Rule.OfVersion("JOB-DEF-014", "Removing the agent by a PATCH removes its id.", TakeAgentAsync).From(Sources.Rpc),
        Rule.OfVersion("JOB-DEF-015", "One endpoint can be the source of many definitions.", SharedAsync).From(Sources.Documents),
        Rule.OfVersion("JOB-DEF-016", "A definition in another project of the storage mover uses the same endpoints.", OtherProjectAsync)
            .From(Sources.Documents),
        OfTenants("JOB-DEF-017", "A job into another tenant names the tenant and the endpoint there.", EchoAsync),
        OfTenants("JOB-DEF-018", "A job into another tenant without tenant or endpoint is refused: 400.", IncompleteAsync),
        OfTenants("JOB-DEF-019", "A target in another tenant is refused for any job but a cloud job: 400.", OnPremAsync),
        OfTenants("JOB-DEF-020", "A tenant id that is not a GUID is refused: 400.", WrongTenantAsync),
        OfTenants("JOB-DEF-021", "A cross-tenant job's values in the other tenant cannot be changed: 400.", FixedAsync),
        OfTenants("JOB-DEF-022", "An unknown sync mode is kept or refused with 400: the enum is open.", SyncModeAsync),
    ];

    private static Rule OfTenants(string id, string title, Func<Bench, Task> run) => Rule.OfVersion(
        id, title, run, api => Definitions.PropertiesOf(api).Properties.ContainsKey("isCrossTenantJob")).From(Sources.Definition);

    private static JsonObject With(Bench bench, params (string Name, JsonNode? Value)[] properties)
    {
        var body = Definitions.Minimal(bench);
        foreach (var (name, value) in properties)
        {
            body["properties"]![name] = value;
        }

        return body;
    }

    private static Task<Exchange> PutAsync(Bench bench, JsonObject body, string? path = null) =>
        bench.SendAsync("PUT", path ?? bench.Fresh(Definitions), body);

    private static async Task NoAgentAsync(Bench bench)
    {
        var put = await bench.CreateAsync(Definitions, bench.Fresh(Definitions));
        put.Holds(!put.Properties().ContainsKey("agentName") && !put.Properties().ContainsKey("agentResourceId"),
            "The definition has an agent.");
    }

    private static async Task IdsAsync(Bench bench)
    {
        var wrong = $"{bench.Mover}/endpoints/elsewhere";
        var put = (await PutAsync(bench, With(bench, ("sourceResourceId", wrong), ("targetResourceId", wrong)))).Status(200, 201);
        put.Same($"{bench.Mover}/endpoints/{Bench.Source}", put.Properties()["sourceResourceId"], "The source's id")
            .Same($"{bench.Mover}/endpoints/{Bench.Target}", put.Properties()["targetResourceId"], "The target's id");
    }

    private static async Task LatestAsync(Bench bench)
    {
        var put = (await PutAsync(bench, With(bench, ("latestJobRunName", "mine"), ("latestJobRunStatus", "Succeeded")))).Status(200, 201);
        put.Holds(!put.Properties().ContainsKey("latestJobRunName") && !put.Properties().ContainsKey("latestJobRunStatus"),
            "The value was accepted.");
    }

    private static async Task CasingAsync(Bench bench) =>
        (await PutAsync(bench, With(bench, ("sourceName", Bench.Source.ToUpperInvariant())))).Status(200, 201);

    private static async Task SlashesAsync(Bench bench)
    {
        var path = bench.Fresh(Definitions);
        (await PutAsync(bench, With(bench, ("sourceSubpath", "/below")), path)).Status(200, 201);
        (await PutAsync(bench, With(bench, ("sourceSubpath", "below/")), path)).Status(200);
        (await PutAsync(bench, With(bench, ("sourceSubpath", "beyond")), path)).Error(400);
    }

    private static async Task TakeAgentAsync(Bench bench)
    {
        var path = await JobRules.ReadyAsync(bench);
        var patch = (await bench.SendAsync("PATCH", path, PatchRules.Body(bench, Definitions, ("agentName", null)))).Status(200);
        patch.Holds(!patch.Properties().ContainsKey("agentResourceId"), "The agent's id is still set.");
    }

    private static async Task SharedAsync(Bench bench)
    {
        await bench.CreateAsync(Definitions, bench.Fresh(Definitions));
        (await PutAsync(bench, With(bench, ("targetName", Bench.OtherTarget)))).Status(200, 201);
    }

    private static async Task OtherProjectAsync(Bench bench)
    {
        var project = bench.Fresh(Kind.Of("projects"));
        await bench.CreateAsync(Kind.Of("projects"), project);
        var put = (await PutAsync(bench, Definitions.Minimal(bench), $"{project}/jobDefinitions/j")).Status(200, 201);
        put.Same($"{bench.Mover}/endpoints/{Bench.Source}", put.Properties()["sourceResourceId"], "The source's id");
    }

    private static async Task<string> SourceAsync(Bench bench)
    {
        var kind = Kind.OfEndpoint("AzureStorageBlobContainer");
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        body["properties"]!["endpointKind"] = "Source";
        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        return path.Split('/')[^1];
    }

    private static string Foreign =>
        $"/subscriptions/{Tenant}/resourceGroups/theirs/providers/Microsoft.StorageMover/storageMovers/m/endpoints/e";

    private static async Task<JsonObject> CrossAsync(Bench bench) => With(
        bench, ("sourceName", await SourceAsync(bench)), ("targetName", "theirs"), ("jobType", "CloudToCloud"), ("isCrossTenantJob", true),
        ("crossTenantEndpointTenantId", Tenant), ("crossTenantEndpointResourceId", Foreign));

    private static async Task EchoAsync(Bench bench)
    {
        var put = (await PutAsync(bench, await CrossAsync(bench))).Status(200, 201);
        put.Same(true, put.Properties()["isCrossTenantJob"], "The cross-tenant flag")
            .Same(Tenant, put.Properties()["crossTenantEndpointTenantId"], "The tenant")
            .Same(Foreign, put.Properties()["crossTenantEndpointResourceId"], "The endpoint");
    }

    private static async Task IncompleteAsync(Bench bench)
    {
        foreach (var missing in new[] { "crossTenantEndpointTenantId", "crossTenantEndpointResourceId" })
        {
            var body = await CrossAsync(bench);
            body["properties"]!.AsObject().Remove(missing);
            (await PutAsync(bench, body)).Error(400);
        }
    }

    private static async Task OnPremAsync(Bench bench)
    {
        var body = await CrossAsync(bench);
        body["properties"]!["sourceName"] = Bench.Source;
        body["properties"]!["jobType"] = "OnPremToCloud";
        (await PutAsync(bench, body)).Error(400);
    }

    private static async Task WrongTenantAsync(Bench bench)
    {
        var body = await CrossAsync(bench);
        body["properties"]!["crossTenantEndpointTenantId"] = "contoso.com";
        (await PutAsync(bench, body)).Error(400);
    }

    private static async Task FixedAsync(Bench bench)
    {
        var path = bench.Fresh(Definitions);
        var body = await CrossAsync(bench);
        (await PutAsync(bench, body, path)).Status(200, 201);
        body["properties"]!["crossTenantEndpointTenantId"] = Tenant.Replace("6f6d", "7f7d", StringComparison.Ordinal);
        (await PutAsync(bench, body, path)).Error(400);
    }

    private static async Task SyncModeAsync(Bench bench)
    {
        var put = (await PutAsync(bench, With(bench, ("syncMode", "ByMoonlight")))).Status(200, 201, 400);
        put.Holds(put.Status == 400 || (string?)put.Properties()["syncMode"] == "ByMoonlight", "The value was changed.");
    }
}
