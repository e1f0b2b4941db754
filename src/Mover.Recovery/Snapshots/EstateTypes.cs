using Mover.Core.Resources;

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
    public const string Mover = ResourceTypes.StorageMover;
    public const string Agent = ResourceTypes.Agent;
    public const string Endpoint = ResourceTypes.StorageEndpoint;
    public const string JobDefinition = ResourceTypes.JobDefinition;
    public const string Machine = ResourceTypes.Machine;
    public const string StorageAccount = ResourceTypes.StorageAccount;

    private static readonly EstateType[] InOrder =
    [
        new(Machine, "machine"),
        .. DescribedTypes.All.Where(type => !type.IsHistory).Select(type => new EstateType(type.Name, type.Title)),
    ];

    /// <summary>The position of a type; -1 for one that is no part of an estate.</summary>
    public static int RankOf(string type) => Array.FindIndex(InOrder, one => one.Type.Equals(type, StringComparison.OrdinalIgnoreCase));

    /// <summary>The type in its usual casing; as given when it is no part of an estate.</summary>
    public static string Usual(string type) => RankOf(type) is >= 0 and var at ? InOrder[at].Type : type;

    /// <summary>What people call it.</summary>
    public static string WordOf(string type) => RankOf(type) is >= 0 and var at ? InOrder[at].Word : type;
}
