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
internal sealed class StorageEndpointRoutes(ResourceMap map, ArmDeletes deletes, ActiveRuns active, RuleContexts contexts)
{
    private const string Type = StorageMoverRoutes.Type + "/endpoints";

    public void Map(IEndpointRouteBuilder routes) =>
        map.Add<StorageEndpoint>(routes, new(Routes.Endpoints, Routes.Endpoint, Type, Shapes.StorageEndpoint)
        {
            Put = scope => (before, wanted, _) => new(
                StorageEndpointRules.Put(scope.Id, before, StorageEndpointRules.WithoutEmptySecrets(wanted), contexts.Of(scope))),
            Patch = scope => (before, wanted, _) => new(StorageEndpointRules.Put(scope.Id, before, wanted, contexts.Of(scope))),
            Delete = DeleteAsync,
        });

    // Deleting an endpoint is synchronous, as recorded.
    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel)
    {
        var judged = await active.RefuseUseAsync(
            scope.Id,
            job => scope.Id.Name.Equals(job.SourceName, StringComparison.OrdinalIgnoreCase)
                || scope.Id.Name.Equals(job.TargetName, StringComparison.OrdinalIgnoreCase),
            cancel);

        // A run that is started at this moment has its own copy of what it needs of the endpoint.
        return judged.Try(out _, out var refusal) ? await deletes.DeleteAsync(scope, cancel) : refusal.ToResult();
    }
}
