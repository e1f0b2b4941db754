using System.Text.Json.Nodes;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Tests.Plans;

/// <summary>A small estate as a snapshot has it.</summary>
internal static class SomeSnapshot
{
    public const string Subscription = "11111111-2222-3333-4444-555555555555";
    public const string Group = "filers";
    public const string GroupId = $"/subscriptions/{Subscription}/resourceGroups/{Group}";
    public const string Account = $"/subscriptions/{Subscription}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/acct";

    public static PlanTarget To { get; } = new("https://west.example", Subscription, "filers-west", "westus");

    public static PlanOptions Options { get; } = new() { To = To };

    /// <summary>A mover with an agent on a machine, two endpoints, a project and a scheduled job definition that has run.</summary>
    public static Snapshot Create(Action<JsonArray>? change = null)
    {
        var resources = JsonNode.Parse($$"""
            [
              {"type":"Microsoft.HybridCompute/machines","apiVersion":"2024-07-10","name":"host1","location":"eastus"},
              {"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"m1","location":"eastus","tags":{"team":"eng"} },
              {"type":"Microsoft.StorageMover/storageMovers/agents","apiVersion":"2025-12-01","name":"m1/a1",
               "dependsOn":["[resourceId('Microsoft.HybridCompute/machines', 'host1')]","[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]"],
               "properties":{"arcResourceId":"{{GroupId}}/providers/Microsoft.HybridCompute/machines/host1","arcVmUuid":"3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9"} },
              {"type":"Microsoft.StorageMover/storageMovers/endpoints","apiVersion":"2025-12-01","name":"m1/dst",
               "dependsOn":["[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]"],
               "properties":{"endpointType":"AzureStorageBlobContainer","storageAccountResourceId":"{{Account}}","blobContainerName":"c1"} },
              {"type":"Microsoft.StorageMover/storageMovers/endpoints","apiVersion":"2025-12-01","name":"m1/src",
               "dependsOn":["[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]"],
               "properties":{"endpointType":"NfsMount","host":"filer7","export":"/eng"} },
              {"type":"Microsoft.StorageMover/storageMovers/projects","apiVersion":"2025-12-01","name":"m1/p1",
               "dependsOn":["[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]"]},
              {"type":"Microsoft.StorageMover/storageMovers/projects/jobDefinitions","apiVersion":"2025-12-01","name":"m1/p1/j1",
               "dependsOn":["[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]","[resourceId('Microsoft.StorageMover/storageMovers/agents', 'm1', 'a1')]",
                 "[resourceId('Microsoft.StorageMover/storageMovers/endpoints', 'm1', 'dst')]","[resourceId('Microsoft.StorageMover/storageMovers/endpoints', 'm1', 'src')]",
                 "[resourceId('Microsoft.StorageMover/storageMovers/projects', 'm1', 'p1')]"],
               "properties":{"copyMode":"Additive","sourceName":"src","targetName":"dst","agentName":"a1",
                 "agentResourceId":"{{GroupId}}/providers/Microsoft.StorageMover/storageMovers/m1/agents/a1","latestJobRunStatus":"Succeeded",
                 "schedule":{"frequency":"Daily","isActive":true,"executionTime":{"hour":22},"startDate":"2026-01-01T00:00:00Z"} } }
            ]
            """)!.AsArray();
        change?.Invoke(resources);
        var template = new JsonObject
        {
            ["$schema"] = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            ["contentVersion"] = "1.0.0.0",
            ["parameters"] = new JsonObject(),
            ["variables"] = new JsonObject(),
            ["resources"] = resources,
        };
        return new(template, new()
        {
            Format = SnapshotManifest.CurrentFormat,
            TakenAt = new(2026, 11, 30, 1, 2, 3, TimeSpan.Zero),
            TakenBy = "0.1.0",
            Source = new("https://east.example", Subscription, Group, null, "eastus"),
            TemplateDigest = SnapshotFolder.DigestOf(RecoveryJson.ToBytes(template)),
            Agents = [new($"{GroupId}/providers/Microsoft.StorageMover/storageMovers/m1/agents/a1", null, null)],
            StorageAccounts = [new(Account, "eastus", "Standard_LRS")],
        });
    }
}
