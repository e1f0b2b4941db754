using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Recovery.Plans;
using Mover.Recovery.Standby;

namespace Mover.Recovery.Deploy;

/// <summary>What a deployment did.</summary>
/// <param name="Made">Resources that were created or changed.</param>
/// <param name="Left">Resources that were as wanted already.</param>
public sealed record DeployedPlan(int Made, int Left);

/// <summary>
/// Carries out exactly a plan. Repeated after an interruption it goes on: the deployment is the control plane's, and what is as wanted is
/// left untouched.
/// </summary>
public sealed class PlanDeployment(MoverClient client, TimeProvider clock)
{
    private const int NamedMax = 10;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    /// <summary>Deploys, and proves that nothing differs from the plan.</summary>
    /// <exception cref="RecoveryException">The plan is not ready or is stale, a resource failed, or something differs
    /// afterwards.</exception>
    public async Task<DeployedPlan> RunAsync(RecoveryPlan plan, CancellationToken cancel)
    {
        if (plan.Problems.FirstOrDefault(problem => problem.IsBlocking) is { } blocking)
        {
            throw new RecoveryException("PlanNotReady", $"The plan {plan.Id} cannot be carried out: {blocking.Message}", blocking.Advice);
        }

        await WaitForEarlierAsync(plan, cancel);
        await RequireStandbyAsync(plan, cancel);
        var before = await AskAsync(plan, cancel);
        if (Stale(plan, before) is { Count: > 0 } stale)
        {
            throw new RecoveryException(
                "PlanStale", $"The destination is not as the plan {plan.Id} found it: {string.Join(", ", stale.Take(NamedMax))}.",
                "Make the plan again, read it, and deploy that.");
        }

        var writes = before.Count(effect => effect.Change != WhatIf.NoChange);
        if (writes > 0)
        {
            await RequireStandbyAsync(plan, cancel);
            await DeployAsync(plan, cancel);
        }

        var after = await AskAsync(plan, cancel);
        var different = after.Where(effect => effect.Change is not (WhatIf.NoChange or "Unsupported")).ToList();
        return different.Count == 0
            ? new(writes, before.Count - writes)
            : throw new RecoveryException(
                "DeploymentDiffers",
                $"{different.Count} resources are not as the plan says after its deployment: "
                    + $"{string.Join(", ", different.Take(NamedMax).Select(effect => $"{effect.Id} ({effect.Change})"))}.",
                "Somebody else changes the group; deploy again when that is over.");
    }

    // What is in use is never made a standby again.
    private async Task RequireStandbyAsync(RecoveryPlan plan, CancellationToken cancel)
    {
        if (plan.Standby is not null
            && await StandbyMark.FindAsync(client, plan.To, cancel) is var state and (StandbyState.Activating or StandbyState.Active))
        {
            throw StandbyMark.IsActive(plan.To, state);
        }
    }

    private async Task DeployAsync(RecoveryPlan plan, CancellationToken cancel)
    {
        var id = WhatIf.DeploymentOf(plan.To, plan.Id);
        try
        {
            await client.PutAsync(id, WhatIf.BodyOf(plan.Template, plan.To), cancel);
        }
        catch (ArmException refused) when (
            refused.Error.Code is "DeploymentFailed" or "ResourceDeploymentFailure" or "InvalidTemplateDeployment")
        {
            throw new RecoveryException(
                "DeploymentFailed", $"The deployment {id.Name} failed. {Reasons(refused.Error)}",
                "Remove the cause and deploy again: what is there already is left untouched.", refused);
        }
    }

    // A deployment of the same plan that an earlier, killed command began.
    private async Task WaitForEarlierAsync(RecoveryPlan plan, CancellationToken cancel)
    {
        var id = WhatIf.DeploymentOf(plan.To, plan.Id);
        while (await client.FindAsync(id, cancel) is { } deployment
            && deployment["properties"]?["provisioningState"]?.ToString() is { } state
                && state is not ("Succeeded" or "Failed" or "Canceled"))
        {
            await Task.Delay(Pace, clock, cancel);
        }
    }

    private async Task<IReadOnlyList<PlanEffect>> AskAsync(RecoveryPlan plan, CancellationToken cancel)
    {
        var (effects, refused) = await WhatIf.AskAsync(client, plan.Template, plan.To, plan.Id, cancel);
        return refused is null ? effects : throw new RecoveryException(refused.Code, refused.Message, refused.Advice);
    }

    // What this plan's own deployment made already counts as foreseen.
    private static List<string> Stale(RecoveryPlan plan, IReadOnlyList<PlanEffect> now)
    {
        var planned = plan.Effects.ToDictionary(effect => effect.Id, effect => effect.Change, StringComparer.OrdinalIgnoreCase);
        var stale = now
            .Where(effect => !planned.Remove(effect.Id, out var wanted) || (effect.Change != wanted && effect.Change != WhatIf.NoChange))
            .Select(effect => $"{effect.Id} would be {effect.Change}")
            .ToList();
        return [.. stale, .. planned.Keys.Select(id => $"{id} is not touched any more")];
    }

    private static string Reasons(ArmError error) =>
        string.Join(' ', error.Causes.Take(NamedMax).Select(cause => $"{cause.Code}: {cause.Message}"));
}
