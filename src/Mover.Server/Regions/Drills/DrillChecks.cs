using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.StorageMovers;
using Mover.State.Mirror;

namespace Mover.Server.Regions.Drills;

/// <summary>What a promoted copy must be able to do; each is a request of the drill's caller to the scratch control plane.</summary>
internal sealed class DrillChecks(DrillClient client, string subscription, TimeProvider clock)
{
    private static readonly TimeSpan ServingMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan GoneMax = TimeSpan.FromSeconds(30);

    private readonly string _root = ResourceId.OfSubscription(subscription).Text;
    private readonly string _group = $"{ResourceId.OfSubscription(subscription).Text}/resourceGroups/mover-drill-{Guid.NewGuid():n}";

    /// <summary>The failover itself, as an operator orders it; answers from the order to the first write that was taken.</summary>
    public async Task<(string Detail, TimeSpan ToServing)> TakeOverAsync(string lost, string location, CancellationToken cancel)
    {
        var begun = clock.GetTimestamp();
        var order = new JsonObject { ["unplanned"] = lost, ["force"] = false }.ToJsonString();
        var taken = await client.DoAsync("POST", _root + "/region/failover?", order, cancel);
        var status = await client.UntilAsync(
            "GET", _root + "/region?", null,
            answer => $"{answer.Body?["duty"]}" == nameof(RegionDuty.Serving) && answer.Body?["moving"]?.GetValue<bool>() == false,
            ServingMax, cancel);
        if ($"{status.Body?["duty"]}" != nameof(RegionDuty.Serving))
        {
            throw new DrillException($"The copy did not start serving within {ServingMax.TotalSeconds:F0} s. {status.Problem}");
        }

        // Refused for good is an answer as well: the check of writes tells why.
        var written = await client.UntilAsync(
            "PUT", _group, new JsonObject { ["location"] = location }.ToJsonString(),
            answer => answer.Status is not 0 and < 500, ServingMax, cancel);
        return written.IsSuccess
            ? ($"It serves in epoch {taken["epoch"]} and accepted a write.", clock.GetElapsedTime(begun))
            : throw new DrillException($"It serves in epoch {taken["epoch"]} but does not accept writes. {written.Problem}");
    }

    /// <summary>The token that the caller has is accepted.</summary>
    public async Task<string> TokenAsync(CancellationToken cancel)
    {
        await client.DoAsync("GET", _root, null, cancel);
        return "The caller's token is accepted.";
    }

    /// <summary>The lists show what the copy holds.</summary>
    public async Task<string> ListsAsync(DrillCounts copy, CancellationToken cancel)
    {
        var counts = await DrillCounts.OfListsAsync(client, subscription, cancel);
        return counts.DiffersFrom(copy) is { } differs
            ? throw new DrillException($"The lists differ from the copy, or the caller cannot read all of it: {differs}.")
            : string.Create(CultureInfo.InvariantCulture, $"{copy.Total} resources are listed, "
                + $"with the same number of each type as in the copy.");
    }

    /// <summary>A job that is made for it is started, up to its agent's queue: it has no agent that would fetch it.</summary>
    public async Task<string> StartAsync(string location, CancellationToken cancel)
    {
        var mover = $"{_group}/providers/{ResourceTypes.StorageMover}/drill";
        var project = $"{mover}/{Project.Described.Collection}/drill";
        var job = $"{project}/{JobDefinition.Described.Collection}/drill";
        await PutAsync(mover, new() { ["location"] = location });
        await PutAsync($"{mover}/{StorageEndpoint.Described.Collection}/source", Of(
            ("endpointType", StorageEndpointTypes.NfsMount), ("host", "drill.invalid"), ("export", "/drill")));
        await PutAsync($"{mover}/{StorageEndpoint.Described.Collection}/target", Of(
            ("endpointType", StorageEndpointTypes.AzureStorageBlobContainer),
            ("storageAccountResourceId", $"{_group}/providers/Microsoft.Storage/storageAccounts/moverdrill"),
            ("blobContainerName", "drill")));
        await PutAsync($"{mover}/{MoverAgent.Described.Collection}/drill", Of(
            ("arcResourceId", $"{_group}/providers/Microsoft.HybridCompute/machines/drill"), ("arcVmUuid", Guid.NewGuid().ToString())));
        await PutAsync(project, []);
        await PutAsync(job, Of(
            ("copyMode", "Additive"), ("sourceName", "source"), ("targetName", "target"), ("agentName", "drill")));
        var version = $"?api-version={ApiVersions.StorageMoverLatest}";
        await client.DoAsync("POST", $"{job}/startJob{version}", null, cancel);
        var status = $"{(await client.DoAsync("GET", job, null, cancel))["properties"]?["latestJobRunStatus"]}";
        return status == JobRunStatuses.Queued ? "A job was started and waits in its agent's queue."
            : throw new DrillException($"A job was started, but its run is '{status}' and not in its agent's queue.");

        async Task PutAsync(string path, JsonObject body) => await client.DoAsync("PUT", path, body.ToJsonString(), cancel);
    }

    /// <summary>What was written is deleted again.</summary>
    public async Task<string> DeleteAsync(CancellationToken cancel)
    {
        await client.DoAsync("DELETE", _group, null, cancel);
        var gone = await client.UntilAsync("GET", _group, null, answer => answer.Status == 404, GoneMax, cancel);
        return gone.Status == 404 ? "The test writes were deleted again."
            : throw new DrillException($"The test writes still exist {GoneMax.TotalSeconds:F0} s after they were deleted. {gone.Problem}");
    }

    private static JsonObject Of(params (string Name, string Value)[] properties) => new()
    {
        ["properties"] = new JsonObject(properties.Select(one => KeyValuePair.Create(one.Name, (JsonNode?)JsonValue.Create(one.Value)))),
    };
}
