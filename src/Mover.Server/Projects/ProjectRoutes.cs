using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.Server.StorageMovers;

namespace Mover.Server.Projects;

/// <summary>The HTTP face of <c>storageMovers/projects</c>.</summary>
internal sealed class ProjectRoutes(ArmReads reads, ArmWrites writes, ArmDeletes deletes)
{
    private const string Type = StorageMoverRoutes.Type + "/projects";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Projects, ListAsync).RequiresAction(Type + "/read");
        routes.MapGet(Routes.Project, GetAsync).RequiresAction(Type + "/read");
        routes.MapPut(Routes.Project, PutAsync).RequiresAction(Type + "/write");
        routes.MapPatch(Routes.Project, PatchAsync).RequiresAction(Type + "/write");
        routes.MapDelete(Routes.Project, DeleteAsync).RequiresAction(Type + "/delete");
    }

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) => reads.GetAsync(scope, Shapes.Project, cancel);

    private Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) => reads.ListAsync(scope, "projects", Shapes.Project,
        cancel);

    private Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PutAsync(scope, Shapes.Project, (_, wanted, _) => new(ProjectRules.Put(scope.Id, wanted)), cancel);

    private Task<IResult> PatchAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PatchAsync(scope, Shapes.Project, (_, wanted, _) => new(ProjectRules.Put(scope.Id, wanted)), cancel);

    private Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel) => deletes.BeginAsync(
        scope,
        Shapes.Project,
        project => project with { Properties = (project.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting } },
        showsEndTime: false,
        cancel);
}
