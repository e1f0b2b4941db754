using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Resources.Versions;
using Mover.Core.Rules;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>What the common reads and writes need to know of a resource type.</summary>
/// <param name="Json">The resource's JSON as it is stored, and answered in the newest version.</param>
/// <param name="ListJson">The JSON of a page.</param>
/// <param name="Patch">What a PATCH may change.</param>
internal sealed record ResourceShape<T>(JsonTypeInfo<T> Json, JsonTypeInfo<ResourceList<T>> ListJson, ResourcePatch Patch)
    where T : ArmResource
{
    /// <summary>What a PUT answers that has made a resource. 201 in ARM's words; Storage Mover was recorded answering 200.</summary>
    public int MadeStatus { get; init; } = StatusCodes.Status200OK;

    /// <summary>
    /// What is written in the same commit as a PUT or PATCH, from the resource before (null for a new one) and what is kept; or a refusal.
    /// </summary>
    public Func<ResourceId, T?, T, CancellationToken, Task<Result<List<DocumentWrite>>>>? Beside { get; init; }

    /// <summary>The JSON of an answer in an api-version.</summary>
    public JsonTypeInfo<T> In(string version) => VersionedJson.IsNewest(version) ? Json : VersionedJson.Of<T>(version);

    /// <summary>The JSON of a page in an api-version.</summary>
    public JsonTypeInfo<ResourceList<T>> ListIn(string version) =>
        VersionedJson.IsNewest(version) ? ListJson : VersionedJson.Of<ResourceList<T>>(version);
}

/// <summary>Resources as they are answered.</summary>
internal static class Answers
{
    /// <summary>The document's resource with systemData made from its stamps.</summary>
    public static T Of<T>(Document<T> document)
        where T : ArmResource
    {
        ArmResource kept = document.Value;
        return (T)(kept with { SystemData = SystemDataOf(document.Info, document.Value is JobRun) });
    }

    // A run is made by the service on somebody's order; the order is in the audit log.
    private static SystemData SystemDataOf(DocumentInfo info, bool isServices)
    {
        var (created, modified) = (info.Created, info.Modified);
        return isServices
            ? new(Arm.Caller.Service.Name, Arm.Caller.Service.Type, created.At, Arm.Caller.Service.Name, Arm.Caller.Service.Type,
                modified.At)
            : new(created.By, created.ByType, created.At, modified.By, modified.ByType, modified.At);
    }
}

/// <summary>The shapes of the resource types.</summary>
internal static class Shapes
{
    public static ResourceShape<ResourceGroup> ResourceGroup { get; } = new(MoverJson.Wire.ResourceGroup,
        MoverJson.Wire.ResourceListResourceGroup, ResourcePatch.ResourceGroup) { MadeStatus = StatusCodes.Status201Created };

    /// <summary>The shape of a type as it is described.</summary>
    public static ResourceShape<T> Of<T>(ResourceType<T> type)
        where T : ArmResource => new(type.Json, type.ListJson, type.Patch);
}

/// <summary>As much of any resource as tells whether it is being deleted.</summary>
internal sealed record AnyResource(AnyResource.State? Properties)
{
    public bool IsDeleting => Properties?.ProvisioningState == ProvisioningStates.Deleting;

    internal sealed record State(string? ProvisioningState);
}

/// <summary>JSON of what the server reads of any resource.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AnyResource))]
internal sealed partial class DocumentsJson : JsonSerializerContext;
