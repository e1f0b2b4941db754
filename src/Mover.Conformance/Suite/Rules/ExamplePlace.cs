using System.Text.Json.Nodes;

namespace Mover.Conformance.Suite.Rules;

/// <summary>A storage mover with what an example names, so that its request can be sent as it is.</summary>
internal sealed class ExamplePlace(Bench bench)
{
    private const string ExampleGroup = "/subscriptions/60bcfc77-6589-4da2-b7fd-f9ec9322cf95/resourceGroups/examples-rg";
    private const string ExampleMover = ExampleGroup + "/providers/Microsoft.StorageMover/storageMovers/examples-storageMoverName";

    private readonly string _mover = bench.Fresh(Kind.Of("storageMovers"));

    /// <summary>Makes what the example needs, and answers the path of the resource that it is about.</summary>
    public async Task<string> MakeAsync(Example example)
    {
        var kind = example.Request?["properties"]?["endpointType"] is { } type
            ? Kind.OfEndpoint((string?)type ?? string.Empty)
            : Kind.Of(example.Collection);
        if (kind.IsMover)
        {
            return _mover;
        }

        await bench.CreateAsync(Kind.Of("storageMovers"), _mover);
        var path = $"{_mover}/{kind.Collection}/example";
        if (kind.Collection == "jobDefinitions")
        {
            await NeighboursAsync(example);
            path = $"{_mover}/projects/project/jobDefinitions/example";
        }

        if (example.Verb != "CreateOrUpdate")
        {
            (await bench.SendAsync("PUT", path, kind.Collection == "jobDefinitions" ? Definition() : kind.Minimal(bench))).Status(200, 201);
        }

        return path;
    }

    /// <summary>The example's request with the suite's names, and dates that are not over.</summary>
    public JsonObject Mapped(JsonObject request)
    {
        var text = request.ToJsonString()
            .Replace(ExampleMover, _mover, StringComparison.Ordinal)
            .Replace(ExampleGroup, bench.Group, StringComparison.Ordinal);
        var mapped = JsonNode.Parse(text)!.AsObject();
        if (mapped.ContainsKey("location"))
        {
            mapped["location"] = bench.Location;
        }

        if (mapped["properties"]?["schedule"] is JsonObject schedule)
        {
            schedule["startDate"] = Samples.Day(bench, 1);
            schedule["endDate"] = Samples.Day(bench, 30);
        }

        return mapped;
    }

    /// <summary>True when the answer's value is one that the example's value stands for.</summary>
    public static bool IsAnswered(string property, JsonNode? sent, JsonNode? answered) => property switch
    {
        // The live service was recorded keeping these to itself.
        "preservePermissions" or "dataIntegrityValidation" => answered is null || JsonNode.DeepEquals(sent, answered),

        // The examples spell two values without the hyphen that the enum has.
        "sourceType" => Plain(sent) == Plain(answered),
        _ => JsonNode.DeepEquals(sent, answered),
    };

    private static string? Plain(JsonNode? value) => ((string?)value)?.Replace("-", string.Empty, StringComparison.Ordinal);

    private static JsonObject Definition() => new()
    {
        ["properties"] = new JsonObject
        {
            ["copyMode"] = "Additive",
            ["sourceName"] = "examples-sourceEndpointName",
            ["targetName"] = "examples-targetEndpointName",
        },
    };

    private async Task NeighboursAsync(Example example)
    {
        await bench.CreateAsync(Kind.Of("projects"), $"{_mover}/projects/project");
        foreach (var agent in new[] { "migration-agent", "dummy-agent", "updatedAgentName" })
        {
            await bench.CreateAsync(Kind.Of("agents"), $"{_mover}/agents/{agent}");
        }

        await bench.CreateAsync(Kind.Of("connections"), $"{_mover}/connections/example-connection");
        var blob = Kind.OfEndpoint("AzureStorageBlobContainer");
        var source = (string?)example.Request?["properties"]?["jobType"] switch
        {
            "CloudToCloud" => blob,
            "OnPremToCloudAgentLess" => Kind.OfEndpoint("SmbMount"),
            _ => Kind.OfEndpoint("NfsMount"),
        };
        var body = source.Minimal(bench);
        body["properties"]!["endpointKind"] = "Source";
        if (example.Request?["properties"]?["isCrossTenantJob"] is not null)
        {
            body["properties"]!["enableCrossTenantTransfer"] = true;
            body["properties"]!["allowedStorageAccounts"] = Samples.Of("allowedStorageAccounts", blob, bench);
        }

        (await bench.SendAsync("PUT", $"{_mover}/endpoints/examples-sourceEndpointName", body)).Status(200, 201);
        var target = blob.Minimal(bench);
        target["properties"]!["blobContainerName"] = "container2";
        (await bench.SendAsync("PUT", $"{_mover}/endpoints/examples-targetEndpointName", target)).Status(200, 201);
    }
}
