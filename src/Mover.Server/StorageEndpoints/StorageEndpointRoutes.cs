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
    public void Map(IEndpointRouteBuilder routes) => map.Add<StorageEndpoint>(routes, new(StorageEndpoint.Described)
    {
        Put = scope => (before, wanted, _) => new(
            StorageEndpointRules.Put(scope.Id, before, StorageEndpointRules.WithoutEmptySecrets(wanted), contexts.Of(scope))),
        Patch = scope => (before, wanted, _) => new(StorageEndpointRules.Put(scope.Id, before, wanted, contexts.Of(scope))),
        Delete = DeleteAsync,
    });

    // Deleting an endpoint is synchronous, as recorded.
    private Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel) => deletes.FinishAsync(
        scope,
        MoverJson.Wire.StorageEndpoint,
        (_, stop) => active.RefuseUseAsync(scope.Id, stop),
        Deleting,
        cancel,
        StatusCodes.Status200OK);

    private static StorageEndpoint Deleting(StorageEndpoint endpoint) => endpoint.Properties is { } properties
        ? endpoint with { Properties = properties with { ProvisioningState = ProvisioningStates.Deleting } }
        : endpoint;
}
