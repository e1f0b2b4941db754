using Mover.Core;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.HybridMachines;

/// <summary>The HTTP face of <c>Microsoft.HybridCompute/machines</c>: the hosts of agents, and the agents' identities.</summary>
internal sealed class HybridMachineRoutes(
    ArmReads reads, ArmWrites writes, ArmDeletes deletes, DocumentStore documents, MachineIdentities identities, RuleContexts contexts)
{
    public const string Type = "Microsoft.HybridCompute/machines";

    private const string All = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type;
    private const string One = All + "/{machine}";

    private static readonly ResourceShape<HybridMachine> Shape = new(
        MoverJson.Wire.HybridMachine, MoverJson.Wire.ResourceListHybridMachine, HybridMachineRules.Patch);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, ListAsync).RequiresAction(Type + "/read", ActionReach.Visible);
        routes.MapGet(One, GetAsync).RequiresAction(Type + "/read");
        routes.MapPut(One, PutAsync).RequiresAction(Type + "/write");
        routes.MapPatch(One, PatchAsync).RequiresAction(Type + "/write");
        routes.MapDelete(One, DeleteAsync).RequiresAction(Type + "/delete");
    }

    private Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) => reads.GetAsync(scope, Shape, cancel);

    private Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel) => reads.ListAsync(scope, Type, Shape, cancel);

    private Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PutAsync(scope, Shape, (before, wanted, _) => DecideAsync(scope, before, wanted, mayReplaceKey: false, cancel), cancel);

    private Task<IResult> PatchAsync(ResourceScope scope, CancellationToken cancel) =>
        writes.PatchAsync(scope, Shape, (before, wanted, _) => DecideAsync(scope, before, wanted, mayReplaceKey: true, cancel), cancel);

    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel)
    {
        var before = await documents.GetAsync(scope.Id, Shape.Json, cancel);
        var answer = await deletes.DeleteAsync(scope, cancel);
        if (before?.Value.Identity?.PrincipalId is { } principal && await documents.GetInfoAsync(scope.Id, cancel) is null)
        {
            await identities.RemoveAsync(principal, ArmWrites.Stamp(scope), cancel);
        }

        return answer;
    }

    private async ValueTask<Result<HybridMachine>> DecideAsync(
        ResourceScope scope, HybridMachine? before, HybridMachine wanted, bool mayReplaceKey, CancellationToken cancel)
    {
        var decided = HybridMachineRules.Put(scope.Id, before, wanted, mayReplaceKey, contexts.Of(scope));
        if (before is null && decided.Refusal is null && decided.Value.Identity?.PrincipalId is { } principal)
        {
            // Ahead of the machine itself: a machine that exists can always get tokens.
            await identities.SaveAsync(principal, scope.Id, ArmWrites.Stamp(scope), cancel);
        }

        return decided;
    }
}
