namespace Mover.Recovery.Snapshots;

/// <summary>One type of resource that a snapshot holds.</summary>
/// <param name="Type">The full type, in its usual casing.</param>
/// <param name="Word">What people call it.</param>
internal sealed record EstateType(string Type, string Word);

/// <summary>
/// The types of resources that belong to an estate, those that others depend on first: a resource only ever depends on one of an earlier
/// type, so that no cycle can be.
/// </summary>
internal static class EstateTypes
{
    public const string Mover = "Microsoft.StorageMover/storageMovers";
    public const string Agent = Mover + "/agents";
    public const string Endpoint = Mover + "/endpoints";
    public const string Connection = Mover + "/connections";
    public const string Project = Mover + "/projects";
    public const string JobDefinition = Project + "/jobDefinitions";
    public const string Machine = "Microsoft.HybridCompute/machines";
    public const string StorageAccount = "Microsoft.Storage/storageAccounts";

    private static readonly EstateType[] InOrder =
    [
        new(Machine, "machine"), new(Mover, "storage mover"), new(Agent, "agent"), new(Endpoint, "endpoint"),
        new(Connection, "connection"), new(Project, "project"), new(JobDefinition, "job definition"),
    ];

    /// <summary>The position of a type; -1 for one that is no part of an estate.</summary>
    public static int RankOf(string type) => Array.FindIndex(InOrder, one => one.Type.Equals(type, StringComparison.OrdinalIgnoreCase));

    /// <summary>The type in its usual casing; as given when it is no part of an estate.</summary>
    public static string Usual(string type) => RankOf(type) is >= 0 and var at ? InOrder[at].Type : type;

    /// <summary>What people call it.</summary>
    public static string WordOf(string type) => RankOf(type) is >= 0 and var at ? InOrder[at].Word : type;
}
