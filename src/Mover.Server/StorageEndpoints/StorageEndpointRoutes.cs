using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Operations;
using Mover.Server.StorageMovers;

namespace Mover.Server.StorageEndpoints;

/// <summary>The HTTP face of <c>storageMovers/endpoints</c>.</summary>
internal sealed class StorageEndpointRoutes(ArmReads reads, ArmWrites writes, ArmDeletes deletes, ActiveRuns active, RuleContexts contexts)
{
    private const string Type = StorageMoverRoutes.Type + "/endpoints";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Endpoints, ListAsync).RequiresAction(Type + "/read");
        routes.MapGet(Routes.Endpoint, GetAsync).RequiresAction(Type + "/read");
        routes.MapPut(Routes.Endpoint, PutAsync).RequiresAction(Type + "/write");
        routes.MapPatch(Routes.Endpoint, PatchAsync).RequiresAction(Type + "/write");
        routes.MapDelete(Routes.Endpoint, DeleteAsync).RequiresAction(Type + "/delete");
    }

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) => reads.GetAsync(scope, Shapes.StorageEndpoint, cancel);

    private Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) =>
        reads.ListAsync(scope, "endpoints", Shapes.StorageEndpoint, cancel);

    private Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PutAsync(
            scope,
            Shapes.StorageEndpoint,
            (before, wanted, _) => new(StorageEndpointRules.Put(scope.Id, before, StorageEndpointRules.WithoutEmptySecrets(wanted),
                contexts.Of(scope))),
            cancel);

    private Task<IResult> PatchAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PatchAsync(
            scope, Shapes.StorageEndpoint, (before, wanted, _) => new(StorageEndpointRules.Put(scope.Id, before, wanted,
                contexts.Of(scope))), cancel);

    // Deleting an endpoint is synchronous, as recorded.
    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel)
    {
        var user = await active.FindAsync(
            scope.Id.Parent,
            job => scope.Id.Name.Equals(job.SourceName, StringComparison.OrdinalIgnoreCase)
                || scope.Id.Name.Equals(job.TargetName, StringComparison.OrdinalIgnoreCase),
            cancel);
        return user is null ? await deletes.DeleteAsync(scope, cancel) : ArmErrors.InUseByRun(scope.Id, user).ToResult();
    }
}
