using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;

namespace Mover.Server.Resources;

/// <summary>The HTTP face of a type that lies directly in a resource group and has nothing below it.</summary>
/// <param name="type">The full type, such as <c>Microsoft.Storage/storageAccounts</c>.</param>
/// <param name="shape">The type's JSON and what a PATCH may change.</param>
/// <param name="reads">Answers GET.</param>
/// <param name="writes">Answers PUT and PATCH.</param>
/// <param name="deletes">Answers DELETE.</param>
/// <param name="mark">Marks a resource as being deleted.</param>
internal sealed class GroupResourceRoutes<T>(
    string type, ResourceShape<T> shape, ArmReads reads, ArmWrites writes, ArmDeletes deletes, Func<T, T> mark)
    where T : ArmResource
{
    /// <summary>The path of one resource; its name is the parameter <c>name</c>.</summary>
    public string One { get; } = $"{Routes.Group}/providers/{type}/{{name}}";

    /// <summary>Maps both lists and every verb.</summary>
    /// <param name="routes">Where to.</param>
    /// <param name="put">What a PUT makes of a resource.</param>
    /// <param name="patch">What a PATCH makes of a resource.</param>
    public void Map(IEndpointRouteBuilder routes, Func<ResourceScope, PutRule<T>> put, Func<ResourceScope, PutRule<T>> patch)
    {
        routes.MapGet($"/subscriptions/{{subscription}}/providers/{type}", ListOfSubscriptionAsync)
            .RequiresAction(type + "/read", ActionReach.Visible);
        routes.MapGet($"{Routes.Group}/providers/{type}", ListAsync).RequiresAction(type + "/read", ActionReach.Visible);
        routes.MapGet(One, GetAsync).RequiresAction(type + "/read");
        routes.MapPut(One, (ResourceScope scope, CancellationToken cancel) => writes.PutAsync(scope, shape, put(scope), cancel))
            .RequiresAction(type + "/write").WithMetadata(Previewable.Instance);
        routes.MapPatch(One, (ResourceScope scope, CancellationToken cancel) => writes.PatchAsync(scope, shape, patch(scope), cancel))
            .RequiresAction(type + "/write");
        routes.MapDelete(One, DeleteAsync).RequiresAction(type + "/delete");
    }

    private Task<IResult> ListOfSubscriptionAsync(ResourceScope scope, CancellationToken cancel) =>
        reads.ListOfSubscriptionAsync(scope, type, shape, cancel);

    private Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) => reads.ListAsync(scope, type, shape, cancel);

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) => reads.GetAsync(scope, shape, cancel);

    private Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel) =>
        deletes.DeleteAsync(scope, shape.Json, mark, cancel);
}
