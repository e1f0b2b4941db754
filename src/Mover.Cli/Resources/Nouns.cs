using Mover.Cli.Output;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>The resource types of Microsoft.StorageMover and what tables show of them.</summary>
internal static class Nouns
{
    private const string StorageMovers = ResourceTypes.StorageMover;
    private static readonly Level MoverLevel = new("storageMovers", "storage-mover");
    private static readonly Level ProjectLevel = new("projects", "project");
    private static readonly Level DefinitionLevel = new("jobDefinitions", "job-definition");
    private static readonly Column Name = new("Name", "name");
    private static readonly Column Description = new("Description", "properties.description");

    public static readonly Noun StorageMover = new("storage-mover", "storage mover", StorageMovers, [MoverLevel],
        [Name, new("Location", "location"), new("State", "properties.provisioningState"), Description]);

    public static readonly Noun Project = new("project", "project", StorageMovers, [MoverLevel, ProjectLevel],
        [Name, new("State", "properties.provisioningState"), Description]);

    public static readonly Noun StorageEndpoint = new("endpoint", "endpoint", StorageMovers, [MoverLevel, new("endpoints", "endpoint")],
        [
            Name, new("Type", "properties.endpointType"), new("Kind", "properties.endpointKind"),
            .. EndpointKinds.Known.All.SelectMany(kind => kind.Properties)
                .Where(property => property.Column is not null).DistinctBy(property => property.Column, StringComparer.Ordinal)
                .Select(property => new Column(property.Column ?? string.Empty, $"properties.{property.Name}")),
            Description,
        ]);

    public static readonly Noun Agent = new("agent", "agent", StorageMovers, [MoverLevel, new("agents", "agent")],
        [
            Name, new("Status", "properties.agentStatus"), new("Version", "properties.agentVersion"),
            new("Address", "properties.localIPAddress"),
            new("Cores", "properties.numberOfCores"), new("MemoryMB", "properties.memoryInMB"),
            new("LastSeen", "properties.lastStatusUpdate"),
        ]);

    public static readonly Noun Connection = new("connection", "connection", StorageMovers, [MoverLevel, new("connections", "connection")],
        [Name, new("Status", "properties.connectionStatus"), new("PrivateEndpoint", "properties.privateEndpointName"), Description]);

    public static readonly Noun JobDefinition = new(
        "job-definition", "job definition", StorageMovers, [MoverLevel, ProjectLevel, DefinitionLevel],
        [
            Name, new("Mode", "properties.copyMode"), new("Source", "properties.sourceName"), new("Target", "properties.targetName"),
            new("Agent", "properties.agentName"), new("LatestRun", "properties.latestJobRunName"),
            new("Status", "properties.latestJobRunStatus"),
        ]);

    public static readonly Noun JobRun = new(
        "job-run", "job run", StorageMovers, [MoverLevel, ProjectLevel, DefinitionLevel, new("jobRuns", "job-run")],
        [
            Name, new("Status", "properties.status"), new("Scan", "properties.scanStatus"), new("Scanned", "properties.itemsScanned"),
            new("Transferred", "properties.itemsTransferred"), new("Unchanged", "properties.itemsNoTransferNeeded"),
            new("Failed", "properties.itemsFailed"), new("Unsupported", "properties.itemsUnsupported"),
            new("Excluded", "properties.itemsExcluded"),
            new("Bytes", "properties.bytesTransferred"), new("Started", "properties.executionStartTime"),
            new("Ended", "properties.executionEndTime"), new("Error", "properties.error.message"),
        ]);

    public static readonly Noun Machine = new(
        "machine", "machine", "Microsoft.HybridCompute/machines", [new("machines", "machine")],
        [
            Name, new("Location", "location"), new("Host", "properties.machineFqdn"), new("PrincipalId", "identity.principalId"),
            new("VmId", "properties.vmId"),
        ]);

    public static readonly Noun StorageAccount = new(
        "storage-account", "storage account", "Microsoft.Storage/storageAccounts", [new("storageAccounts", "storage-account")],
        [
            Name, new("Location", "location"), new("Sku", "sku.name"), new("Blob", "properties.primaryEndpoints.blob"),
            new("KeyIsSet", "properties.keyIsSet"),
        ]);
}
