using System.Text.Json.Serialization;
using Mover.Core.Arm;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>An async operation: the deletion of a resource and of everything below it. Durable, so that a restart goes on with
/// it.</summary>
internal sealed record Operation
{
    public required string Name { get; init; }

    /// <summary>The resource in the casing that it is kept in.</summary>
    public required string Target { get; init; }

    /// <summary>The resource as the caller wrote it.</summary>
    public required string ResourceId { get; init; }

    /// <summary>The region as it is shown in the id.</summary>
    public required string Region { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Whether the end is shown: not for storage movers and projects, as recorded.</summary>
    public bool ShowsEndTime { get; init; }

    /// <summary>Who asked.</summary>
    public required string By { get; init; }

    public required string ByType { get; init; }

    /// <summary>The identity of who asked, who may follow it to its end; null in operations from before it was kept.</summary>
    public string? ByIdentity { get; init; }

    public required string CorrelationId { get; init; }

    /// <summary>The ARM id of the operation, without a query.</summary>
    public string IdIn(string subscription) =>
        $"/subscriptions/{subscription}/providers/{ApiVersions.StorageMover}/locations/{Region}/operationStatuses/{Name}";

    public static DocumentKey KeyOf(string name) => DocumentKey.Internal("operations", name);

    public static DocumentKey PendingKeyOf(string name) => DocumentKey.Internal("pending-operations", name);
}

/// <summary>Names an operation that is not done, so that a start finds it without reading those that are.</summary>
internal sealed record PendingOperation(string Name);

/// <summary>JSON of the operations as they are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Operation))]
[JsonSerializable(typeof(PendingOperation))]
internal sealed partial class OperationsJson : JsonSerializerContext;
