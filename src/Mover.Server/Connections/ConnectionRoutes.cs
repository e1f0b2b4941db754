using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Operations;
using Mover.Server.Settings;
using Mover.Server.StorageMovers;

namespace Mover.Server.Connections;

/// <summary>The HTTP face of <c>storageMovers/connections</c>. There is no PATCH.</summary>
internal sealed class ConnectionRoutes(
    ResourceMap map, ArmDeletes deletes, ActiveRuns active, ServerOptions options, RuleContexts contexts)
{
    public void Map(IEndpointRouteBuilder routes) => map.Add<Connection>(routes, new(Connection.Described)
    {
        Put = scope => (before, wanted, _) => new(ConnectionRules.Put(scope.Id, before, wanted, options.Region, contexts.Of(scope))),
        Delete = DeleteAsync,
    });

    private Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel) => deletes.BeginAsync(
        scope,
        MoverJson.Wire.Connection,
        connection => connection with
        {
            Properties = (connection.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting },
        },
        showsEndTime: true,
        cancel,
        (_, stop) => active.RefuseUseAsync(scope.Id, stop));
}
