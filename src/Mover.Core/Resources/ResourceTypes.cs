namespace Mover.Core.Resources;

/// <summary>The resource types that Mover works with, in their usual casing.</summary>
public static class ResourceTypes
{
    /// <summary>A storage mover.</summary>
    public const string StorageMover = "Microsoft.StorageMover/storageMovers";

    /// <summary>An agent of a storage mover.</summary>
    public const string Agent = StorageMover + "/agents";

    /// <summary>A storage endpoint.</summary>
    public const string StorageEndpoint = StorageMover + "/endpoints";

    /// <summary>A private connection.</summary>
    public const string Connection = StorageMover + "/connections";

    /// <summary>A project.</summary>
    public const string Project = StorageMover + "/projects";

    /// <summary>A job definition.</summary>
    public const string JobDefinition = Project + "/jobDefinitions";

    /// <summary>A job run.</summary>
    public const string JobRun = JobDefinition + "/jobRuns";

    /// <summary>The machine that an agent runs on.</summary>
    public const string Machine = "Microsoft.HybridCompute/machines";

    /// <summary>A storage account.</summary>
    public const string StorageAccount = "Microsoft.Storage/storageAccounts";
}
