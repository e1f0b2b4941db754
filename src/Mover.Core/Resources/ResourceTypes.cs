namespace Mover.Core.Resources;

/// <summary>The full names of the resource types that Mover works with, in their usual casing; each stands beside its type.</summary>
public static partial class ResourceTypes
{
    /// <summary>The machine that an agent runs on.</summary>
    public const string Machine = "Microsoft.HybridCompute/machines";

    /// <summary>A storage account.</summary>
    public const string StorageAccount = "Microsoft.Storage/storageAccounts";
}
