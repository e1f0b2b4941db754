using System.Text.Json.Nodes;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Tests.Snapshots;

/// <summary>Snapshots that are not taken from a server.</summary>
internal static class SnapshotSamples
{
    private const string Mover = "Microsoft.StorageMover/storageMovers";

    /// <summary>A snapshot of these resources.</summary>
    public static Snapshot Of(params JsonObject[] resources)
    {
        var template = new JsonObject
        {
            ["$schema"] = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            ["contentVersion"] = "1.0.0.0",
            ["parameters"] = new JsonObject(),
            ["variables"] = new JsonObject(),
            ["resources"] = new JsonArray([.. resources.Select(one => (JsonNode)one)]),
        };
        return new(template, new()
        {
            Format = SnapshotManifest.CurrentFormat,
            TakenAt = DateTimeOffset.UnixEpoch,
            TakenBy = "0.1.0",
            Reads = 2,
            Source = new("https://mover.example", "00000000-0000-0000-0000-000000000000", "g1", null, "eastus"),
            TemplateDigest = SnapshotFolder.DigestOf(RecoveryJson.ToBytes(template)),
        });
    }

    public static Snapshot TakenAt(this Snapshot snapshot, DateTimeOffset at) => snapshot with { Manifest = snapshot.Manifest with { TakenAt = at } };

    public static JsonObject StorageMover(string name = "m1", string? description = null) =>
        Resource(Mover, name, description is null ? [] : [("description", description)]);

    public static JsonObject Endpoint(string name, string export) =>
        Resource(Mover + "/endpoints", $"m1/{name}", ("endpointType", "NfsMount"), ("export", export), ("host", "filer"));

    public static JsonObject Job(string name, string description = "one") =>
        Resource(Mover + "/projects/jobDefinitions", $"m1/p1/{name}", ("copyMode", "Additive"), ("description", description));

    public static JsonObject Resource(string type, string name, params (string Name, string Value)[] properties) => new()
    {
        ["type"] = type, ["apiVersion"] = "2026-05-01", ["name"] = name,
        ["properties"] = new JsonObject(properties.Select(one => KeyValuePair.Create(one.Name, (JsonNode?)one.Value))),
    };
}
