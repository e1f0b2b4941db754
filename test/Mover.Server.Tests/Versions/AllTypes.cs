using System.Text.Json.Nodes;

namespace Mover.Server.Tests.Versions;

/// <summary>A server that has one resource of every type; tests only read it.</summary>
public sealed class AllTypesServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    /// <summary>Paths of the resources with the names of their shapes.</summary>
    public IReadOnlyDictionary<string, string> Shapes { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await TestServer.StartAsync(testFile: nameof(ApiVersionTests));
        Shapes = await Server.CreateAllTypesAsync();
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>One resource of every type and endpoint type, with everything that the newest version can say.</summary>
public static class AllTypes
{
    public const string Newest = "2026-05-01";

    private const string Accounts = "/subscriptions/0a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809/resourceGroups/pg/providers/Microsoft.Storage/storageAccounts/";

    /// <summary>Every version, oldest first.</summary>
    public static readonly string[] Versions =
    [
        "2022-07-01-preview", "2023-03-01", "2023-07-01-preview", "2023-10-01", "2024-07-01", "2025-07-01", "2025-08-01", "2025-12-01", Newest,
    ];

    /// <summary>Creates all of them and answers their paths with the name of their shape.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> CreateAllTypesAsync(this TestServer server)
    {
        await server.CreateGroupAsync();
        var shapes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, shape, body) in All(server))
        {
            await server.CreateAsync(TestServer.Versioned(path, Newest), body);
            shapes.Add(path, shape);
        }

        var started = await (await server.PostAsync(server.Definition() + "/startJob")).JsonAsync();
        shapes.Add((string)started["jobRunResourceId"]!, "jobRuns");
        return shapes;
    }

    public static async Task<JsonObject> ReadAsync(this TestServer server, string path, string version) =>
        await (await server.GetAsync(TestServer.Versioned(path, version))).JsonAsync();

    private static IEnumerable<(string Path, string Shape, string Body)> All(TestServer server)
    {
        var mover = server.Mover();
        var identity = "\"identity\":{\"type\":\"SystemAssigned\"},";
        var account = $"\"storageAccountResourceId\":\"{Accounts}a\"";
        var partner = $"\"enableCrossTenantTransfer\":true,\"allowedStorageAccounts\":[\"{Accounts}p1\",\"{Accounts}p2\"]";
        yield return (mover, "storageMovers", """{"location":"eastus","tags":{"a":"b"},"properties":{"description":"d"}}""");
        yield return (mover + "/projects/p1", "projects", """{"properties":{"description":"d"}}""");
        yield return (mover + "/connections/c1", "connections", $$$$"""{"properties":{"description":"d","privateLinkServiceId":"{{{{server.Group()}}}}/providers/Microsoft.Network/privateLinkServices/pls","jobList":["{{{{server.Definition()}}}}"]}}""");
        yield return (mover + "/agents/a1", "agents", $$$$"""{"properties":{"description":"d","arcResourceId":"{{{{server.Group()}}}}/providers/Microsoft.HybridCompute/machines/a1","arcVmUuid":"3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9","uploadLimitSchedule":{"weeklyRecurrences":[{"limitInMbps":10,"days":["Monday"],"startTime":{"hour":9},"endTime":{"hour":18,"minute":30}}]}}}""");
        yield return (mover + "/endpoints/src", "NfsMount", $$$$"""{{{{{identity}}}}"properties":{"endpointType":"NfsMount","description":"d","host":"filer","export":"/data","nfsVersion":"NFSv4_1","sourceType":"FSX-EFS","endpointKind":"Source"}}""");
        yield return (mover + "/endpoints/smb", "SmbMount", $$$$"""{{{{{identity}}}}"properties":{"endpointType":"SmbMount","description":"d","host":"filer","shareName":"s","sourceType":"FSXSMB","endpointKind":"Source","credentials":{"type":"AzureKeyVaultSmb","usernameUri":"https://v.vault.azure.net/secrets/u","passwordUri":"https://v.vault.azure.net/secrets/p"}}}""");
        yield return (mover + "/endpoints/dst", "AzureStorageBlobContainer", $$$$"""{{{{{identity}}}}"properties":{"endpointType":"AzureStorageBlobContainer","description":"d",{{{{account}}}},"blobContainerName":"cont","endpointKind":"Target",{{{{partner}}}}}}""");
        yield return (mover + "/endpoints/blob", "AzureStorageBlobContainer", $$$$"""{{{{{identity}}}}"properties":{"endpointType":"AzureStorageBlobContainer","description":"d",{{{{account}}}},"blobContainerName":"cont2","endpointKind":"Source",{{{{partner}}}}}}""");
        yield return (mover + "/endpoints/share", "AzureStorageSmbFileShare", $$$$"""{{{{{identity}}}}"properties":{"endpointType":"AzureStorageSmbFileShare","description":"d",{{{{account}}}},"fileShareName":"share","endpointKind":"Target",{{{{partner}}}}}}""");
        yield return (mover + "/endpoints/nfsshare", "AzureStorageNfsFileShare", $$$$"""{{{{{identity}}}}"properties":{"endpointType":"AzureStorageNfsFileShare","description":"d",{{{{account}}}},"fileShareName":"share","endpointKind":"Target"}}""");
        yield return (mover + "/endpoints/multi", "AzureMultiCloudConnector", $$$$"""{{{{{identity}}}}"properties":{"endpointType":"AzureMultiCloudConnector","description":"d","multiCloudConnectorId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridConnectivity/publicCloudConnectors/c","awsS3BucketId":"/subscriptions/s/resourceGroups/g/providers/Microsoft.AwsConnector/s3Buckets/b","endpointKind":"Source"}}""");
        yield return (mover + "/endpoints/s3", "S3WithHMAC", $$$$"""{{{{{identity}}}}"properties":{"endpointType":"S3WithHMAC","description":"d","sourceType":"OTHER","otherSourceTypeDescription":"o","sourceUri":"https://s3.example/b","endpointKind":"Source","credentials":{"type":"AzureKeyVaultS3WithHMAC","accessKeyUri":"https://v/secrets/a","secretKeyUri":"https://v/secrets/s"}}}""");
        var job = $"\"description\":\"d\",\"copyMode\":\"Mirror\",\"sourceSubpath\":\"a\",\"targetSubpath\":\"b\",\"connections\":[\"{mover}/connections/c1\"],"
            + "\"dataIntegrityValidation\":\"SaveFileMD5\",\"preservePermissions\":false,\"moverSyncedUntil\":\"2026-05-01T01:02:03Z\","
            + "\"schedule\":{\"frequency\":\"Hourly\",\"isActive\":false,\"executionTime\":{\"hour\":9,\"minute\":30},\"startDate\":\"2026-05-01T00:00:00Z\","
            + "\"daysOfWeek\":[\"Monday\"],\"daysOfMonth\":[31],\"cronExpression\":\"0 9 * * MON\",\"endDate\":\"2026-09-01T00:00:00Z\",\"repeatInterval\":\"2H\"}";
        yield return (server.Definition(), "jobDefinitions", $$$$"""{"properties":{{{{{job}}}},"jobType":"OnPremToCloud","sourceName":"src","targetName":"dst","agentName":"a1","syncMode":"FullScan","isCrossTenantJob":false}}""");
        yield return (server.Definition("less"), "jobDefinitions", $$$$"""{"properties":{{{{{job}}}},"jobType":"OnPremToCloudAgentLess","sourceName":"smb","targetName":"share","syncMode":"SnapshotBased"}}""");
        yield return (server.Definition("cloud"), "jobDefinitions", $$$$"""{"properties":{{{{{job}}}},"jobType":"CloudToCloud","sourceName":"multi","targetName":"dst","agentName":"dummy"}}""");
        yield return (server.Definition("cross"), "jobDefinitions", $$$$"""{"properties":{{{{{job}}}},"jobType":"CloudToCloud","sourceName":"blob","targetName":"there","isCrossTenantJob":true,"crossTenantEndpointTenantId":"11111111-2222-3333-4444-555555555555","crossTenantEndpointResourceId":"/subscriptions/0a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809/resourceGroups/pg/providers/Microsoft.StorageMover/storageMovers/pm/endpoints/there"}}""");
    }
}
