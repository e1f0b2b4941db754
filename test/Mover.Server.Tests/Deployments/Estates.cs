using System.Text.Json.Nodes;

namespace Mover.Server.Tests.Deployments;

/// <summary>Random estates as templates; a seed always gives the same.</summary>
internal sealed class Estates(int seed)
{
    private static readonly string[] Texts = ["one", "two", "", "[not an expression]", "[[twice]", "it's", "ü 😀", "a\\b\"c", "/subscriptions/x"];

    private readonly Random _random = new(seed);

    /// <summary>A template of some movers with projects, endpoints and job definitions, and accounts and machines.</summary>
    public string Next()
    {
        var resources = new JsonArray();
        foreach (var mover in Some("m", 3))
        {
            resources.Add(Resource("Microsoft.StorageMover/storageMovers", mover, [], Text(), tracked: true));
            foreach (var project in Some("p", 3))
            {
                resources.Add(Resource("Microsoft.StorageMover/storageMovers/projects", $"{mover}/{project}", [Mover(mover)], Text()));
            }

            if (_random.Next(2) == 0)
            {
                AddJob(resources, mover);
            }
        }

        foreach (var machine in Some("host-", 2))
        {
            var one = Resource("Microsoft.HybridCompute/machines", machine, [], null, tracked: true, "2024-07-10");
            one["properties"] = new JsonObject { ["vmId"] = "3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9", ["osName"] = "linux" };
            resources.Add((JsonNode)one);
        }

        return new JsonObject
        {
            ["$schema"] = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            ["contentVersion"] = "1.0.0.0",
            ["resources"] = new JsonArray([.. resources.Select(one => one!.DeepClone()).OrderBy(_ => _random.Next())]),
        }.ToJsonString();
    }

    private void AddJob(JsonArray resources, string mover)
    {
        var source = Resource("Microsoft.StorageMover/storageMovers/endpoints", $"{mover}/src", [Mover(mover)], null);
        source["properties"] = new JsonObject { ["endpointType"] = "NfsMount", ["host"] = "filer", ["export"] = "/data", ["description"] = Escaped(Text()) };
        var target = Resource("Microsoft.StorageMover/storageMovers/endpoints", $"{mover}/dst", [Mover(mover)], null);
        target["properties"] = new JsonObject
        {
            ["endpointType"] = "AzureStorageBlobContainer",
            ["storageAccountResourceId"] = "[resourceId('elsewhere', 'Microsoft.Storage/storageAccounts', 'acc')]",
            ["blobContainerName"] = "cont",
        };
        var project = Resource("Microsoft.StorageMover/storageMovers/projects", $"{mover}/jobs", [Mover(mover)], null);
        var job = Resource(
            "Microsoft.StorageMover/storageMovers/projects/jobDefinitions", $"{mover}/jobs/j1",
            [
                $"[resourceId('Microsoft.StorageMover/storageMovers/projects', '{mover}', 'jobs')]",
                $"[resourceId('Microsoft.StorageMover/storageMovers/endpoints', '{mover}', 'src')]",
                $"[resourceId('Microsoft.StorageMover/storageMovers/endpoints', '{mover}', 'dst')]",
            ],
            Text());
        job["properties"]!["copyMode"] = _random.Next(2) == 0 ? "Additive" : "Mirror";
        job["properties"]!["sourceName"] = "src";
        job["properties"]!["targetName"] = "dst";
        foreach (var one in new[] { source, target, project, job })
        {
            resources.Add((JsonNode)one);
        }
    }

    private JsonObject Resource(
        string type, string name, string[] dependsOn, string? description, bool tracked = false, string version = "2025-07-01")
    {
        var made = new JsonObject { ["type"] = type, ["apiVersion"] = version, ["name"] = name };
        if (tracked)
        {
            made["location"] = "eastus";
            made["tags"] = new JsonObject { ["owner"] = Escaped(Text()), ["Wave"] = "1" };
        }

        made["dependsOn"] = new JsonArray([.. dependsOn.Select(one => (JsonNode)one)]);
        made["properties"] = description is null ? new JsonObject() : new JsonObject { ["description"] = Escaped(description) };
        return made;
    }

    private string Text() => Texts[_random.Next(Texts.Length)];

    private static string Escaped(string text) => text.StartsWith('[') && text.EndsWith(']') ? "[" + text : text;

    private static string Mover(string name) => $"[resourceId('Microsoft.StorageMover/storageMovers', '{name}')]";

    private IEnumerable<string> Some(string prefix, int max) => Enumerable.Range(0, max).Where(_ => _random.Next(3) > 0).Select(at => $"{prefix}{at}");
}
