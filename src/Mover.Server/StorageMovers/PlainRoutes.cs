using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.StorageMovers;

/// <summary>The HTTP face of every type whose description says all: storage movers, endpoints, connections and projects.</summary>
internal sealed class PlainRoutes(ResourceMap map, ArmDeletes deletes, ActiveRuns active, RuleContexts contexts)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var type in DescribedTypes.All)
        {
            type.Accept(new Mapping(this, routes));
        }
    }

    private void Map<T>(IEndpointRouteBuilder routes, ResourceType<T> type, PlainWrites<T> writes)
        where T : ArmResource => map.Add<T>(routes, new(type)
        {
            Put = scope => (before, wanted, _) => new(writes.Put(scope.Id, before, writes.Meant(wanted), contexts.Of(scope))),
            Patch = Equals(type.Patch, ResourcePatch.None)
                ? null
                : scope => (before, wanted, _) => new(writes.Put(scope.Id, before, wanted, contexts.Of(scope))),
            Delete = (scope, cancel) => writes.DeletesAtOnce
                ? deletes.FinishAsync(scope, type.Json, JudgeOf<T>(scope, type), writes.Deleting, cancel, StatusCodes.Status200OK)
                : deletes.BeginAsync(scope, type.Json, writes.Deleting, writes.ShowsEndTime, cancel, JudgeOf<T>(scope, type)),
        });

    // What an active run uses stays until it ends.
    private Func<T, CancellationToken, Task<Result<DocumentWrite[]>>> JudgeOf<T>(ResourceScope scope, ResourceType type) =>
        JobDefinition.Described.References.Any(reference => reference.Type == type.Name)
            ? (_, cancel) => active.RefuseUseAsync(scope.Id, cancel)
            : (_, _) => Task.FromResult<Result<DocumentWrite[]>>(Array.Empty<DocumentWrite>());

    private sealed class Mapping(PlainRoutes plain, IEndpointRouteBuilder routes) : IResourceTypeVisitor
    {
        public void Visit<T>(ResourceType<T> type)
            where T : ArmResource
        {
            if (type.Writes is { } writes)
            {
                plain.Map(routes, type, writes);
            }
        }
    }
}
