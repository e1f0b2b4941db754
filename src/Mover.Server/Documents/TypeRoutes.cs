using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>What differs between resource types whose routes are otherwise the same.</summary>
/// <param name="Type">The type; its RBAC actions begin with its name.</param>
internal sealed record TypeRoutes<T>(ResourceType<T> Type)
    where T : ArmResource
{
    /// <summary>The type's JSON and what a PATCH may change.</summary>
    public ResourceShape<T> Shape { get; init; } = Shapes.Of(Type);

    /// <summary>What a PUT makes of a resource; null when clients only read.</summary>
    public Func<ResourceScope, PutRule<T>>? Put { get; init; }

    /// <summary>What a PATCH makes of it; null when there is none.</summary>
    public Func<ResourceScope, PutRule<T>>? Patch { get; init; }

    /// <summary>What a DELETE does; null when there is none.</summary>
    public Func<ResourceScope, CancellationToken, Task<IResult>>? Delete { get; init; }

    /// <summary>Adds what is known beside a document; null shows it as it is stored.</summary>
    public ShowRule<T>? Show { get; init; }

    /// <summary>What the store lists: the last part of a child's type, or the whole type of what lies in a group.</summary>
    public string ListedType => Type.Parent is null ? Type.Name : Type.Collection;
}

/// <summary>Maps the routes that every resource type has. Each is declared here with the RBAC action that it needs.</summary>
internal sealed class ResourceMap(ArmReads reads, ArmWrites writes)
{
    /// <summary>GET of the collection, and of a resource the verbs that its type has.</summary>
    public void Add<T>(IEndpointRouteBuilder routes, TypeRoutes<T> resource)
        where T : ArmResource
    {
        var (name, one) = (resource.Type.Name, Routes.One(resource.Type));
        if (resource.Type.Parent is null)
        {
            routes.MapGet("/subscriptions/{subscription}/providers/" + name, ListOfSubscriptionAsync)
                .RequiresAction(name + "/read", ActionReach.Visible);
            routes.MapGet(Routes.All(resource.Type), ListAsync).RequiresAction(name + "/read", ActionReach.Visible);
        }
        else
        {
            routes.MapGet(Routes.All(resource.Type), ListAsync).RequiresAction(name + "/read");
        }

        routes.MapGet(one, GetAsync).RequiresAction(name + "/read");
        if (resource.Put is { } put)
        {
            routes.MapPut(one, (ResourceScope scope, CancellationToken cancel) =>
                writes.PutAsync(scope, resource.Shape, put(scope), cancel, resource.Show))
                .RequiresAction(name + "/write").WithMetadata(Previewable.Instance);
        }

        if (resource.Patch is { } patch)
        {
            routes.MapPatch(one, (ResourceScope scope, CancellationToken cancel) =>
                writes.PatchAsync(scope, resource.Shape, patch(scope), cancel, resource.Show)).RequiresAction(name + "/write");
        }

        if (resource.Delete is { } delete)
        {
            routes.MapDelete(one, (ResourceScope scope, CancellationToken cancel) => delete(scope, cancel))
                .RequiresAction(name + "/delete");
        }

        Task<IResult> ListOfSubscriptionAsync(ResourceScope scope, CancellationToken cancel) =>
            reads.ListOfSubscriptionAsync(scope, name, resource.Shape, cancel);

        Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) =>
            reads.ListAsync(scope, resource.ListedType, resource.Shape, cancel, resource.Show);

        Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) =>
            reads.GetAsync(scope, resource.Shape, cancel, resource.Show);
    }
}
