using System.Globalization;
using System.Text.Json.Nodes;

namespace Mover.Conformance.Suite;

/// <summary>Values that properties can have: the one place that knows them.</summary>
internal static class Samples
{
    private const string Vault = "https://conformance.vault.azure.net/secrets/";

    /// <summary>A value of a property; null when the suite knows none. <paramref name="other"/> asks for a second one.</summary>
    public static JsonNode? Of(string property, Kind kind, Bench bench, bool other = false) => property switch
    {
        "endpointType" => kind.EndpointType,
        "endpointKind" => Kind(kind),
        "description" => other ? "another text" : "a text",
        "credentials" => Credentials(kind, other ? "other" : "one"),
        "sourceType" => SourceType(kind, other),
        "uploadLimitSchedule" => UploadLimits(other ? 20 : 10),
        "schedule" => Schedule(bench, isActive: false),
        "sourceName" => other ? Bench.OtherSource : Bench.Source,
        "targetName" => other ? Bench.OtherTarget : Bench.Target,
        "agentName" => other ? Bench.OtherAgent : Bench.Agent,
        "connections" => bench.HasConnections ? new JsonArray($"{bench.Mover}/connections/{Bench.Connection}") : null,
        "allowedStorageAccounts" => new JsonArray(Id(bench, "Microsoft.Storage/storageAccounts", other ? "partner2" : "partner1")),
        "moverSyncedUntil" => other ? "2026-02-01T00:00:00Z" : "2026-01-01T00:00:00Z",
        "preservePermissions" or "enableCrossTenantTransfer" => other,
        _ => Text(property, bench, other),
    };

    /// <summary>An upload limit over a working day.</summary>
    public static JsonObject UploadLimits(int limit, string day = "Monday", int startHour = 9, int endHour = 18,
        double minute = 30) => new()
    {
        ["weeklyRecurrences"] = new JsonArray(Recurrence(limit, day, startHour, endHour, minute)),
    };

    /// <summary>One recurrence of an upload limit.</summary>
    public static JsonObject Recurrence(int limit, string day, int startHour, int endHour, double minute = 0) => new()
    {
        ["days"] = new JsonArray(day),
        ["startTime"] = new JsonObject { ["hour"] = startHour, ["minute"] = 0 },
        ["endTime"] = new JsonObject { ["hour"] = endHour, ["minute"] = minute },
        ["limitInMbps"] = limit,
    };

    /// <summary>A weekly schedule that begins tomorrow.</summary>
    public static JsonObject Schedule(Bench bench, bool isActive) => new()
    {
        ["frequency"] = "Weekly",
        ["isActive"] = isActive,
        ["startDate"] = Day(bench, 1),
        ["endDate"] = Day(bench, 30),
        ["executionTime"] = new JsonObject { ["hour"] = 9, ["minute"] = 30 },
        ["daysOfWeek"] = new JsonArray("Monday", "Friday"),
    };

    /// <summary>Midnight so many days from today.</summary>
    public static string Day(Bench bench, int days) =>
        bench.Now.AddDays(days).UtcDateTime.ToString("yyyy-MM-dd'T'00:00:00'Z'", CultureInfo.InvariantCulture);

    private static JsonNode? Text(string property, Bench bench, bool other) => (property, other) switch
    {
        ("location", _) => bench.Location,
        ("arcResourceId", _) => Id(bench, "Microsoft.HybridCompute/machines", other ? "machine2" : "machine1"),
        ("arcVmUuid", false) => "3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9",
        ("arcVmUuid", true) => "3bb2c024-eba9-4d18-9e7a-1d772fcc5fea",
        ("storageAccountResourceId", _) => Id(bench, "Microsoft.Storage/storageAccounts", other ? "account2" : "account1"),
        ("blobContainerName" or "fileShareName", _) => other ? "container2" : "container1",
        ("host", _) => other ? "filer2.example.org" : "filer.example.org",
        ("export", _) => other ? "/other" : "/data",
        ("shareName", _) => other ? "share2" : "share1",
        ("nfsVersion", _) => other ? "NFSv4" : "NFSv3",
        ("multiCloudConnectorId", _) => Id(bench, "Microsoft.HybridConnectivity/publicCloudConnectors", other ? "cloud2" : "cloud1"),
        ("awsS3BucketId", _) => Id(bench, "Microsoft.AwsConnector/s3Buckets", other ? "bucket2" : "bucket1"),
        ("sourceUri", _) => other ? "https://s3.example.org/other" : "https://s3.example.org/bucket",
        ("otherSourceTypeDescription", _) => other ? "another store" : "a store",
        ("privateLinkServiceId", _) => Id(bench, "Microsoft.Network/privateLinkServices", other ? "link2" : "link1"),
        ("copyMode", _) => other ? "Mirror" : "Additive",
        ("sourceSubpath" or "targetSubpath", _) => other ? "/below/other" : "/below",
        ("jobType", false) => "OnPremToCloud",
        ("dataIntegrityValidation", _) => other ? "SaveFileMD5" : "SaveVerifyFileMD5",
        ("syncMode", _) => other ? "SnapshotBased" : "FullScan",
        _ => null,
    };

    private static string Kind(Kind kind) => kind.EndpointType is { } type && type.StartsWith("AzureStorage", StringComparison.Ordinal)
        ? "Target"
        : "Source";

    private static JsonObject? Credentials(Kind kind, string name) => kind.EndpointType switch
    {
        "SmbMount" => new()
        {
            ["type"] = "AzureKeyVaultSmb", ["usernameUri"] = $"{Vault}{name}-user", ["passwordUri"] = $"{Vault}{name}-password",
        },
        "S3WithHMAC" => new()
        {
            ["type"] = "AzureKeyVaultS3WithHMAC", ["accessKeyUri"] = $"{Vault}{name}-access", ["secretKeyUri"] = $"{Vault}{name}-secret",
        },
        _ => null,
    };

    private static string? SourceType(Kind kind, bool other) => kind.EndpointType switch
    {
        "S3WithHMAC" => other ? "MINIO" : "OTHER",
        "NfsMount" => other ? "FSX-EFS" : "NfsMount",
        "SmbMount" => other ? "FSX-SMB" : "SmbMount",
        _ => null,
    };

    private static string Id(Bench bench, string type, string name) => $"{bench.Group}/providers/{type}/{name}";
}
