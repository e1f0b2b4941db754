using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.Server.StorageMovers;
using Mover.State.Documents;

namespace Mover.Server.Groups;

/// <summary>The HTTP face of resource groups. Deleting one takes everything in it along.</summary>
internal sealed class ResourceGroupRoutes(ArmReads reads, ArmWrites writes, ArmDeletes deletes, DocumentStore documents)
{
    private const string Action = "Microsoft.Resources/subscriptions/resourceGroups";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}/resourceGroups", ListAsync).RequiresAction(Action + "/read", ActionReach.Visible);
        routes.MapGet(Routes.Group, GetAsync).RequiresAction(Action + "/read");
        routes.MapMethods(Routes.Group, [HttpMethods.Head], HeadAsync).RequiresAction(Action + "/read");
        routes.MapPut(Routes.Group, PutAsync).RequiresAction(Action + "/write");
        routes.MapPatch(Routes.Group, PatchAsync).RequiresAction(Action + "/write");
        routes.MapDelete(Routes.Group, DeleteAsync).RequiresAction(Action + "/delete");
    }

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) => reads.GetAsync(scope, Shapes.ResourceGroup, cancel);

    private Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) =>
        reads.ListAsync(scope, "resourceGroups", Shapes.ResourceGroup, cancel);

    private async Task<IResult> HeadAsync(ResourceScope scope, CancellationToken cancel) =>
        ArmResults.Empty(await documents.GetInfoAsync(scope.Id, cancel) is null ? StatusCodes.Status404NotFound
            : StatusCodes.Status204NoContent);

    private Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PutAsync(scope, Shapes.ResourceGroup, (before, wanted, _) => new(ResourceGroupRules.Put(scope.Id, before, wanted)), cancel);

    private Task<IResult> PatchAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PatchAsync(scope, Shapes.ResourceGroup, (before, wanted, _) => new(ResourceGroupRules.Put(scope.Id, before, wanted)),
            cancel);

    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel) =>
        await documents.GetInfoAsync(scope.Id, cancel) is null
            ? Core.Arm.ArmErrors.ResourceGroupNotFound(scope.Group).ToResult()
            : await deletes.BeginAsync(
                scope, Shapes.ResourceGroup, group => group with { Properties = new(ProvisioningStates.Deleting) }, showsEndTime: false,
                    cancel);
}
