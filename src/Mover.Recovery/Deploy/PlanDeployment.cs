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
    private const int RoundsMax = 3;
    private const string Nothing = "Nothing was deployed.";
    private const string NotCompared = "The deployment succeeded, but its resources were not compared with the plan.";
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    /// <summary>Deploys, and proves that nothing differs from the plan.</summary>
    /// <exception cref="RecoveryException">The plan is not ready or is stale, a resource failed, something differs afterwards, or one
    /// of <see cref="InterruptedStep"/>.</exception>
    public async Task<DeployedPlan> RunAsync(RecoveryPlan plan, CancellationToken cancel)
    {
        var soFar = Nothing;
        return await InterruptedStep.GuardAsync(
            $"The deployment of the plan {plan.Id}", () => soFar, () => RunAsync(plan, told => soFar = told, cancel));
    }

    private async Task<DeployedPlan> RunAsync(RecoveryPlan plan, Action<string> tell, CancellationToken cancel)
    {
        if (plan.Problems.FirstOrDefault(problem => problem.IsBlocking) is { } blocking)
        {
            throw new RecoveryException("PlanNotReady", $"Cannot deploy the plan {plan.Id}: {blocking.Message}", blocking.Advice);
        }

        await WaitForEarlierAsync(plan, cancel);
        await RequireStandbyAsync(plan, cancel);
        var before = await AskAsync(plan, Nothing, cancel);
        if (Stale(plan, before) is { Count: > 0 } stale)
        {
            throw new RecoveryException(
                "PlanStale", $"The destination has changed since the plan {plan.Id} was made: {string.Join(", ", stale.Take(NamedMax))}.",
                "Make a new plan, review it and deploy it.");
        }

        var writes = before.Count(effect => effect.Change != WhatIf.NoChange);
        if (writes > 0)
        {
            await RequireStandbyAsync(plan, cancel);
            tell($"It is unknown which of {writes} resources were created; the deployment may still be running at the destination.");
            if (plan.Later.Count > 0 && before.Any(effect => effect.Change == "Create"))
            {
                await DeployAsync(plan, FirstStep.IdOf(plan), FirstStep.TemplateOf(plan), cancel);
            }

            await DeployAsync(plan, WhatIf.DeploymentOf(plan.To, plan.Id), plan.Template, cancel);
            tell(NotCompared);
        }

        var after = await AskAsync(plan, writes > 0 ? NotCompared : Nothing, cancel);
        var different = after.Where(effect => effect.Change is not (WhatIf.NoChange or "Unsupported")).ToList();
        return different.Count == 0
            ? new(writes, before.Count - writes)
            : throw new RecoveryException(
                "DeploymentDiffers",
                $"{different.Count} resources do not match the plan after its deployment: "
                    + $"{string.Join(", ", different.Take(NamedMax).Select(effect => $"{effect.Id} ({effect.Change})"))}.",
                "Someone else is changing the group; deploy again when they are done.");
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

    private async Task DeployAsync(RecoveryPlan plan, ResourceId id, JsonObject template, CancellationToken cancel)
    {
        for (var round = 1; ; round++)
        {
            try
            {
                await client.PutAsync(id, WhatIf.BodyOf(template, plan.To), cancel);
                return;
            }
            catch (ArmException active) when (
                round < RoundsMax && active.Error.Causes.Append(active.Error).Any(error => error.Code == "DeploymentActive"))
            {
                // Its own, or a part of it: the answer to the first request was lost, and it was sent again.
                await WaitForAsync(id, cancel);
            }
            catch (ArmException refused) when (
                refused.Error.Code is "DeploymentFailed" or "ResourceDeploymentFailure" or "InvalidTemplateDeployment")
            {
                throw new RecoveryException(
                    "DeploymentFailed", $"The deployment {id.Name} failed. {Reasons(refused.Error)}",
                    "Fix the cause and deploy again; resources that already exist stay as they are.", refused);
            }
        }
    }

    // Deployments of the same plan that an earlier, killed command began.
    private async Task WaitForEarlierAsync(RecoveryPlan plan, CancellationToken cancel)
    {
        if (plan.Later.Count > 0)
        {
            await WaitForAsync(FirstStep.IdOf(plan), cancel);
        }

        await WaitForAsync(WhatIf.DeploymentOf(plan.To, plan.Id), cancel);
    }

    private async Task WaitForAsync(ResourceId id, CancellationToken cancel)
    {
        while (await client.FindAsync(id, cancel) is { } deployment
            && deployment["properties"]?["provisioningState"]?.ToString() is { } state
                && state is not ("Succeeded" or "Failed" or "Canceled"))
        {
            await Task.Delay(Pace, clock, cancel);
        }
    }

    private async Task<IReadOnlyList<PlanEffect>> AskAsync(RecoveryPlan plan, string soFar, CancellationToken cancel)
    {
        var (effects, refused) = await WhatIf.AskAsync(client, plan.Template, plan.To, plan.Id, cancel);
        return refused is null ? effects : throw new RecoveryException(refused.Code, $"{refused.Message} {soFar}", refused.Advice);
    }

    // What this plan's own deployment made already counts as foreseen; so does what the first of two steps left out.
    private static List<string> Stale(RecoveryPlan plan, IReadOnlyList<PlanEffect> now)
    {
        var planned = plan.Effects.ToDictionary(effect => effect.Id, effect => effect.Change, StringComparer.OrdinalIgnoreCase);
        var stale = now
            .Where(effect => !planned.Remove(effect.Id, out var wanted)
                || (effect.Change != wanted && effect.Change != WhatIf.NoChange && !FirstStep.IsSecond(plan, effect)))
            .Select(effect => $"{effect.Id} would be {effect.Change}")
            .ToList();
        return [.. stale, .. planned.Keys.Select(id => $"{id} is no longer changed")];
    }

    private static string Reasons(ArmError error) =>
        string.Join(' ', error.Causes.Take(NamedMax).Select(cause => $"{cause.Code}: {cause.Message}"));
}
