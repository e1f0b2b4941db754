using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;

namespace Mover.Server.StorageMovers;

/// <summary>The HTTP face of <c>Microsoft.StorageMover/storageMovers</c>.</summary>
internal sealed class StorageMoverRoutes(ResourceMap map, ArmReads reads, ArmDeletes deletes)
{
    public const string Type = ResourceTypes.StorageMover;
    private const string Below = "/providers/" + Type;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}" + Below, ListOfSubscriptionAsync).RequiresAction(Type + "/read", ActionReach.Visible);
        map.Add<StorageMover>(routes, new(Routes.Group + Below, Routes.Mover, Type, Shapes.StorageMover)
        {
            ListReach = ActionReach.Visible,
            Put = Decide,
            Patch = Decide,
            Delete = (scope, cancel) => deletes.BeginAsync(scope, Shapes.StorageMover, Deleting, showsEndTime: false, cancel),
        });
    }

    private Task<IResult> ListOfSubscriptionAsync(ResourceScope scope, CancellationToken cancel) =>
        reads.ListOfSubscriptionAsync(scope, Type, Shapes.StorageMover, cancel);

    private static PutRule<StorageMover> Decide(ResourceScope scope) =>
        (before, wanted, _) => new(StorageMoverRules.Put(scope.Id, before, wanted));

    private static StorageMover Deleting(StorageMover mover) =>
        mover with { Properties = (mover.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting } };
}
