using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.AgentChannel;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.JobRuns;
using Mover.Server.Operations;
using Mover.Server.StorageMovers;
using Mover.State.Documents;

namespace Mover.Server.Agents;

/// <summary>The HTTP face of <c>storageMovers/agents</c>; deleting one unregisters it.</summary>
internal sealed class MoverAgentRoutes(ArmReads reads, ArmWrites writes, ArmDeletes deletes, ActiveRuns active, AgentPresence presence)
{
    private const string Type = StorageMoverRoutes.Type + "/agents";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Agents, ListAsync).RequiresAction(Type + "/read");
        routes.MapGet(Routes.Agent, GetAsync).RequiresAction(Type + "/read");
        routes.MapPut(Routes.Agent, PutAsync).RequiresAction(Type + "/write");
        routes.MapPatch(Routes.Agent, PatchAsync).RequiresAction(Type + "/write");
        routes.MapDelete(Routes.Agent, DeleteAsync).RequiresAction(Type + "/delete");
    }

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) =>
        reads.GetAsync(scope, Shapes.Agent, cancel, ShowAsync);

    private Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) =>
        reads.ListAsync(scope, "agents", Shapes.Agent, cancel, ShowAsync);

    private Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PutAsync(scope, Shapes.Agent, (before, wanted, _) => new(MoverAgentRules.Put(scope.Id, before, wanted)), cancel);

    private Task<IResult> PatchAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PatchAsync(scope, Shapes.Agent, (before, wanted, _) => new(MoverAgentRules.Put(scope.Id, before, wanted)), cancel);

    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel)
    {
        var user = await active.FindAsync(
            scope.Id.Parent, job => scope.Id.Name.Equals(job.AgentName, StringComparison.OrdinalIgnoreCase), cancel);
        return user is null
            ? await deletes.BeginAsync(scope, Shapes.Agent, Unregistering, showsEndTime: true, cancel)
            : ArmErrors.InUseByRun(scope.Id, user).ToResult();
    }

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
