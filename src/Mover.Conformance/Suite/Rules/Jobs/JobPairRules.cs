using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Suite.Rules.Jobs;

/// <summary>What can be moved where. Source: Storage Mover's table of sources and targets.</summary>
internal static class JobPairRules
{
    private const string Blob = "AzureStorageBlobContainer";
    private const string Smb = "AzureStorageSmbFileShare";
    private const string Nfs = "AzureStorageNfsFileShare";
    private static readonly Kind Definitions = Kind.Of("jobDefinitions");

    private static readonly (string Source, string Target, string JobType)[] Allowed =
    [
        ("SmbMount", Smb, "OnPremToCloud"), ("SmbMount", Blob, "OnPremToCloud"), ("NfsMount", Blob, "OnPremToCloud"),
        ("NfsMount", Nfs, "OnPremToCloud"), ("AzureMultiCloudConnector", Blob, "CloudToCloud"), ("S3WithHMAC", Blob, "CloudToCloud"),
        (Blob, Blob, "CloudToCloud"), ("SmbMount", Smb, "OnPremToCloudAgentLess"), ("SmbMount", Blob, "OnPremToCloudAgentLess"),
    ];

    private static readonly (string Source, string Target, string JobType)[] Refused =
    [
        ("NfsMount", Smb, "OnPremToCloud"), ("SmbMount", Nfs, "OnPremToCloud"), ("AzureMultiCloudConnector", Smb, "CloudToCloud"),
        ("S3WithHMAC", Nfs, "CloudToCloud"), ("AzureMultiCloudConnector", Blob, "OnPremToCloud"), ("NfsMount", Blob, "CloudToCloud"),
        ("SmbMount", Blob, "CloudToCloud"),
    ];

    public static IReadOnlyList<Rule> All { get; } =
    [
        new Rule("JOB-PAIR-001", "A documented pair of source and target can be defined as a job.", api => Cases(api, Allowed, true))
            .From(Sources.Documents),
        new Rule("JOB-PAIR-002", "An undocumented pair of source and target is refused: 400.",
            api => Cases(api, Refused, false)).From(Sources.Documents),
        new Rule("JOB-PAIR-003", "A file share in Azure is refused as a source: 400.", FileShares).From(Sources.Documents),
        Rule.OfVersion("JOB-PAIR-004", "A container that was created as a target is refused as a source: 400.", KindAsync,
            api => Kind.Of("endpoints").PropertiesOf(api).Properties.ContainsKey("endpointKind")).From(Sources.Documents),
        Rule.OfVersion("JOB-PAIR-005", "A cloud job shows no map of sources and targets, even if a request gives one.", MapAsync,
            api => Kind.OfEndpoint("AzureMultiCloudConnector").IsIn(api)).From(Sources.Recorded),
        Rule.OfVersion("JOB-PAIR-006", "A job that an agent runs shows no map of sources and targets.", NoMapAsync,
            api => Kind.OfEndpoint("AzureMultiCloudConnector").IsIn(api)).From(Sources.Documents),
    ];

    private static bool HasJobType(ApiDefinition api, string jobType) => jobType switch
    {
        "OnPremToCloud" => true,
        "CloudToCloud" => Definitions.PropertiesOf(api).Properties.ContainsKey("jobType"),
        _ => api.Find("JobDefinitions_ReconcileJob") is not null,
    };

    private static IEnumerable<Case> Cases(ApiDefinition api, (string Source, string Target, string JobType)[] table, bool isAllowed) =>
        from row in table
        where HasJobType(api, row.JobType) && Kind.OfEndpoint(row.Source).IsIn(api) && Kind.OfEndpoint(row.Target).IsIn(api)
        select new Case($"{row.Source}-{row.Target}-{row.JobType}", bench => PairAsync(bench, row.Source, row.Target, row.JobType,
            isAllowed));

    private static async Task<string> EndAsync(Bench bench, string type, bool isSource)
    {
        var kind = Kind.OfEndpoint(type);
        var path = bench.Fresh(kind);
        var body = kind.Minimal(bench);
        if (Kind.Of("endpoints").PropertiesOf(bench.Api).Properties.ContainsKey("endpointKind"))
        {
            body["properties"]!["endpointKind"] = isSource ? "Source" : "Target";
        }

        (await bench.SendAsync("PUT", path, body)).Status(200, 201);
        return path.Split('/')[^1];
    }

    private static async Task<Exchange> JobAsync(Bench bench, string source, string target, string jobType, JsonObject? more = null)
    {
        var properties = more ?? [];
        properties["sourceName"] = source;
        properties["targetName"] = target;
        properties["copyMode"] = "Additive";
        if (Definitions.PropertiesOf(bench.Api).Properties.ContainsKey("jobType"))
        {
            properties["jobType"] = jobType;
        }

        return await bench.SendAsync("PUT", bench.Fresh(Definitions), new JsonObject { ["properties"] = properties });
    }

    private static async Task PairAsync(Bench bench, string source, string target, string jobType, bool isAllowed)
    {
        var (from, to) = (await EndAsync(bench, source, true), await EndAsync(bench, target, false));
        var put = await JobAsync(bench, from, to, jobType);
        if (isAllowed)
        {
            put.Status(200, 201);
        }
        else
        {
            put.Error(400);
        }
    }

    private static IEnumerable<Case> FileShares(ApiDefinition api) =>
        from type in new[] { Smb, Nfs }
        where Kind.OfEndpoint(type).IsIn(api)
        select new Case(type, async bench =>
        {
            var share = bench.Fresh(Kind.OfEndpoint(type));
            await bench.CreateAsync(Kind.OfEndpoint(type), share);
            (await JobAsync(bench, share.Split('/')[^1], Bench.Target, "OnPremToCloud")).Error(400);
        });

    private static async Task KindAsync(Bench bench)
    {
        var target = await EndAsync(bench, Blob, false);
        (await JobAsync(bench, target, Bench.Target, "CloudToCloud")).Error(400);
    }

    private static async Task MapAsync(Bench bench)
    {
        var source = await EndAsync(bench, "AzureMultiCloudConnector", true);
        var more = new JsonObject { ["sourceTargetMap"] = new JsonObject { ["value"] = new JsonArray() } };
        var put = (await JobAsync(bench, source, Bench.Target, "CloudToCloud", more)).Status(200, 201);
        put.Holds(!put.Properties().ContainsKey("sourceTargetMap"), "The job shows a map.");
    }

    private static async Task NoMapAsync(Bench bench)
    {
        var put = await bench.CreateAsync(Definitions, bench.Fresh(Definitions));
        put.Holds(!put.Properties().ContainsKey("sourceTargetMap"), "The job shows a map.");
    }
}
