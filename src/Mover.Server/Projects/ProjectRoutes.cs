using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.Server.StorageMovers;

namespace Mover.Server.Projects;

/// <summary>The HTTP face of <c>storageMovers/projects</c>.</summary>
internal sealed class ProjectRoutes(ResourceMap map, ArmDeletes deletes)
{
    public void Map(IEndpointRouteBuilder routes) => map.Add<Project>(routes, new(Project.Described)
    {
        Put = Decide,
        Patch = Decide,
        Delete = (scope, cancel) => deletes.BeginAsync(scope, MoverJson.Wire.Project, Deleting, showsEndTime: false, cancel),
    });

    private static PutRule<Project> Decide(ResourceScope scope) => (_, wanted, _) => new(ProjectRules.Put(scope.Id, wanted));

    private static Project Deleting(Project project) =>
        project with { Properties = (project.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting } };
}
