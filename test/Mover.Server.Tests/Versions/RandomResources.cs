using System.Text.Json.Nodes;

namespace Mover.Server.Tests.Versions;

/// <summary>Makes random resources that the newest version accepts. The same seed makes the same ones.</summary>
internal sealed class RandomResources(TestServer server, int seed)
{
    private const string Account = "/subscriptions/0a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809/resourceGroups/pg/providers/Microsoft.Storage/storageAccounts/";

    private static readonly string[] Texts = ["", "d", "with \"quotes\" and \\", "größer", "日本", "a b", new('x', 1024)];
    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    // The seed is printed by the test; nothing secret depends on these numbers.
#pragma warning disable CA5394
    private readonly Random _random = new(seed);
#pragma warning restore CA5394
    private int _made;

    private string Mover => server.Mover();

    /// <summary>What jobs need to be there.</summary>
    public async Task CreateNeighboursAsync()
    {
        await server.CreateMoverAsync();
        await server.CreateAsync(Mover + "/projects/p1", "{}");
        foreach (var (name, type, own) in new[]
        {
            ("nfs", "NfsMount", ",\"host\":\"h\",\"export\":\"/e\""), ("smb", "SmbMount", ",\"host\":\"h\",\"shareName\":\"s\""),
            ("s3", "S3WithHMAC", ",\"sourceType\":\"GCS\",\"sourceUri\":\"https://s3.example/b\""),
            ("blob", "AzureStorageBlobContainer", $",\"storageAccountResourceId\":\"{Account}a\",\"blobContainerName\":\"cont\""),
            ("from", "AzureStorageBlobContainer", $",\"storageAccountResourceId\":\"{Account}a\",\"blobContainerName\":\"cont\",\"endpointKind\":\"Source\""),
        })
        {
            await server.CreateAsync($"{Mover}/endpoints/{name}", $"{{\"properties\":{{\"endpointType\":\"{type}\"{own}}}}}");
        }
    }

    /// <summary>The path of a new resource and a body for it.</summary>
    public (string Path, JsonObject Body) Next()
    {
        var name = $"r{++_made}";
        return Pick(5) switch
        {
            0 => (server.Mover(name), new JsonObject
            {
                ["location"] = "eastus", ["tags"] = Some(() => new JsonObject { ["k"] = OneOf("", "v"), ["L"] = "ü" }), ["properties"] = Described(),
            }),
            1 => ($"{Mover}/projects/{name}", new JsonObject { ["properties"] = Described() }),
            2 => ($"{Mover}/agents/{name}", new JsonObject { ["properties"] = Agent(name) }),
            3 => (server.Definition(name), new JsonObject { ["properties"] = Job() }),
            _ => ($"{Mover}/endpoints/{name}", new JsonObject
            {
                ["identity"] = Some(() => new JsonObject { ["type"] = "SystemAssigned" }), ["properties"] = Endpoint(),
            }),
        };
    }

    public string Version() => OneOf(AllTypes.Versions);

    public string Text() => OneOf(Texts);

    public int Pick(int count) => _random.Next(count);

    public T OneOf<T>(params T[] values) => values[Pick(values.Length)];

    private JsonNode? Some(Func<JsonNode> make) => Pick(3) > 0 ? make() : null;

    private JsonObject Described()
    {
        var properties = new JsonObject();
        Add(properties, "description", () => Text());
        return properties;
    }

    private void Add(JsonObject to, string name, Func<JsonNode> make)
    {
        if (Some(make) is { } value)
        {
            to[name] = value;
        }
    }

    private JsonObject Agent(string name)
    {
        var agent = Described();
        agent["arcResourceId"] = $"{server.Group()}/providers/Microsoft.HybridCompute/machines/{name}";
        agent["arcVmUuid"] = "3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9";
        Add(agent, "uploadLimitSchedule", () => new JsonObject
        {
            ["weeklyRecurrences"] = new JsonArray(new JsonObject
            {
                ["limitInMbps"] = Pick(1000), ["days"] = new JsonArray(OneOf(Days)), ["startTime"] = new JsonObject { ["hour"] = Pick(12) },
                ["endTime"] = new JsonObject { ["hour"] = 12 + Pick(12), ["minute"] = 30 },
            }),
        });
        return agent;
    }

    private JsonObject Endpoint()
    {
        var endpoint = Described();
        var type = OneOf(
            "NfsMount", "SmbMount", "AzureStorageBlobContainer", "AzureStorageSmbFileShare", "AzureStorageNfsFileShare", "AzureMultiCloudConnector",
            "S3WithHMAC");
        endpoint["endpointType"] = type;
        Add(endpoint, "endpointKind", () => type.StartsWith("AzureStorage", StringComparison.Ordinal) ? OneOf("Source", "Target") : "Source");
        switch (type)
        {
            case "NfsMount":
                (endpoint["host"], endpoint["export"]) = ("filer", "/e");
                Add(endpoint, "nfsVersion", () => OneOf("NFSauto", "NFSv3", "NFSv4", "NFSv4_1"));
                Add(endpoint, "sourceType", () => OneOf("NfsMount", "FSX-EFS", "FSXEFS"));
                break;
            case "SmbMount":
                (endpoint["host"], endpoint["shareName"]) = ("filer", "s");
                Add(endpoint, "sourceType", () => OneOf("SmbMount", "FSX-SMB", "FSXSMB"));
                Add(endpoint, "credentials", () => Credentials("AzureKeyVaultSmb", "usernameUri", "passwordUri"));
                break;
            case "AzureMultiCloudConnector":
                endpoint["multiCloudConnectorId"] = "/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridConnectivity/publicCloudConnectors/c";
                endpoint["awsS3BucketId"] = "/subscriptions/s/resourceGroups/g/providers/Microsoft.AwsConnector/s3Buckets/b";
                break;
            case "S3WithHMAC":
                Add(endpoint, "sourceType", () => OneOf("MINIO", "IBM", "GCS", "ALIBABA", "DELL_EMC", "OTHER"));
                Add(endpoint, "sourceUri", () => "https://s3.example/b");
                Add(endpoint, "otherSourceTypeDescription", () => Text());
                Add(endpoint, "credentials", () => Credentials("AzureKeyVaultS3WithHMAC", "accessKeyUri", "secretKeyUri"));
                break;
            default:
                endpoint["storageAccountResourceId"] = Account + "a";
                endpoint[type == "AzureStorageBlobContainer" ? "blobContainerName" : "fileShareName"] = "cont";
                if (type != "AzureStorageNfsFileShare")
                {
                    Add(endpoint, "enableCrossTenantTransfer", () => Pick(2) > 0);
                    Add(endpoint, "allowedStorageAccounts", () => new JsonArray(Account + "p1", Account + "p2"));
                }

                break;
        }

        return endpoint;
    }

    private JsonObject Credentials(string type, string one, string other)
    {
        var credentials = new JsonObject { ["type"] = type };
        Add(credentials, one, () => "https://v.vault.azure.net/secrets/" + one);
        Add(credentials, other, () => "https://v.vault.azure.net/secrets/" + other);
        return credentials;
    }

    private JsonObject Job()
    {
        var job = Described();
        job["copyMode"] = OneOf("Additive", "Mirror");
        var (type, source) = OneOf<(string?, string)>(
            (null, "nfs"), ("OnPremToCloud", "smb"), ("OnPremToCloudAgentLess", "smb"), ("CloudToCloud", "s3"), ("CloudToCloud", "from"));
        job["sourceName"] = source;
        job["targetName"] = "blob";
        if (type is not null)
        {
            job["jobType"] = type;
        }

        if (source == "from")
        {
            job["isCrossTenantJob"] = true;
            job["crossTenantEndpointTenantId"] = "11111111-2222-3333-4444-555555555555";
            job["crossTenantEndpointResourceId"] =
                "/subscriptions/0a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809/resourceGroups/pg/providers/Microsoft.StorageMover/storageMovers/pm/endpoints/blob";
        }

        Add(job, "sourceSubpath", () => "a/b");
        Add(job, "agentName", () => "agent.1");
        Add(job, "connections", () => new JsonArray(Mover + "/connections/c1"));
        Add(job, "dataIntegrityValidation", () => OneOf("None", "SaveFileMD5", "SaveVerifyFileMD5"));
        Add(job, "preservePermissions", () => Pick(2) > 0);
        Add(job, "syncMode", () => OneOf("FullScan", "SnapshotBased", "Other"));
        Add(job, "moverSyncedUntil", () => "2026-05-01T01:02:03.5Z");
        Add(job, "schedule", Schedule);
        return job;
    }

    private JsonObject Schedule()
    {
        var schedule = new JsonObject();
        Add(schedule, "frequency", () => OneOf("Monthly", "Weekly", "Daily", "Onetime", "None", "Hourly"));
        Add(schedule, "isActive", () => false);
        Add(schedule, "executionTime", () => new JsonObject { ["hour"] = Pick(24), ["minute"] = OneOf(0, 30) });
        Add(schedule, "startDate", () => "2026-05-01T00:00:00Z");
        Add(schedule, "endDate", () => "2026-12-01T00:00:00Z");
        Add(schedule, "daysOfWeek", () => new JsonArray(OneOf(Days)));
        Add(schedule, "daysOfMonth", () => new JsonArray(1, 31));
        Add(schedule, "cronExpression", () => "0 0 * * *");
        Add(schedule, "repeatInterval", () => OneOf("1H", "2H"));
        return schedule;
    }
}
