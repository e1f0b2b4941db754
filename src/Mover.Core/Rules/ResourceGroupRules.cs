using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>What a PUT of a resource group may ask, and what becomes of it. Pure.</summary>
public static class ResourceGroupRules
{
    /// <summary>The resource to keep, or everything that is wrong with it.</summary>
    public static Result<ResourceGroup> Put(ResourceId id, ResourceGroup? before, ResourceGroup wanted)
    {
        var problems = new Problems();
        var location = Tracked.Location(problems, before?.Location, wanted.Location);
        var tags = Tracked.Tags(problems, wanted.Tags);
        problems.Text("managedBy", wanted.ManagedBy, Limits.PathCharsMax);
        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        return new ResourceGroup
        {
            Id = id.Text,
            Name = id.Name,
            Type = "Microsoft.Resources/resourceGroups",
            Location = location,
            Tags = tags,
            ManagedBy = wanted.ManagedBy,
            Properties = new(ProvisioningStates.Succeeded),
        };
    }
}
