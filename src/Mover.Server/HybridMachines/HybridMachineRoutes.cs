using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Operations;
using Mover.Server.Resources;
using Mover.State.Documents;

namespace Mover.Server.HybridMachines;

/// <summary>The HTTP face of <c>Microsoft.HybridCompute/machines</c>: the hosts of agents, and the agents' identities.</summary>
internal sealed class HybridMachineRoutes(
    ArmReads reads, ArmWrites writes, ArmDeletes deletes, MachineIdentities identities, RuleContexts contexts)
{
    public const string Type = "Microsoft.HybridCompute/machines";

    private static readonly ResourceShape<HybridMachine> Shape = new(
        MoverJson.Wire.HybridMachine, MoverJson.Wire.ResourceListHybridMachine, HybridMachineRules.Patch);

    public void Map(IEndpointRouteBuilder routes) =>
        new GroupResourceRoutes<HybridMachine>(Type, Shape, reads, writes, deletes, Deleting).Map(
            routes,
            scope => (before, wanted, cancel) => DecideAsync(scope, before, wanted, mayReplaceKey: false, cancel),
            scope => (before, wanted, cancel) => DecideAsync(scope, before, wanted, mayReplaceKey: true, cancel));

    private static HybridMachine Deleting(HybridMachine machine) => machine with
    {
        Properties = (machine.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting },
    };

    private async ValueTask<Result<HybridMachine>> DecideAsync(
        ResourceScope scope, HybridMachine? before, HybridMachine wanted, bool mayReplaceKey, CancellationToken cancel)
    {
        var decided = HybridMachineRules.Put(scope.Id, before, wanted, mayReplaceKey, contexts.Of(scope));
        if (decided.Refusal is null && WriteTerms.PreviewOf(scope.Http) is null
            && decided.Value.Identity?.PrincipalId is { } principal && principal != before?.Identity?.PrincipalId)
        {
            // Ahead of the machine itself: a machine that exists can always get tokens.
            await identities.SaveAsync(principal, scope.Id, ArmWrites.Stamp(scope), cancel);
        }

        return decided;
    }
}

/// <summary>A machine's identity goes with the machine.</summary>
internal sealed class HybridMachineDependents(DocumentStore documents) : IDependents
{
    public string Type { get; } = HybridMachineRoutes.Type.ToLowerInvariant();

    public async Task<IReadOnlyList<DocumentWrite>> FindAsync(ResourceId id, CancellationToken cancel) =>
        (await documents.GetAsync(id, MoverJson.Wire.HybridMachine, cancel))?.Value.Identity?.PrincipalId is { } principal
            ? [MachineIdentities.Removal(principal)]
            : [];
}
