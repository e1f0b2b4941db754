using System.Collections.Frozen;
using System.Text.Json.Serialization;
using Mover.Core.Arm;
using Mover.Core.Jobs;

namespace Mover.Core.Resources;

/// <summary>The resource types of Microsoft.StorageMover. A new one is a file beside this one, and here its row and its JSON.</summary>
public static class DescribedTypes
{
    /// <summary>All of them: a type comes behind those that its resources lie below or name.</summary>
    public static IReadOnlyList<ResourceType> All { get; } =
    [
        StorageMover.Described, MoverAgent.Described, StorageEndpoint.Described, Connection.Described, Project.Described,
        JobDefinition.Described, JobRun.Described,
    ];

    private static readonly FrozenDictionary<string, ResourceType> ByName =
        All.ToFrozenDictionary(type => type.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The type with this full name, whatever its casing; null when there is none.</summary>
    public static ResourceType? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The types whose resources lie directly below one of this type.</summary>
    public static IEnumerable<ResourceType> Below(ResourceType type) => All.Where(one => one.Parent == type);
}

/// <summary>
/// JSON of every resource, source-generated. Use <see cref="Wire"/>: it carries the manners of the wire, which the generated
/// <see cref="Default"/> does not.
/// </summary>
[JsonSerializable(typeof(StorageMover))]
[JsonSerializable(typeof(ResourceList<StorageMover>))]
[JsonSerializable(typeof(MoverAgent))]
[JsonSerializable(typeof(ResourceList<MoverAgent>))]
[JsonSerializable(typeof(StorageEndpoint))]
[JsonSerializable(typeof(ResourceList<StorageEndpoint>))]
[JsonSerializable(typeof(Connection))]
[JsonSerializable(typeof(ResourceList<Connection>))]
[JsonSerializable(typeof(Project))]
[JsonSerializable(typeof(ResourceList<Project>))]
[JsonSerializable(typeof(JobDefinition))]
[JsonSerializable(typeof(ResourceList<JobDefinition>))]
[JsonSerializable(typeof(JobRun))]
[JsonSerializable(typeof(ResourceList<JobRun>))]
[JsonSerializable(typeof(ResourceGroup))]
[JsonSerializable(typeof(StorageAccount))]
[JsonSerializable(typeof(HybridMachine))]
[JsonSerializable(typeof(ResourceList<ResourceGroup>))]
[JsonSerializable(typeof(ResourceList<StorageAccount>))]
[JsonSerializable(typeof(ResourceList<HybridMachine>))]
[JsonSerializable(typeof(ResourceList<Subscription>))]
[JsonSerializable(typeof(ResourceList<RegionListing>))]
[JsonSerializable(typeof(JobRunReference))]
[JsonSerializable(typeof(QueuedRun))]
[JsonSerializable(typeof(SystemData))]
public sealed partial class MoverJson : JsonSerializerContext;
