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
    private static readonly ResourceShape<StorageMover> Shape = Shapes.Of(StorageMover.Described);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}/providers/" + Type, ListOfSubscriptionAsync)
            .RequiresAction(Type + "/read", ActionReach.Visible);
        map.Add<StorageMover>(routes, new(StorageMover.Described)
        {
            ListReach = ActionReach.Visible,
            Put = Decide,
            Patch = Decide,
            Delete = (scope, cancel) => deletes.BeginAsync(scope, MoverJson.Wire.StorageMover, Deleting, showsEndTime: false, cancel),
        });
    }

    private Task<IResult> ListOfSubscriptionAsync(ResourceScope scope, CancellationToken cancel) =>
        reads.ListOfSubscriptionAsync(scope, Type, Shape, cancel);

    private static PutRule<StorageMover> Decide(ResourceScope scope) =>
        (before, wanted, _) => new(StorageMoverRules.Put(scope.Id, before, wanted));

    private static StorageMover Deleting(StorageMover mover) =>
        mover with { Properties = (mover.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting } };
}
