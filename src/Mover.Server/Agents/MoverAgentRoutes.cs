using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Operations;
using Mover.Server.Presence;
using Mover.Server.StorageMovers;
using Mover.State.Documents;

namespace Mover.Server.Agents;

/// <summary>The HTTP face of <c>storageMovers/agents</c>; deleting one unregisters it.</summary>
internal sealed class MoverAgentRoutes(ResourceMap map, ArmDeletes deletes, ActiveRuns active, AgentPresence presence)
{
    public void Map(IEndpointRouteBuilder routes) => map.Add<MoverAgent>(routes, new(MoverAgent.Described)
    {
        Put = Decide,
        Patch = Decide,
        Delete = DeleteAsync,
        Show = ShowAsync,
    });

    private static PutRule<MoverAgent> Decide(ResourceScope scope) =>
        (before, wanted, _) => new(MoverAgentRules.Put(scope.Id, before, wanted));

    private Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel) => deletes.BeginAsync(
        scope,
        MoverJson.Wire.MoverAgent,
        Unregistering,
        showsEndTime: true,
        cancel,
        (_, stop) => active.RefuseUseAsync(scope.Id, stop));

    private async Task<Document<MoverAgent>> ShowAsync(Document<MoverAgent> agent, CancellationToken cancel) => agent with
    {
        Value = agent.Value with { Properties = await presence.ShowAsync(agent.Key.Id, agent.Value.Properties ?? new(), cancel) },
    };

    private static MoverAgent Unregistering(MoverAgent agent) => agent with
    {
        Properties = (agent.Properties ?? new()) with
        {
            AgentStatus = AgentStatuses.Unregistering,
            ProvisioningState = ProvisioningStates.Deleting,
        },
    };
}
