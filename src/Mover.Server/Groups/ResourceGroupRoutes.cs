using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.Server.Resources;
using Mover.Server.Settings;
using Mover.State.Documents;

namespace Mover.Server.Groups;

/// <summary>The HTTP face of resource groups. Deleting one takes everything in it along.</summary>
internal sealed class ResourceGroupRoutes(
    ArmReads reads, ArmWrites writes, ArmDeletes deletes, DocumentStore documents, ServerOptions options)
{
    private const string Action = "Microsoft.Resources/subscriptions/resourceGroups";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}/resourceGroups", ListAsync).RequiresAction(Action + "/read", ActionReach.Visible);
        routes.MapGet(Routes.Group, GetAsync).RequiresAction(Action + "/read");
        routes.MapMethods(Routes.Group, [HttpMethods.Head], HeadAsync).RequiresAction(Action + "/read");
        routes.MapPut(Routes.Group, PutAsync).RequiresAction(Action + "/write").WithMetadata(Previewable.Instance);
        routes.MapPatch(Routes.Group, PatchAsync).RequiresAction(Action + "/write");
        routes.MapDelete(Routes.Group, DeleteAsync).RequiresAction(Action + "/delete");
    }

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) => reads.GetAsync(scope, Shapes.ResourceGroup, cancel);

    // ARM's own list takes a filter on tags; this one on names and locations besides.
    private async Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!ListQuery.Read(scope, options).Try(out var query, out var refusal))
        {
            return refusal.ToResult();
        }

        var rights = CallerRights.Of(scope.Http);
        var found = new List<Document<ResourceGroup>>();
        var after = query.After;
        do
        {
            var page = await documents.ListPageAsync(
                scope.Id, "resourceGroups", Shapes.ResourceGroup.Json, after, query.PageSize - found.Count, cancel);
            found.AddRange(page.Documents.Where(
                group => query.Filter.Matches(group.Key.Id, AsListed(group.Value)) && rights.Shows(group.Key.Id)));
            after = page.Next;
        }
        while (after is not null && found.Count < query.PageSize);

        return ArmResults.Ok(
            new ResourceList<ResourceGroup>([.. found.Select(Answers.Of)], after is null ? null : ArmReads.NextLinkOf(scope, after)),
            Shapes.ResourceGroup.ListIn(scope.ApiVersion));
    }

    private static ListedResource AsListed(ResourceGroup group) =>
        new(null, null, null, group.ManagedBy, group.Location, group.Tags?.ToDictionary(StringComparer.Ordinal), null);

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
                scope, MoverJson.Wire.ResourceGroup, group => group with { Properties = new(ProvisioningStates.Deleting) },
                showsEndTime: false, cancel);
}
