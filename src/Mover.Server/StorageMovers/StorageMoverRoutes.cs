using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.StorageMovers;

/// <summary>The HTTP face of <c>Microsoft.StorageMover/storageMovers</c>.</summary>
internal sealed class StorageMoverRoutes(ResourceMap map, ArmDeletes deletes, DocumentStore documents,
    ServerOptions options)
{
    public const string Type = "Microsoft.StorageMover/storageMovers";
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

    // Storage movers of a subscription lie below its groups; a page ends inside a group or at its end.
    private async Task<IResult> ListOfSubscriptionAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!ArmReads.TryReadToken(scope, out var after))
        {
            return Core.Arm.ArmErrors.InvalidSkipToken().ToResult();
        }

        var found = new List<Document<StorageMover>>();
        var group = ListedGroup.From(scope.Id, after);
        while (group is not null)
        {
            if (group.Id is { } id)
            {
                var page = await documents.ListPageAsync(id, Type, Shapes.StorageMover.Json, group.After, options.PageSize - found.Count,
                    cancel);
                found.AddRange(page.Documents);
                if (found.Count == options.PageSize)
                {
                    return ArmReads.Page(scope, Shapes.StorageMover, found, page.Next ?? group.End);
                }
            }

            var next = await documents.ListPageAsync(scope.Id, "resourceGroups", Shapes.ResourceGroup.Json, group.GroupKey, 1, cancel);
            group = next.Documents.Count == 0 ? null : ListedGroup.Of(next.Documents[0].Key.Id);
        }

        return ArmReads.Page(scope, Shapes.StorageMover, found, next: null);
    }

    private static PutRule<StorageMover> Decide(ResourceScope scope) =>
        (before, wanted, _) => new(StorageMoverRules.Put(scope.Id, before, wanted));

    private static StorageMover Deleting(StorageMover mover) =>
        mover with { Properties = (mover.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting } };
}
