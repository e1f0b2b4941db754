using System.Text.Json.Serialization.Metadata;
using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary>
/// All that Mover knows of one resource type of Microsoft.StorageMover, except its rules. Routes, providers, exports, snapshots, drills
/// and the command line read it from here.
/// </summary>
/// <param name="name">The full type, in its usual casing.</param>
public abstract class ResourceType(string name)
{
    /// <summary>The full type, in its usual casing; its RBAC actions begin with it.</summary>
    public string Name { get; } = name;

    /// <summary>The segment before the names of its resources, such as <c>jobDefinitions</c>.</summary>
    public string Collection { get; } = name[(name.LastIndexOf('/') + 1)..];

    /// <summary>What people call one of it, such as <c>job definition</c>.</summary>
    public required string Title { get; init; }

    /// <summary>What the command line calls it, such as <c>job-definition</c>.</summary>
    public string Word => Title.Replace(' ', '-');

    /// <summary>The type that it lies below; null for what lies in a resource group.</summary>
    public ResourceType? Parent { get; init; }

    /// <summary>The first api-version that has it; null when every version has.</summary>
    public string? Since { get; init; }

    /// <summary>Whether it has a location and tags.</summary>
    public bool IsTracked { get; init; }

    /// <summary>Whether its resources are history, which no template, snapshot or drill holds.</summary>
    public bool IsHistory { get; init; }

    /// <summary>What its resources may be called.</summary>
    public NameRule NameRule { get; init; } = ResourceNames.Common;

    /// <summary>What a PATCH may change.</summary>
    public ResourcePatch Patch { get; init; } = ResourcePatch.None;

    /// <summary>The names in <c>properties</c> that only the service sets, without <c>provisioningState</c>.</summary>
    public IReadOnlyList<string> ServiceSet { get; init; } = [];

    /// <summary>The names in <c>properties</c> that no later PUT changes: another value needs a new resource.</summary>
    public IReadOnlyList<string> AtCreation { get; init; } = [];

    /// <summary>The properties that say which other resources of the same storage mover it uses.</summary>
    public IReadOnlyList<PropertyReference> References { get; init; } = [];

    /// <summary>Hands the type, with its resources' own type, to a visitor.</summary>
    public abstract void Accept(IResourceTypeVisitor visitor);
}

/// <summary>Does the same for every resource type.</summary>
public interface IResourceTypeVisitor
{
    /// <summary>Does it for one.</summary>
    void Visit<T>(ResourceType<T> type)
        where T : ArmResource;
}

/// <summary>A type whose resources are <typeparamref name="T"/>.</summary>
/// <param name="name">The full type, in its usual casing.</param>
public sealed class ResourceType<T>(string name) : ResourceType(name)
    where T : ArmResource
{
    /// <summary>What its writes do; null for a type with writes of its own, or none.</summary>
    public PlainWrites<T>? Writes { get; init; }

    /// <summary>A resource's JSON as it is stored, and answered in the newest version.</summary>
    public JsonTypeInfo<T> Json => field ??= (JsonTypeInfo<T>)MoverJson.Wire.Options.GetTypeInfo(typeof(T));

    /// <summary>The JSON of a page.</summary>
    public JsonTypeInfo<ResourceList<T>> ListJson =>
        field ??= (JsonTypeInfo<ResourceList<T>>)MoverJson.Wire.Options.GetTypeInfo(typeof(ResourceList<T>));

    /// <inheritdoc/>
    public override void Accept(IResourceTypeVisitor visitor) => visitor.Visit(this);
}

/// <summary>What PUT, PATCH and DELETE do to a type whose rules look at nothing but the request and the resource.</summary>
/// <param name="Put">The resource to keep, or everything that is wrong with it: from its id, what is there (null for a new one), what is
/// wanted, and the request's context. Also for a PATCH, of which what is wanted has been made.</param>
/// <param name="Deleting">Marks it as being deleted.</param>
public sealed record PlainWrites<T>(Func<ResourceId, T?, T, RuleContext, Result<T>> Put, Func<T, T> Deleting)
    where T : ArmResource
{
    /// <summary>What a PUT means by what it says, where a PATCH means something else.</summary>
    public Func<T, T> Meant { get; init; } = wanted => wanted;

    /// <summary>Whether a DELETE is done when it answers.</summary>
    public bool DeletesAtOnce { get; init; }

    /// <summary>Whether the status of a deletion shows when it ended.</summary>
    public bool ShowsEndTime { get; init; }
}

/// <summary>A property that says which other resources of the same storage mover are used.</summary>
/// <param name="Property">Its name in <c>properties</c>.</param>
/// <param name="Type">The full type of what it names.</param>
/// <param name="IsById">Whether it has the other's id, which everybody recognizes; else its name alone.</param>
public abstract record PropertyReference(string Property, string Type, bool IsById)
{
    /// <summary>A property with the other's name.</summary>
    public static PropertyReference<T> ByName<T>(string property, string type, Func<T, string?> value) =>
        new(property, type, IsById: false, from => [value(from)]);

    /// <summary>A property with the ids of others.</summary>
    public static PropertyReference<T> ByIds<T>(string property, string type, Func<T, IReadOnlyList<string>?> values) =>
        new(property, type, IsById: true, from => values(from) ?? []);

    /// <summary>The other resource; null when the value names none.</summary>
    /// <param name="mover">The storage mover.</param>
    /// <param name="value">The property's value, or one of them.</param>
    public ResourceId? Find(ResourceId mover, string? value) =>
        string.IsNullOrEmpty(value) ? null
        : !IsById ? mover.Child(Type[(Type.LastIndexOf('/') + 1)..], value)
        : ResourceId.TryParse(value, out var id) ? id
        : null;
}

/// <summary>One that is read from <typeparamref name="T"/>.</summary>
/// <param name="Property">Its name in <c>properties</c>.</param>
/// <param name="Type">The full type of what it names.</param>
/// <param name="IsById">Whether it has the other's id; else its name alone.</param>
/// <param name="Values">Reads it.</param>
public sealed record PropertyReference<T>(string Property, string Type, bool IsById, Func<T, IEnumerable<string?>> Values)
    : PropertyReference(Property, Type, IsById);
