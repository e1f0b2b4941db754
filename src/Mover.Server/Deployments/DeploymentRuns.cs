using Mover.Core.Arm;
using Mover.Server.Documents;
using Mover.Server.Providers;
using Mover.State.Documents;
using Mover.Templates;
using Mover.Templates.Deployments;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>Carries out deployments that have not ended, from wherever the last instance left them.</summary>
internal sealed partial class DeploymentRuns(
    RunTools tools, DeploymentPlans plans, ProviderCatalogue catalogue, ILogger<DeploymentRuns> logger)
{
    /// <summary>One that is older has failed, whatever kept it.</summary>
    private static readonly TimeSpan AgeMax = TimeSpan.FromDays(7);
    private const int LooksMax = 100_000;

    /// <summary>Carries one out to its end; called again after a fault.</summary>
    public async Task RunAsync(PendingDeployment pending, string operationId, CancellationToken cancel)
    {
        if (!ResourceId.TryParse(pending.Id, out var id))
        {
            throw new InvalidDataException($"The pending deployment '{operationId}' has the invalid id '{pending.Id}'.");
        }

        var found = await tools.Documents.GetAsync(id, DeploymentsJson.Stored.DeploymentRecord, cancel);
        if (found is null || found.Value.Instance != pending.Instance || !found.Value.IsActive)
        {
            await CleanUpAsync(id, pending, operationId, found?.Value, cancel);
            return;
        }

        if (await TakeOverAsync(found, cancel) is not { } taken)
        {
            // It was canceled just now, or another instance has it.
            return;
        }

        try
        {
            await WalkAsync(id, taken, operationId, cancel);
            await tools.Contents.RemoveAsync(id, pending.Instance, DeploymentContents.Input, StampOf(taken.Value), cancel);
        }
        catch (DeploymentEndedException)
        {
            Log.Ended(logger, pending.Id, taken.Value.CorrelationId);
        }
    }

    private async Task<Document<DeploymentRecord>?> TakeOverAsync(Document<DeploymentRecord> found, CancellationToken cancel)
    {
        var taken = found.Value with
        {
            Epoch = found.Value.Epoch + 1,
            Properties = found.Value.Properties with
            {
                ProvisioningState = DeploymentStates.Running,
                Timestamp = tools.Clock.GetUtcNow(),
            },
        };
        Log.Taken(logger, taken.Id, taken.Epoch, taken.CorrelationId);
        return await tools.Documents.PutAsync(
            found.Key, taken, DeploymentsJson.Stored.DeploymentRecord, DocumentCondition.Unchanged(found.Info), StampOf(taken), cancel);
    }

    private async Task WalkAsync(ResourceId id, Document<DeploymentRecord> taken, string operationId, CancellationToken cancel)
    {
        var target = new RunTarget(tools, taken, parent: null, asResource: null, SecretMask.None);
        var end = await TryPlanAsync(id, taken.Value, cancel) switch
        {
            { Plan: { } plan } => await WalkAsync(target, plan, taken.Value, cancel),
            var failed => new(failed.Failure, []),
        };
        await target.EndAsync(end, [DocumentWrite.Delete(PendingDeployment.KeyOf(operationId))], cancel);
        Log.Done(logger, taken.Value.Id, target.Deployment.Properties.ProvisioningState, taken.Value.CorrelationId);
    }

    private async Task<WalkEnd> WalkAsync(RunTarget target, DeploymentPlan plan, DeploymentRecord deployment, CancellationToken cancel)
    {
        await target.StartAsync(plan, cancel);
        var end = await new PlanWalk(target, plan).RunAsync(cancel);
        return end.Failure is null && deployment.Properties.Mode == DeploymentRequest.Complete
            && await DeleteOthersAsync(target, plan, cancel) is { Count: > 0 } failures
                ? new(ArmErrors.DeploymentFailed(failures), [])
                : end;
    }

    private async Task<(DeploymentPlan? Plan, ArmError? Failure)> TryPlanAsync(
        ResourceId id, DeploymentRecord deployment, CancellationToken cancel)
    {
        var template = await tools.Contents.LoadAsync(id, deployment.Instance, DeploymentContents.Template, cancel);
        var input = await tools.Contents.LoadAsync(
            id, deployment.Instance, DeploymentContents.Input, DeploymentsJson.Stored.DeploymentInput, cancel);
        if (template is null || input is null || tools.Clock.GetUtcNow() - deployment.StartTime > AgeMax)
        {
            return (null, ArmErrors.InvalidDeployment(template is null || input is null
                ? "The template or the parameters of the deployment can no longer be read: parts of them or the vault's key are missing."
                : $"The deployment did not finish within {AgeMax.TotalDays} days."));
        }

        try
        {
            var parameters = input.Parameters is null ? null : LenientJson.Parse(input.Parameters) as ObjectValue;
            var plan = await plans.MakeAsync(
                deployment.Name, LenientJson.Parse(template), parameters, input, deployment.StartTime, deployment.Deployer, cancel);
            return (plan, null);
        }
        catch (TemplateException fault)
        {
            return (null, TemplateText.Refusal(fault));
        }
    }

    /// <summary>
    /// Complete mode: what lies directly in the group and not in the template goes, with everything below it. Source: ARM's list of what
    /// complete mode deletes: tracked resources, not their children.
    /// </summary>
    private async Task<List<ArmError>> DeleteOthersAsync(RunTarget target, DeploymentPlan plan, CancellationToken cancel)
    {
        var failures = new List<ArmError>();
        var kept = PlannedIds.Of([plan]);
        if (await AddDoneAsync(target.Deployment, kept, 0, cancel) is { } unknown)
        {
            return [unknown];
        }

        foreach (var id in await OthersAsync(kept, target.Deployment.ResourceId, cancel))
        {
            if (await target.DeleteAsync(id, VersionOf(id.Type), cancel) is { } failure)
            {
                failures.Add(failure);
            }
        }

        return [.. failures.Take(DeploymentLimits.DetailsMax)];
    }

    // What was deployed, by this instance or an earlier one, directly or by nested deployments.
    private async Task<ArmError?> AddDoneAsync(
        DeploymentRecord deployment, HashSet<ResourceId> kept, int depth, CancellationToken cancel)
    {
        foreach (var step in await tools.Steps.ListAsync(deployment, cancel))
        {
            if (!ResourceId.TryParse(step.Target, out var id) || step.Operation != "Create")
            {
                continue;
            }

            PlannedIds.Add(id, kept);
            if (ArmCase.Same(step.TargetType, DeploymentScope.Type) && depth <= TemplateLimits.NestedTemplateDepthMax)
            {
                // Without it nobody knows what it deployed: nothing may be deleted then.
                var nested = await tools.Documents.GetAsync(id, DeploymentsJson.Stored.DeploymentRecord, cancel);
                if (nested is null || nested.Value.RootInstance != (deployment.RootInstance ?? deployment.Instance))
                {
                    return ArmErrors.DeploymentNotFound(id.Name) with { Target = id.Text };
                }

                if (await AddDoneAsync(nested.Value, kept, depth + 1, cancel) is { } unknown)
                {
                    return unknown;
                }
            }
        }

        return null;
    }

    /// <summary>What complete mode deletes from the group of a deployment, in the order of ids.</summary>
    public async Task<IReadOnlyList<ResourceId>> OthersAsync(
        HashSet<ResourceId> kept, ResourceId deployment, CancellationToken cancel)
    {
        var others = new List<ResourceId>();
        string? after = null;
        do
        {
            var page = await tools.Documents.ListResourcesPageAsync(
                ResourceId.OfGroup(deployment.Subscription, deployment.ResourceGroup), catalogue.TrackedTypes, _ => true,
                ResourcesJson.Default.ListedResource, after, 500, LooksMax, cancel);
            others.AddRange(page.Documents.Select(one => one.Key.Id).Where(one => !kept.Contains(one)));
            after = page.Next;
        }
        while (after is not null);
        return others;
    }

    /// <summary>The newest version of a type's provider.</summary>
    public static string VersionOf(string type) => ApiVersions.Of(type.Split('/')[0]) is [.., var newest] ? newest : string.Empty;

    // What is left of a deployment that was canceled, deleted or replaced.
    private async Task CleanUpAsync(
        ResourceId id, PendingDeployment pending, string operationId, DeploymentRecord? deployment, CancellationToken cancel)
    {
        var stamp = new WriteStamp(
            Arm.Caller.Service.Name, Arm.Caller.Service.Type, tools.Clock.GetUtcNow(), nameof(DeploymentRuns), Routine: true);
        if (deployment is { Properties.ProvisioningState: DeploymentStates.Canceled } && deployment.Instance == pending.Instance)
        {
            await CancelNestedAsync(deployment, deployment.Instance, stamp, 0, cancel);
        }

        await tools.Contents.RemoveAsync(id, pending.Instance, DeploymentContents.Input, stamp, cancel);
        await tools.Documents.DeleteAsync(PendingDeployment.KeyOf(operationId), DocumentCondition.Always, stamp, cancel);
    }

    private async Task CancelNestedAsync(
        DeploymentRecord deployment, string rootInstance, WriteStamp stamp, int depth, CancellationToken cancel)
    {
        foreach (var step in await tools.Steps.ListAsync(deployment, cancel))
        {
            if (step.ProvisioningState != DeploymentStates.Running || depth > TemplateLimits.NestedTemplateDepthMax
                || !ResourceId.TryParse(step.Target, out var id))
            {
                continue;
            }

            var nested = await tools.Documents.UpdateAsync(
                id, DeploymentsJson.Stored.DeploymentRecord,
                found => found.Value.IsActive && found.Value.RootInstance == rootInstance ? Canceled(found.Value, stamp.At) : null,
                stamp, cancel);
            await tools.Documents.CommitAsync(
                [DeploymentSteps.WriteOf(deployment, step with { ProvisioningState = DeploymentStates.Canceled })], stamp, cancel);
            if (nested?.Value.RootInstance == rootInstance)
            {
                await CancelNestedAsync(nested.Value, rootInstance, stamp, depth + 1, cancel);
            }
        }
    }

    /// <summary>The deployment, canceled.</summary>
    public static DeploymentRecord Canceled(DeploymentRecord deployment, DateTimeOffset now) => deployment with
    {
        Properties = deployment.Properties with
        {
            ProvisioningState = DeploymentStates.Canceled,
            Timestamp = now,
            Duration = now - deployment.StartTime,
        },
    };

    private WriteStamp StampOf(DeploymentRecord deployment) => new(
        deployment.Deployer.Principal.CreatedBy, deployment.Deployer.Principal.CreatedByType, tools.Clock.GetUtcNow(),
        deployment.CorrelationId, Routine: true);

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Information, "Running deployment {DeploymentId}, attempt {Epoch} ({CorrelationId}).")]
        public static partial void Taken(ILogger logger, string deploymentId, int epoch, string correlationId);

        [LoggerMessage(2502, LogLevel.Information, "Deployment {DeploymentId} ended as {State} ({CorrelationId}).")]
        public static partial void Done(ILogger logger, string deploymentId, string state, string correlationId);

        [LoggerMessage(2503, LogLevel.Information,
            "Deployment {DeploymentId} was canceled or deleted, or another instance took it over ({CorrelationId}).")]
        public static partial void Ended(ILogger logger, string deploymentId, string correlationId);
    }
}

/// <summary>The ids that plans name.</summary>
internal static class PlannedIds
{
    /// <summary>Those of the resources, read ones among them, and of what they are below.</summary>
    public static HashSet<ResourceId> Of(IEnumerable<DeploymentPlan> plans)
    {
        var ids = new HashSet<ResourceId>();
        foreach (var resource in plans.SelectMany(plan => plan.Resources))
        {
            if (ResourceId.TryParse(resource.Id, out var id))
            {
                Add(id, ids);
            }
        }

        return ids;
    }

    /// <summary>Adds an id, and those above it: a child keeps what it is below.</summary>
    public static void Add(ResourceId id, HashSet<ResourceId> ids)
    {
        for (; id.Type.Length > 0; id = id.Parent)
        {
            ids.Add(id);
        }
    }
}
