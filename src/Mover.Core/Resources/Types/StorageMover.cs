using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary><c>Microsoft.StorageMover/storageMovers</c>: the tracked resource that everything else hangs below.</summary>
public sealed record StorageMover : ArmResource<StorageMoverProperties>
{
    /// <summary>What is known of the type.</summary>
    public static ResourceType<StorageMover> Described { get; } = new(ResourceTypes.StorageMover)
    {
        Title = "storage mover",
        IsTracked = true,
        Patch = new(["description"], [], ["tags"]),
        Writes = new((id, before, wanted, _) => StorageMoverRules.Put(id, before, wanted), Deleting),
    };

    private static StorageMover Deleting(StorageMover mover) =>
        mover with { Properties = (mover.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting } };
}

public static partial class ResourceTypes
{
    /// <summary>A storage mover.</summary>
    public const string StorageMover = "Microsoft.StorageMover/storageMovers";
}

/// <summary>Properties of a storage mover.</summary>
public sealed record StorageMoverProperties
{
    /// <summary>Free text, 1,024 characters at most.</summary>
    public string? Description { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>; read-only.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary>What a PUT of a storage mover may ask, and what becomes of it. Pure.</summary>
public static class StorageMoverRules
{
    /// <summary>The resource to keep, or everything that is wrong with it.</summary>
    public static Result<StorageMover> Put(ResourceId id, StorageMover? before, StorageMover wanted)
    {
        var problems = new Problems();
        var location = Tracked.Location(problems, before?.Location, wanted.Location);
        var tags = Tracked.Tags(problems, wanted.Tags);
        problems.Description(wanted.Properties?.Description);
        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        return new StorageMover
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type.ToLowerInvariant(),
            Location = location,
            Tags = tags,
            Properties = new() { Description = wanted.Properties?.Description, ProvisioningState = ProvisioningStates.Succeeded },
        };
    }
}
