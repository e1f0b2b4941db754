using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary><c>storageMovers/projects</c>: a folder of job definitions.</summary>
public sealed record Project : ArmResource<ProjectProperties>
{
    /// <summary>What is known of the type.</summary>
    public static ResourceType<Project> Described { get; } = new(ResourceTypes.Project)
    {
        Title = "project",
        Parent = StorageMover.Described,
        Patch = new(["description"], [], []),
        Writes = new((id, _, wanted, _) => ProjectRules.Put(id, wanted), Deleting),
    };

    private static Project Deleting(Project project) =>
        project with { Properties = (project.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting } };
}

public static partial class ResourceTypes
{
    /// <summary>A project.</summary>
    public const string Project = StorageMover + "/projects";
}

/// <summary>Properties of a project.</summary>
public sealed record ProjectProperties
{
    /// <summary>Free text, 1,024 characters at most.</summary>
    public string? Description { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>; read-only.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary>What a PUT of a project may ask, and what becomes of it. Pure.</summary>
public static class ProjectRules
{
    /// <summary>The resource to keep, or everything that is wrong with it.</summary>
    public static Result<Project> Put(ResourceId id, Project wanted)
    {
        var problems = new Problems();
        problems.Description(wanted.Properties?.Description);
        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        return new Project
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type.ToLowerInvariant(),
            Properties = new() { Description = wanted.Properties?.Description, ProvisioningState = ProvisioningStates.Succeeded },
        };
    }
}
